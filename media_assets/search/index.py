"""The search index: words (SQLite) and vectors (LanceDB) of all images, made from the tables.

Only what is new, changed or gone since the last time is touched, and one process writes at a time.
It is a cache: a table that cannot be read any more is quarantined and rebuilt (`healed` says which
and why), and deleting MEDIA_HOME/search_index costs a rebuild, nothing else. When another embedding
model is chosen its vectors fill a table of their own; searches go on with the old one until the new
one is as full.
"""

from contextvars import Context

import dagster as dg

from media_assets.search.ranking.vector_store import IndexRefresh, TableRefresh, refresh_index
from resources.orchestration.media_resource import MediaResource

READ = [["sql", "search_documents"], ["image", "embedding"], ["image", "text_embedding"]]


@dg.asset(
    key_prefix="search",
    group_name="search",
    kinds={"lancedb", "sqlite"},
    owners=["team:media"],
    code_version="1",
    deps=[dg.AssetKey(path) for path in READ],
    description=__doc__,
)
def index(context: dg.AssetExecutionContext, media: MediaResource) -> dg.MaterializeResult:
    """Bring the index up to date and say what that took."""
    done = Context().run(refresh_index, media.home)  # LanceDB's thread keeps the context it is in
    for table in done.tables:
        if table.healed:
            context.log.warning("%s was made again: %s", table.name, table.healed)
    return dg.MaterializeResult(metadata=metadata(done))


def metadata(done: IndexRefresh) -> dict[str, dg.MetadataValue]:
    """What the index holds, and what this refresh did."""
    healed = {table.name: table.healed for table in done.tables if table.healed}
    return {
        "dagster/row_count": dg.MetadataValue.int(sum(map(row_count, done.tables))),
        "rows": dg.MetadataValue.json({table.name: row_count(table) for table in done.tables}),
        "new": dg.MetadataValue.int(sum(table.changes.new_count for table in done.tables)),
        "written": dg.MetadataValue.int(sum(len(table.changes.written) for table in done.tables)),
        "removed": dg.MetadataValue.int(sum(len(table.changes.gone) for table in done.tables)),
        "healed": dg.MetadataValue.json(healed),
        "serving": dg.MetadataValue.json(
            {kind: serving.space for kind, serving in done.record.serving.items()}
        ),
        "size_bytes": dg.MetadataValue.int(done.size_bytes),
        "seconds": dg.MetadataValue.float(round(done.seconds, 3)),
    }


def row_count(table: TableRefresh) -> int:
    """Rows of one table."""
    return table.recorded.row_count
