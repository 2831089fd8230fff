"""``media sql``: one read-only query, printed or written in the format asked for."""

import sys
from pathlib import Path

import polars as pl

from command_line.queries.tables import QueryError, Tables
from command_line.terminal.console import CommandError, err, out, show_json, show_table, write_out
from command_line.terminal.formats import SqlFormat
from command_line.terminal.text_forms import write_csv
from dbt_like_sql.models import models_version
from dbt_like_sql.publication_due import published_models
from resources.warehouse.read_only_query import read_only_query

ROWS_SHOWN = 200


def run_sql(query: str, result_format: SqlFormat, *, output: Path | None, live: bool) -> None:
    """Run ``query`` and show its result. Raises CommandError with DuckDB's own words."""
    if result_format is SqlFormat.PARQUET and output is None:
        raise CommandError("Parquet cannot be printed", hint="name a file: -o result.parquet")
    text = sys.stdin.read() if query == "-" else query
    try:
        frame = ask(text, live=live)
    except QueryError as error:
        raise CommandError(str(error)) from error
    show(frame, result_format, output)


def ask(sql: str, *, live: bool) -> pl.DataFrame:
    """The result from media.duckdb, or from the live views when asked to.

    Also when the file is not there, or an older version of this program published it.
    """
    tables = Tables.open()
    published = tables.home.warehouse
    if live or not published.exists() or published_models(tables.home) != models_version():
        return tables.user_query(sql)
    return read_only_query(published, sql)


def show(frame: pl.DataFrame, result_format: SqlFormat, output: Path | None) -> None:
    """Print the frame, or write it to the file."""
    if result_format is SqlFormat.PARQUET and output:
        frame.write_parquet(output)
    elif output and result_format is SqlFormat.CSV:
        output.write_text(write_csv(frame), encoding="utf-8")
    elif output:
        frame.write_ndjson(output)
    elif result_format is SqlFormat.CSV:
        write_out(write_csv(frame))
    elif result_format is SqlFormat.JSON:
        show_json(frame.to_dicts())
    else:
        show_table(frame.columns, frame.head(ROWS_SHOWN).rows())
        if frame.height > ROWS_SHOWN:
            out.print(f"{frame.height:,} rows, the first {ROWS_SHOWN} shown; all with --format csv")
    if output:
        err.print(f"{frame.height:,} rows written to {output}")
