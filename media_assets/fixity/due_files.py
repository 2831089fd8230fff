"""Which files a run checks: the never checked, then those whose check is the oldest.

While files are in doubt (damaged, missing, unreadable) every other one is of these, so that what
came back is soon seen, and an archive that is switched off does not hold up the rest.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from media_assets.fixity.fixity_check import DueFile

CHECKS_PER_DAY = 24

FILES = """
select
    fixity.source_id,
    fixity.medium,
    fixity.asset,
    fixity.kind,
    fixity.path,
    coalesce(original.path, encode(fixity.path)) as place,
    fixity.sha256
from fixity
left join ingest.original as original
    on fixity.kind != 'derivative' and fixity.source_id = original.image_id
"""
DUE = f"""
{FILES}
order by
    row_number() over (
        partition by fixity.state in ('damaged', 'missing', 'unreadable')
        order by fixity.checked_at nulls first, fixity.source_id, fixity.path
    )
limit (select greatest(2, ceil(count(*) / ?))::bigint from fixity)
"""  # noqa: S608 - text of ours
OF_SOURCES = f"""
{FILES}
where fixity.source_id in (select unnest(?::varchar[])) and (fixity.kind != 'derivative' or not ?)
order by fixity.source_id, fixity.path
"""
ALL = f"{FILES} where fixity.kind != 'derivative' or not ? order by fixity.checked_at nulls first"


def due_files(connection: duckdb.DuckDBPyConnection, root: Path, days: float) -> list[DueFile]:
    """What one of ``CHECKS_PER_DAY`` runs checks, so that all is checked once in so many days."""
    return _files(connection, root, DUE, [max(1.0, days * CHECKS_PER_DAY)])


def files_of(
    connection: duckdb.DuckDBPyConnection,
    root: Path,
    source_ids: Sequence[str] | None,
    *,
    originals_only: bool,
) -> list[DueFile]:
    """The files of these sources; of all without any."""
    if source_ids is None:
        return _files(connection, root, ALL, [originals_only])
    return _files(connection, root, OF_SOURCES, [list(source_ids), originals_only])


def _files(
    connection: duckdb.DuckDBPyConnection, root: Path, query: str, values: list[Any]
) -> list[DueFile]:
    """``root``: MEDIA_HOME; a place is relative to it unless it is absolute."""
    rows = connection.execute(query, values).fetchall()
    return [
        DueFile(source_id, medium, asset, kind, path, _absolute(root, place), sha256)
        for source_id, medium, asset, kind, path, place, sha256 in rows
    ]


def _absolute(root: Path, place: bytes) -> bytes:
    return os.path.join(os.fsencode(root), place)  # noqa: PTH118 - names are bytes
