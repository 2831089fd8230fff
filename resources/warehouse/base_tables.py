"""The SQL of the base layer: one table (or view) per row table, and the union of all derivatives.

``image.viewing_copy`` holds the current rows of the row table image/viewing_copy, newest per key,
and ``image_history.viewing_copy`` every row ever written. A log without a key (ingest/sighting) has
one table with all its rows. ``artifact_rows`` and ``artifact_row_history`` are the union of all
tables that have the envelope of a derivative, whatever assets there are: a new derivative appears
in every SQL model without a line of SQL.

All identifiers come from checked table names and from our own payload fields, and are quoted.
"""

import glob
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template

from resources.rows.row_files import Declaration

ENVELOPE = (
    "image_id",
    "outcome",
    "reason",
    "is_unfinished",
    "warnings",
    "fingerprint",
    "code_version",
    "engine",
    "engine_version",
    "parameters",
    "inputs",
    "seconds",
    "made_at",
    "files",
)
"""Columns that make a table that of a derivative."""

READ_FILES = Template("select $columns from read_parquet([$files], union_by_name = true)")
NEWEST = Template("qualify row_number() over (partition by $key order by _seq desc, _row desc) = 1")
ONCE = "qualify row_number() over (partition by _seq, _row order by _seq) = 1"
DERIVATIVE = Template("select $asset as asset, $columns from $table")
NO_DERIVATIVE = """
select
    null::varchar as asset,
    null::varchar as image_id,
    null::varchar as outcome,
    null::varchar as reason,
    null::boolean as is_unfinished,
    null::varchar[] as warnings,
    null::varchar as fingerprint,
    null::varchar as code_version,
    null::varchar as engine,
    null::varchar as engine_version,
    null::varchar as parameters,
    null::varchar as inputs,
    null::double as seconds,
    null::timestamptz as made_at,
    null::struct(
        "role" varchar, path varchar, sha256 varchar, media_type varchar,
        size_bytes bigint, width_px bigint, height_px bigint
    )[] as files,
    null::varchar as _seq,
    null::bigint as _row,
    null::varchar as _run_id
where false
"""


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """``text`` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def exact(path: Path) -> str:
    """``path`` as an SQL string that a file reader takes for one file, whatever is in its name."""
    return literal(glob.escape(str(path)))


def schemas_of(declared: Declaration) -> tuple[str, str]:
    """The names of the schemas for current rows and for history."""
    prefix = declared.table.split("/")[0]
    return prefix, f"{prefix}_history"


def current_table(declared: Declaration) -> str:
    """The quoted name of the table with the current rows."""
    return ".".join(quoted(part) for part in declared.table.split("/"))


def history_table(declared: Declaration) -> str:
    """The quoted name of the table with every row; of a log it is the only table."""
    if not declared.key:
        return current_table(declared)
    return f"{quoted(schemas_of(declared)[1])}.{quoted(declared.table.split('/')[1])}"


def columns_of(declared: Declaration) -> str:
    """All columns in declared order, quoted."""
    return ", ".join(quoted(name) for name in declared.full_schema)


def read_files(declared: Declaration, files: Iterable[str]) -> str:
    """SELECT over files given as SQL strings, in declared order; absent columns are null."""
    return READ_FILES.substitute(columns=columns_of(declared), files=", ".join(files))


def newest(declared: Declaration) -> str:
    """The clause that keeps the newest row per key."""
    return NEWEST.substitute(key=", ".join(quoted(name) for name in declared.key))


def live_views(declared: Declaration, folder: Path) -> dict[str, str]:
    """View name -> SELECT over all files below ``folder``, those to come included."""
    rows = read_files(declared, [literal(f"{glob.escape(str(folder))}/*/*.parquet")])
    views = {history_table(declared): f"{rows} {ONCE}"}
    if declared.key:
        views[current_table(declared)] = f"{rows} {newest(declared)}"
    return views


def artifact_views(declarations: Sequence[Declaration]) -> dict[str, str]:
    """View name -> SELECT: the rows of all derivatives under one roof."""
    found = [declared for declared in declarations if set(ENVELOPE) <= set(declared.schema)]
    return {
        "artifact_rows": _union((one, current_table(one)) for one in found),
        "artifact_row_history": _union((one, history_table(one)) for one in found),
    }


def _union(tables: Iterable[tuple[Declaration, str]]) -> str:
    columns = ", ".join(quoted(name) for name in (*ENVELOPE, "_seq", "_row", "_run_id"))
    parts = [
        DERIVATIVE.substitute(
            asset=literal(declared.table.split("/")[1]), columns=columns, table=table
        )
        for declared, table in tables
    ]
    return " union all ".join(parts or [NO_DERIVATIVE])
