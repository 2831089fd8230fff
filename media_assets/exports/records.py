"""The queries of the records that ``media export`` writes, and the export of a finished batch.

The record of an image has its own shape; sources of all other media share one.
"""

from media_assets.media import image_recipes
from resources.metadata.catalogue_fields import FIELDS

SIGHTINGS = """    select source_id, list({
        'root': root, 'path': path_display, 'batch': batch, 'size_bytes': size_bytes,
        'seen_at': seen_at
    } order by seen_at) as sightings
    from sightings
    where source_id in (from chosen)
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
    where source_id in (from chosen)
    group by source_id
"""
"""How each derivative of a source was made."""

RECORD = """
with chosen as materialized (select images.image_id as source_id from images where {condition})

select
    images.*,
    seen.sightings,
    merged.catalogue,
    {parts}
    made.provenance
from images
semi join chosen on images.image_id = chosen.source_id
left join (
{sightings}) as seen on images.image_id = seen.source_id
left join (
    select image_id, struct_pack({catalogue_fields}) as catalogue
    from descriptions
    where image_id in (from chosen)
) as merged on images.image_id = merged.image_id
left join (
{provenance}) as made on images.image_id = made.source_id
order by images.landed_at, images.image_id
"""
"""What is asked of all sources, such as where they were seen, is asked of the chosen ones alone."""

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
with chosen as materialized (
    select sources.source_id
    from sources
    where sources.medium = '{medium}' and not sources.is_superseded and {condition}
)

select
    sources.*,
    seen.sightings,
    made_of.children,
    made.provenance
from sources
semi join chosen on sources.source_id = chosen.source_id
left join (
{sightings}) as seen on sources.source_id = seen.source_id
left join (
    select parent_id, list({{
        'source_id': child_id, 'medium': child_medium, 'place': place
    }} order by place) as children
    from children
    where is_current and parent_id in (from chosen)
    group by parent_id
) as made_of on sources.source_id = made_of.parent_id
left join (
{provenance}) as made on sources.source_id = made.source_id
order by sources.landed_at, sources.source_id
"""


def record_query(condition: str, *, with_embedding: bool) -> str:
    """The query of the records of the images that meet a condition, in landing order."""
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
        condition=condition,
        parts="\n    ".join(parts),
        catalogue_fields=fields,
        sightings=SIGHTINGS,
        provenance=PROVENANCE,
    )


def source_query(medium: str, condition: str) -> str:
    """The query of the records of a medium that is not images, in landing order."""
    return SOURCE_RECORD.format(
        medium=medium, condition=condition, sightings=SIGHTINGS, provenance=PROVENANCE
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
