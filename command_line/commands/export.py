"""``media export``: one self-contained record per source, for other tools and later years.

The record of an image has its own shape; sources of all other media share one.
"""

from dataclasses import dataclass

import polars as pl

from command_line.commands.output_file import OutputFile
from command_line.queries.condition_errors import why_unusable
from command_line.queries.tables import QueryError, Tables
from command_line.terminal.console import CommandError, err, write_out
from command_line.terminal.formats import ExportFormat
from media_assets.exports.records import condition, record_query, source_query
from media_assets.media import all_media
from resources.warehouse.query_result import QueryResult
from resources.warehouse.result_frames import frame_of
from resources.warehouse.text_forms import write_csv, write_ndjson


@dataclass(frozen=True)
class Destination:
    """Where the records go, and how they are written; without a file to standard output."""

    export_format: ExportFormat
    output: OutputFile | None


def export_images(
    destination: Destination, *, batch: str | None, where: str | None, with_embedding: bool
) -> None:
    """Write the chosen images.

    Raises CommandError for a condition that is no SQL and for Parquet without a file.
    """
    refuse_unknown_batch(batch)
    chosen = condition(batch, where, key="images.image_id")
    query = record_query(chosen, with_embedding=with_embedding)
    export_records(destination, query, "images", where)


def export_sources(
    medium: str, destination: Destination, *, batch: str | None, where: str | None
) -> None:
    """Write the chosen sources of a medium that is not images. Raises CommandError as above."""
    if medium not in all_media():
        known = ", ".join(all_media())
        raise CommandError(f"there is no medium {medium}", hint=f"known: {known}")
    refuse_unknown_batch(batch)
    chosen = condition(batch, where, key="sources.source_id")
    query = source_query(medium, chosen)
    export_records(destination, query, "sources", where)


def export_records(destination: Destination, query: str, what: str, where: str | None) -> None:
    """Write what the query finds. Raises CommandError."""
    output = destination.output
    if destination.export_format is ExportFormat.PARQUET and output is None:
        raise CommandError("Parquet cannot be printed", hint=f"name a file: -o {what}.parquet")
    if output is not None:
        output.refuse()
    frame = frame_of(asked(query, where, what))
    write(frame, destination.export_format, output)
    if output:
        err.print(f"{frame.height:,} {what} written to {output.path}", markup=False, soft_wrap=True)


def asked(query: str, where: str | None, table: str = "images") -> QueryResult:
    """What the query finds; with ``where``, the condition on ``table`` in it, it is a user's.

    Raises CommandError.
    """
    tables = Tables.open()
    try:
        return tables.own_query(query) if where is None else tables.user_query(query)
    except QueryError as error:
        why = str(error) if where is None else why_unusable(error, where, tables.user_query, table)
        raise CommandError(f"cannot export: {why}") from error


def refuse_unknown_batch(batch: str | None) -> None:
    """Raise CommandError for a batch that does not exist: nothing exported would look like done."""
    known = "select 1 from sightings where nfc_normalize(batch) = nfc_normalize(?) limit 1"
    if batch is not None and not Tables.open().rows(known, [batch]):
        raise CommandError(f"there is no batch {batch!r}", hint="see batches with: media status")


def write(frame: pl.DataFrame, export_format: ExportFormat, output: OutputFile | None) -> None:
    """Write records in the chosen format to the file, or to standard output without one."""
    if export_format is ExportFormat.PARQUET and output:
        with output.writing() as file:
            frame.write_parquet(file)
        return
    text = write_ndjson(frame) if export_format is ExportFormat.JSONL else write_csv(frame)
    if output:
        with output.writing() as file:
            file.write(text.encode())
    else:
        write_out(text)
