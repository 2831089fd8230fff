"""``media export``: one self-contained record per source, for other tools and later years.

The record of an image has its own shape; sources of all other media share one.
"""

from dataclasses import dataclass

import polars as pl

from command_line.commands.output_file import OutputFile
from command_line.queries.tables import QueryError, Tables
from command_line.terminal.console import CommandError, err, write_out
from command_line.terminal.formats import ExportFormat
from command_line.terminal.text_forms import write_csv, write_ndjson
from media_assets.media import all_media, image_recipes
from resources.metadata.catalogue_fields import FIELDS
from resources.warehouse.query_result import QueryResult
from resources.warehouse.result_frames import frame_of

SIGHTINGS = """    select source_id, list({
        'root': root, 'path': path_display, 'batch': batch, 'size_bytes': size_bytes,
        'seen_at': seen_at
    } order by seen_at) as sightings
    from sightings
    group by source_id
"""
"""Where each source was seen, oldest first."""

PROVENANCE = """    select source_id, list({
        'asset': asset, 'outcome': outcome, 'reason': reason, 'path': path, 'bytes': bytes,
        'fingerprint': fingerprint, 'code_version': code_version, 'engine': engine,
        'engine_version': engine_version, 'parameters': parameters, 'inputs': inputs,
        'run_id': run_id, 'made_at': made_at
    } order by asset) as provenance
    from artifacts
    group by source_id
"""
"""How each derivative of a source was made."""

RECORD = """
select
    images.*,
    seen.sightings,
    merged.catalogue,
    {parts}
    made.provenance
from images
left join (
{sightings}) as seen on images.image_id = seen.source_id
left join (
    select image_id, struct_pack({catalogue_fields}) as catalogue
    from descriptions
) as merged on images.image_id = merged.image_id
left join (
{provenance}) as made on images.image_id = made.source_id
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

SOURCE_RECORD = """
select
    sources.*,
    seen.sightings,
    made_of.children,
    made.provenance
from sources
left join (
{sightings}) as seen on sources.source_id = seen.source_id
left join (
    select parent_id, list({{
        'source_id': child_id, 'medium': child_medium, 'place': place
    }} order by place) as children
    from children
    where is_current
    group by parent_id
) as made_of on sources.source_id = made_of.parent_id
left join (
{provenance}) as made on sources.source_id = made.source_id
where
"""
SOURCE_ORDER = "\norder by sources.landed_at, sources.source_id"

ORDER = "\norder by images.landed_at, images.image_id"


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
    chosen = condition(batch, where, key="images.image_id")
    query = record_query(with_embedding=with_embedding) + chosen + ORDER
    export_records(destination, query, "images", is_ours=where is None)


def export_sources(
    medium: str, destination: Destination, *, batch: str | None, where: str | None
) -> None:
    """Write the chosen sources of a medium that is not images. Raises CommandError as above."""
    if medium not in all_media():
        known = ", ".join(all_media())
        raise CommandError(f"there is no medium {medium}", hint=f"known: {known}")
    current = f"sources.medium = '{medium}' and not sources.is_superseded and "
    chosen = current + condition(batch, where, key="sources.source_id")
    record = SOURCE_RECORD.format(sightings=SIGHTINGS, provenance=PROVENANCE)
    export_records(destination, record + chosen + SOURCE_ORDER, "sources", is_ours=where is None)


def export_records(destination: Destination, query: str, what: str, *, is_ours: bool) -> None:
    """Write what the query finds. Raises CommandError."""
    output = destination.output
    if destination.export_format is ExportFormat.PARQUET and output is None:
        raise CommandError("Parquet cannot be printed", hint=f"name a file: -o {what}.parquet")
    if output is not None:
        output.refuse()
    try:
        frame = frame_of(asked(query, is_ours=is_ours))
    except QueryError as error:
        raise CommandError(f"cannot export: {error}") from error
    write(frame, destination.export_format, output)
    if output:
        err.print(f"{frame.height:,} {what} written to {output.path}", markup=False, soft_wrap=True)


def asked(query: str, *, is_ours: bool) -> QueryResult:
    """What the query finds; it is not all ours when a person wrote its condition.

    What a person wrote has the limits of ``media sql``. Raises QueryError.
    """
    tables = Tables.open()
    return tables.own_query(query) if is_ours else tables.user_query(query)


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
    return RECORD.format(
        parts="\n    ".join(parts),
        catalogue_fields=fields,
        sightings=SIGHTINGS,
        provenance=PROVENANCE,
    )


def condition(batch: str | None, where: str | None, *, key: str) -> str:
    """The SQL condition that both filters make together; ``key`` is the id as ``table.column``."""
    parts = [f"({where}\n)"] if where else []
    if batch is not None:
        table, quoted = key.partition(".")[0], batch.replace("'", "''")
        parts.append(
            f"(nfc_normalize({table}.batch) = nfc_normalize('{quoted}') or {key} in "  # noqa: S608 - quoted, and the query runs without rights
            f"(select s.source_id from sightings as s "
            f"where nfc_normalize(s.batch) = nfc_normalize('{quoted}')))"
        )
    return " and ".join(parts) or "true"


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
