"""``media sql``: one read-only query, printed or written in the format asked for."""

import sys
from typing import TYPE_CHECKING

from command_line.queries.user_sql import QueryError, ask_user_sql
from command_line.terminal.console import CommandError, err, out, show_json, show_table, write_out
from command_line.terminal.formats import SqlFormat
from resources.warehouse.query_result import QueryResult

if TYPE_CHECKING:
    import polars as pl

    from command_line.commands.output_file import OutputFile

ROWS_SHOWN = 200


def run_sql(
    query: str, result_format: SqlFormat, *, output: "OutputFile | None", live: bool
) -> None:
    """Run ``query`` and show its result. Raises CommandError with DuckDB's own words."""
    if result_format is SqlFormat.PARQUET and output is None:
        raise CommandError("Parquet cannot be printed", hint="name a file: -o result.parquet")
    if output:
        output.refuse()
    text = sys.stdin.read() if query == "-" else query
    try:
        result = ask_user_sql(text, live=live)
    except QueryError as error:
        raise CommandError(str(error)) from error
    show(result, result_format, output)


def show(result: QueryResult, result_format: SqlFormat, output: "OutputFile | None") -> None:
    """Print the result, or write it to the file."""
    if output:
        write(frame_of(result), result_format, output)
    elif result_format is SqlFormat.CSV:
        from command_line.terminal.text_forms import write_csv

        write_out(write_csv(frame_of(result)))
    elif result_format is SqlFormat.JSON:
        show_json(result.records)
    else:
        show_rows(result)


def show_rows(result: QueryResult) -> None:
    """Print the first ROWS_SHOWN rows as a table."""
    show_table(result.names, result.rows[:ROWS_SHOWN])
    if len(result.rows) > ROWS_SHOWN:
        count = f"{len(result.rows):,}"
        out.print(f"{count} rows, the first {ROWS_SHOWN} shown; all with --format csv")


def frame_of(result: QueryResult) -> "pl.DataFrame":
    """The result as a frame; polars is slow to import, and most results are only printed."""
    from resources.warehouse import result_frames

    return result_frames.frame_of(result)


def write(frame: "pl.DataFrame", result_format: SqlFormat, output: "OutputFile") -> None:
    """Write the frame to the file; what is printed as a table is written as JSON lines."""
    with output.writing() as file:
        if result_format is SqlFormat.PARQUET:
            frame.write_parquet(file)
        elif result_format is SqlFormat.CSV:
            from command_line.terminal.text_forms import write_csv

            file.write(write_csv(frame).encode())
        else:
            frame.write_ndjson(file)
    err.print(f"{frame.height:,} rows written to {output.path}", markup=False, soft_wrap=True)
