"""Results that are missing or worse than the file promises, and files that were not taken."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from resources.sources.selected import Selected
from resources.warehouse.published_file import PublishedFile
from web.gallery.grid.pictures import pictures_of_ids

PER_PAGE = 50
MOST_AT_ONCE = 10_000
OUTCOMES = {
    "failed": "Failed: the file is not the reason. It is tried again by itself, later and later.",
    "dead": "Dead: it failed too often and is not tried by itself any more.",
    "rejected": "Rejected: the file is damaged, or above a limit of the settings.",
    "unsupported": "Unsupported: nothing here can read this kind of file.",
    "degraded": "Degraded: it was made, but it is worse than the file promises.",
}
STANDING = "if(gaps.gap = 'dead', 'dead', made.outcome)"
"""The outcome as it is shown here: what failed too often is apart."""

RESULTS = f"""
select
    made.medium, made.source_id, made.image_id, sources.file_name, sources.batch, made.asset,
    coalesce(made.reason, 'no reason was given') as reason, made.changes,
    if(made.outcome = 'failed', gaps.attempts, null) as tries, gaps.retry_at
from expected_artifacts as made
left join gaps on made.source_id = gaps.source_id and made.asset = gaps.asset
left join stg_ingest__sources as sources on made.source_id = sources.source_id
where made.outcome = replace(?, 'dead', 'failed') and {STANDING} = ?
    and (made.source_id, made.asset) > (?, ?)
order by made.source_id, made.asset
limit {PER_PAGE + 1}
"""  # noqa: S608 - words and a number of ours
TRIES = """
select source_id, asset, made_at, reason
from stg_media__artifact_history
where outcome = 'failed' and source_id in (select unnest(?::varchar[]))
order by made_at
"""
OF_OUTCOME = f"""
select made.medium, made.source_id, made.asset
from expected_artifacts as made
left join gaps on made.source_id = gaps.source_id and made.asset = gaps.asset
where made.outcome = replace(?, 'dead', 'failed') and {STANDING} = ?
order by made.source_id, made.asset
limit {MOST_AT_ONCE}
"""  # noqa: S608 - words and a number of ours
ONE = """
select outcome from expected_artifacts where medium = ? and source_id = ? and asset = ?
"""
LEFT_OUT = f"""
select root, path_display, state, reason, batch, files, size_bytes
from left_out
where state <> 'excluded' and (root, path_display, state) > (?, ?, ?)
order by root, path_display, state
limit {PER_PAGE + 1}
"""  # noqa: S608 - a number of ours


def results(
    published: PublishedFile, outcome: str, after: tuple[str, str]
) -> tuple[list[dict[str, Any]], bool]:
    """One page of results with this outcome, each with its picture, and whether there are more."""
    found = published.records(RESULTS, [outcome, outcome, *after])
    shown = found[:PER_PAGE]
    tries = tries_of(published, shown) if outcome == "dead" else {}
    ids = list({row["image_id"] for row in shown if row["image_id"]})
    pictures = {one.image_id: one for one in pictures_of_ids(published, ids)} if ids else {}
    told = [
        {
            **row,
            "picture": pictures.get(row["image_id"]),
            "history": tries.get((row["source_id"], row["asset"])),
        }
        for row in shown
    ]
    return told, len(found) > PER_PAGE


def tries_of(
    published: PublishedFile, shown: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Source and derivative -> every try that failed, oldest first."""
    ids = list({row["source_id"] for row in shown})
    found = defaultdict(list)
    for one in published.records(TRIES, [ids]) if ids else ():
        found[one["source_id"], one["asset"]].append(one)
    return found


def left_out(
    published: PublishedFile, after: tuple[str, str, str]
) -> tuple[list[dict[str, Any]], bool]:
    """One page of the files that were not taken, and whether there are more."""
    found = published.records(LEFT_OUT, list(after))
    return found[:PER_PAGE], len(found) > PER_PAGE


def with_outcome(published: PublishedFile, outcome: str) -> list[tuple[Selected, str]]:
    """Source and derivative of the first MOST_AT_ONCE results with this outcome."""
    found = published.rows(OF_OUTCOME, [outcome, outcome]).rows
    return [(Selected(str(medium), str(source)), str(asset)) for medium, source, asset in found]


def outcome_of(published: PublishedFile, source: Selected, asset: str) -> str | None:
    """The outcome of one result, None when there is none."""
    found = published.rows(ONE, [*source, asset]).rows
    return str(found[0][0]) if found and found[0][0] else None
