"""``media failures``: which images have no usable result, and why."""

from command_line.queries.tables import Tables
from command_line.terminal.console import out, show_json, show_table

QUERY = """
select gaps.image_id, images.file_name, gaps.asset, gaps.gap, gaps.why
from gaps
left join images on gaps.image_id = images.image_id
where gaps.gap in ('failed', 'rejected', 'unsupported')
order by gaps.gap, gaps.image_id, gaps.asset
"""


def show_failures(*, as_json: bool) -> None:
    """Print one line per image and asset, with what can be done about it."""
    records = Tables.open().records(QUERY)
    if as_json:
        show_json(records)
        return
    if not records:
        out.print("No failures: every image that was accepted has what was asked of it.")
        return
    show_table(list(records[0]), [list(record.values()) for record in records])
    if any(record["gap"] == "failed" for record in records):
        out.print("failed: our side or the machine's. Run it again with: media retry")
    out.print(
        "rejected, unsupported: the file's own state. The original is kept; a rerun is no use."
    )
