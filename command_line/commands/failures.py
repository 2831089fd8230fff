"""``media failures``: which sources have no usable result, and why."""

from command_line.queries.media_columns import without_media
from command_line.queries.tables import Tables
from command_line.terminal.console import out, show_json, show_records

QUERY = """
select gaps.medium, gaps.source_id, gaps.image_id, sources.file_name, gaps.asset, gaps.gap, gaps.why
from gaps
left join stg_ingest__sources as sources on gaps.source_id = sources.source_id
where gaps.gap in ('failed', 'rejected', 'unsupported')
order by gaps.gap, gaps.source_id, gaps.asset
"""


def show_failures(*, as_json: bool) -> None:
    """Print one line per source and asset, with what can be done about it."""
    records = Tables.open().records(QUERY)
    if as_json:
        show_json(records)
        return
    if not records:
        out.print("No failures: nothing has failed, was rejected or is unsupported.")
        return
    show_records(without_media(records), empty="")
    if any(record["gap"] == "failed" for record in records):
        out.print("failed: the file is not the reason. Run it again with: media retry")
    out.print(
        "rejected, unsupported: the file is the reason. It is kept; a second run does not help."
    )
