"""``media purposes list``: what the chosen pictures are kept for, and who said so last.

Apart from ``purposes``, which writes: to read needs none of what makes derivatives.
"""

from collections.abc import Sequence

from command_line.queries.selection import select_sources
from command_line.queries.tables import Tables
from command_line.terminal.console import out, rows_shown, show_json

OF_SOURCES = """
select sources.source_id, sources.file_name,
    coalesce(kept.purposes, ['viewing']) as purposes, kept.decided_by, kept.decided_at
from sources
left join stg_curation__purposes as kept on sources.source_id = kept.image_id
where not sources.is_superseded
    and (? or sources.source_id in (select unnest(?::varchar[])))
    and (? or kept.image_id is not null)
order by sources.source_id
"""


def show_purposes(selections: Sequence[str], *, as_json: bool) -> None:
    """Print the purposes of the chosen sources; without any, of those that have more than one."""
    tables = Tables.open()
    ids = [one.source_id for one in select_sources(tables, selections)] if selections else []
    found = tables.records(OF_SOURCES, [not selections, ids, bool(selections)])
    if as_json:
        show_json(found)
    elif found:
        out.print(rows_shown(list(found[0]), [list(one.values()) for one in found]), crop=False)
    else:
        out.print("Every picture is for viewing only.")
