"""The export of every finished batch: ``<home>/exports/<batch>.jsonl``, written by itself.

The same records as ``media export --batch`` gives, one JSON object per line. A file is whole or
absent, and is written again when the batch changes: after an edit, a new model, a late file.
"""

import dagster as dg

from media_assets.exports.export_files import write_changed
from resources.display_text import plain_text
from resources.orchestration.media_resource import MediaResource

READ = ("batches", "images", "sources", "sightings", "artifacts", "descriptions", "children")


@dg.asset(
    key_prefix="export",
    group_name="export",
    kinds={"json"},
    owners=["team:media"],
    code_version="1",
    deps=[dg.AssetKey(["sql", name]) for name in READ],
    description=__doc__,
)
def batch_exports(context: dg.AssetExecutionContext, media: MediaResource) -> dg.MaterializeResult:
    """Write what is absent or out of date."""
    written = write_changed(media.home)
    for one in written:
        context.log.info("%s: %s records", plain_text(one.name), one.records)
    return dg.MaterializeResult(
        metadata={
            "folder": dg.MetadataValue.path(str(media.home.exports)),
            "written": dg.MetadataValue.int(len(written)),
            "records": dg.MetadataValue.int(sum(one.records for one in written)),
        }
    )
