"""``media export``: one self-contained record per image, for other tools and other decades."""

from pathlib import Path

import polars as pl

from command_line.queries.tables import QueryError, Tables
from command_line.terminal.console import CommandError, err, write_out
from command_line.terminal.formats import ExportFormat
from command_line.terminal.text_forms import write_csv, write_ndjson
from media_assets.media import image_recipes
from resources.metadata.catalogue_fields import FIELDS

RECORD = """
select
    images.*,
    seen.sightings,
    merged.catalogue,
    {parts}
    made.provenance
from images
left join (
    select image_id, list({{
        'root': root, 'path': path_display, 'batch': batch, 'size_bytes': size_bytes,
        'seen_at': seen_at
    }} order by seen_at) as sightings
    from sightings
    group by image_id
) as seen on images.image_id = seen.image_id
left join (
    select image_id, struct_pack({catalogue_fields}) as catalogue
    from descriptions
) as merged on images.image_id = merged.image_id
left join (
    select image_id, list({{
        'asset': asset, 'outcome': outcome, 'reason': reason, 'path': path, 'bytes': bytes,
        'fingerprint': fingerprint, 'code_version': code_version, 'engine': engine,
        'engine_version': engine_version, 'parameters': parameters, 'inputs': inputs,
        'run_id': run_id, 'made_at': made_at
    }} order by asset) as provenance
    from artifacts
    group by image_id
) as made on images.image_id = made.image_id
where
"""
PARTS = (
    (
        "ocr_text",
        "'text': text, 'language': language, 'mean_confidence': mean_confidence, 'engine': engine",
    ),
)
"""What is exported of derivatives beside the merged record: asset, fields of a struct."""

VECTORS = (
    ("embedding", "'space': space, 'model': model, 'vector': vector"),
    ("text_embedding", "'space': space, 'vector': vector"),
)

ORDER = "\norder by images.landed_at, images.image_id"


def export_images(
    export_format: ExportFormat,
    *,
    batch: str | None,
    where: str | None,
    output: Path | None,
    with_embedding: bool,
) -> None:
    """Write the chosen images to ``output`` or standard output.

    Raises CommandError for a condition that is no SQL and for Parquet without a file.
    """
    if export_format is ExportFormat.PARQUET and output is None:
        raise CommandError("Parquet cannot be printed", hint="name a file: -o images.parquet")
    try:
        query = record_query(with_embedding=with_embedding)
        frame = Tables.open().user_query(query + condition(batch, where) + ORDER)
    except QueryError as error:
        raise CommandError(f"cannot export: {error}") from error
    write(frame, export_format, output)
    if output:
        err.print(f"{frame.height:,} images written to {output}")


def record_query(*, with_embedding: bool) -> str:
    """The query of the records, up to its condition."""
    chosen = [*PARTS, *VECTORS] if with_embedding else PARTS
    known = ((asset, columns) for asset, columns in chosen if asset in image_recipes())
    parts = (
        f"(select {{{columns}}} from image.{asset} as made_{asset} "  # noqa: S608 - names of ours
        f"where made_{asset}.image_id = images.image_id "
        f"and made_{asset}.outcome in ('ok', 'degraded')) as {asset},"
        for asset, columns in known
    )
    fields = ", ".join(f"{name} := {name}" for name in (*FIELDS, "sources", "made_at"))
    return RECORD.format(parts="\n    ".join(parts), catalogue_fields=fields)


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
        write_out(text)
