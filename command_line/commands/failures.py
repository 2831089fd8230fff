"""``media failures``: which sources have no usable result, which files are not taken, and why."""

from command_line.queries.media_columns import without_media
from command_line.queries.tables import Record, Tables
from command_line.terminal.console import out, show_json, show_records

QUERY = """
select
    made.medium, made.source_id, made.image_id, sources.file_name, made.asset, made.outcome as gap,
    coalesce(made.reason, 'no reason was given')
        || if(made.changes is null, '', ' (out of date: ' || made.changes || ')') as why
from expected_artifacts as made
left join stg_ingest__sources as sources on made.source_id = sources.source_id
where made.outcome in ('failed', 'rejected', 'unsupported')
order by made.outcome, made.source_id, made.asset
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


def as_failure(record: Record) -> Record:
    """A file that is not taken, in the columns of a source that has no result."""
    nothing = dict.fromkeys(("source_id", "image_id", "asset"))
    told = {"file_name": record["file_name"], "gap": record["state"], "why": record["reason"]}
    return {"medium": None, **nothing, **told, "root": record["root"], "batch": record["batch"]}


def tell_sources(records: list[Record]) -> None:
    """The sources without a usable result, and what can be done about each kind."""
    show_records(without_media(records), empty="")
    if any(record["gap"] == "failed" for record in records):
        out.print("failed: the file is not the reason. Run it again with: media retry")
    if any("(out of date: " in str(record["why"]) for record in records):
        out.print(
            "out of date: the result may be another one now. Make it again: media reprocess ID"
        )
    out.print(
        "rejected, unsupported: the file is the reason. It is kept; a second run does not help."
    )
