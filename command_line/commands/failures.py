"""``media failures``: which sources have no usable result, which files are not taken, and why."""

from typing import Any

from rich.text import Text

from command_line.queries.media_columns import without_media
from command_line.queries.tables import Record, Tables
from command_line.terminal.console import out, show_json, show_lines, show_records
from command_line.terminal.tabular import labeled
from resources.display_text import plain_text

QUERY = """
select
    made.medium, made.source_id, made.image_id, sources.file_name, made.asset,
    coalesce(if(gaps.gap = 'dead', 'dead', null), made.outcome) as gap,
    coalesce(made.reason, 'no reason was given')
        || if(made.changes is null, '', ' (out of date: ' || made.changes || ')') as why,
    if(made.outcome = 'failed', gaps.attempts, null) as tries,
    gaps.retry_at as next_try
from expected_artifacts as made
left join gaps on made.source_id = gaps.source_id and made.asset = gaps.asset
left join stg_ingest__sources as sources on made.source_id = sources.source_id
where made.outcome in ('failed', 'rejected', 'unsupported')
order by gap, made.source_id, made.asset
"""
DEAD = """
select
    dead.medium, dead.source_id, dead.image_id, sources.file_name, dead.asset, dead.gap, dead.why,
    dead.attempts as tries, dead.failure_class,
    (
        select list({made_at: made_at, failure_class: failure_class, reason: reason, run_id: run_id}
            order by made_at)
        from stg_media__artifact_history as tried
        where tried.source_id = dead.source_id and tried.asset = dead.asset
            and tried.outcome = 'failed'
    ) as history
from gaps as dead
left join stg_ingest__sources as sources on dead.source_id = sources.source_id
where dead.gap = 'dead'
order by dead.source_id, dead.asset
"""
NOT_TAKEN = """
select root, path_display as file_name, state, reason, batch
from left_out
where state != 'excluded'
order by state, root, path_display
"""


def show_failures(*, as_json: bool) -> None:
    """Print one line per source and asset, with what can be done about it, and files not taken."""
    tables = Tables.open()
    records, not_taken = tables.records(QUERY), tables.records(NOT_TAKEN)
    if as_json:
        show_json([*records, *map(as_failure, not_taken)])
        return
    if not_taken:
        show_records(not_taken, empty="")
        out.print("These files are not taken. They stay where they are.")
    if records:
        tell_sources(records)
    elif not not_taken:
        out.print("No failures: nothing has failed, was rejected or is unsupported.")


def show_dead(*, as_json: bool) -> None:
    """Print what is not tried by itself any more, each with all its failed tries."""
    records = Tables.open().records(DEAD)
    if as_json:
        show_json(records)
        return
    if not records:
        out.print("Nothing is dead: whatever failed is tried again by itself.")
        return
    for record in records:
        told = (record["source_id"], record["asset"], record["file_name"])
        show_lines([Text(plain_text("  ".join(map(str, told))), style="bold")])
        for tried in history_of(record):
            said = f"  {tried['made_at']:%Y-%m-%d %H:%M}  "
            why = f"{tried['failure_class'] or 'unknown'}: {tried['reason']}"
            show_lines(labeled(out, Text(said), plain_text(why)))
    out.print("dead: it failed too often and is left alone. Again: media retry --dead")


def history_of(record: Record) -> list[dict[str, Any]]:
    """The failed tries of a dead result, oldest first."""
    history = record["history"]
    return history if isinstance(history, list) else []


def as_failure(record: Record) -> Record:
    """A file that is not taken, in the columns of a source that has no result."""
    nothing = dict.fromkeys(("source_id", "image_id", "asset"))
    told = {"file_name": record["file_name"], "gap": record["state"], "why": record["reason"]}
    return {"medium": None, **nothing, **told, "root": record["root"], "batch": record["batch"]}


def without_empty(records: list[Record]) -> list[Record]:
    """The records without the columns that say nothing of any: tries of what is not tried again."""
    said = {name for record in records for name, value in record.items() if value is not None}
    kept = [name for name in records[0] if name in said or name not in ("tries", "next_try")]
    return [{name: record[name] for name in kept} for record in records]


def tell_sources(records: list[Record]) -> None:
    """The sources without a usable result, and what can be done about each kind."""
    show_records(without_media(without_empty(records)), empty="")
    if any(record["gap"] == "failed" for record in records):
        out.print(
            "failed: the file is not the reason. Tried again by the service; at once: media retry"
        )
    if any(record["gap"] == "dead" for record in records):
        out.print("dead: failed too often, left alone. See media failures --dead")
    if any("(out of date: " in str(record["why"]) for record in records):
        out.print(
            "out of date: the result may be another one now. Make it again: media reprocess ID"
        )
    out.print(
        "rejected, unsupported: the file is the reason. It is kept; a second run does not help."
    )
