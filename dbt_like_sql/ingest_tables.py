"""What ingest and people write, as assets that Dagster shows and does not make: the roots."""

import dagster as dg

DESCRIPTIONS = {
    "original": (
        "Accepted source images: identity (SHA-256), batch, and where the bytes lie. "
        "Written by the landing sensor when a file has settled."
    ),
    "sighting": (
        "Every file in which an image was seen: landing root, path, size, time. "
        "The same bytes under another name are a sighting, not another image."
    ),
    "batch_event": (
        "What befell batches: opened, cancelled, a listed file that is not there. Written by the "
        "landing sensor and the command line."
    ),
    "recipe": (
        "How each derivative is made today: code version, engine, parameters and inputs. Rows are "
        "compared with it to find those that are stale."
    ),
    "sidecar_files": (
        "The XMP sidecars of each image, found beside it in its folder under any name it ever "
        "had. Written by the landing sensor whenever an image's sidecars change."
    ),
}

BY_HAND = {
    "human_record": (
        "What people say of images, and what they removed: one row per edit, which holds all that "
        "was said by then. Written by media edit; never overwritten."
    ),
    "preference": (
        "Which version of a caption, description or set of tags people want to see of an image. "
        "Written by media prefer."
    ),
}


def table_spec(group: str, name: str, description: str) -> dg.AssetSpec:
    """One row table as Dagster shows it."""
    return dg.AssetSpec(
        [group, name],
        description=description,
        group_name=group,
        kinds={"parquet"},
        owners=["team:media"],
        metadata={"dagster/table_name": f"{group}.{name}"},
    )


ingest_tables = [
    *(table_spec("ingest", name, description) for name, description in DESCRIPTIONS.items()),
    *(table_spec("curation", name, description) for name, description in BY_HAND.items()),
]
