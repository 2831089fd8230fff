"""``media export``: one self-contained record per image, for other tools and other decades."""

import sys
from pathlib import Path

import polars as pl

from command_line.console import CommandError, err
from command_line.formats import ExportFormat
from command_line.tables import QueryError, Tables
from command_line.text_forms import write_csv, write_ndjson

RECORD = """
select
    images.*,
    (
        select list({
            'root': sightings.root, 'path': sightings.path_display, 'batch': sightings.batch,
            'size_bytes': sightings.size_bytes, 'seen_at': sightings.seen_at
        } order by sightings.seen_at)
        from sightings
        where sightings.image_id = images.image_id
    ) as sightings,
    (
        select list({
            'asset': artifacts.asset, 'outcome': artifacts.outcome, 'reason': artifacts.reason,
            'path': artifacts.path, 'bytes': artifacts.bytes,
            'fingerprint': artifacts.fingerprint, 'code_version': artifacts.code_version,
            'engine': artifacts.engine, 'engine_version': artifacts.engine_version,
            'parameters': artifacts.parameters, 'inputs': artifacts.inputs,
            'run_id': artifacts.run_id, 'made_at': artifacts.made_at
        } order by artifacts.asset)
        from artifacts
        where artifacts.image_id = images.image_id
    ) as provenance
from images
where
"""

ORDER = "\norder by images.landed_at, images.image_id"


def export_images(
    export_format: ExportFormat, *, batch: str | None, where: str | None, output: Path | None
) -> None:
    """Write the chosen images to ``output`` or standard output.

    Raises CommandError for a condition that is no SQL and for Parquet without a file.
    """
    if export_format is ExportFormat.PARQUET and output is None:
        raise CommandError("Parquet cannot be printed", hint="name a file: -o images.parquet")
    try:
        frame = Tables.open().user_query(RECORD + condition(batch, where) + ORDER)
    except QueryError as error:
        raise CommandError(f"cannot export: {error}") from error
    write(frame, export_format, output)
    if output:
        err.print(f"{frame.height:,} images written to {output}")


def condition(batch: str | None, where: str | None) -> str:
    """The SQL condition that both filters make together."""
    parts = [f"({where}\n)"] if where else []
    if batch is not None:
        quoted = batch.replace("'", "''")
        parts.append(
            f"images.image_id in (select s.image_id from sightings as s where s.batch = '{quoted}')"  # noqa: S608 - quoted, and the query runs without rights
        )
    return " and ".join(parts) or "true"


def write(frame: pl.DataFrame, export_format: ExportFormat, output: Path | None) -> None:
    """Write records in the chosen format to the file, or to standard output without one."""
    if export_format is ExportFormat.PARQUET and output:
        frame.write_parquet(output)
        return
    text = write_ndjson(frame) if export_format is ExportFormat.JSONL else write_csv(frame)
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
