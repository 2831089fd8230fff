"""What ingest writes, as assets that Dagster shows and does not make: the roots of the lineage."""

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
}

ingest_tables = [
    dg.AssetSpec(
        ["ingest", name],
        description=description,
        group_name="ingest",
        kinds={"parquet"},
        owners=["team:media"],
        metadata={"dagster/table_name": f"ingest.{name}"},
    )
    for name, description in DESCRIPTIONS.items()
]
