"""Folds many small row files into few, so that queries and look-ups stay fast; deletes leftovers.

Leftovers are half-written renditions, and half copies in landing folders, of processes that
were killed, uploads that nobody finished for a day, and the lock files of runs that have ended.
"""

from datetime import UTC, datetime

import dagster as dg

from resources.configuration.settings import Settings
from resources.landing.uploads import KEPT, remove_abandoned_uploads
from resources.orchestration.media_resource import MediaResource
from resources.orchestration.run_locks import remove_orphans
from resources.rows.compaction import GRACE, compact
from resources.stores.content_store import ContentStore, remove_abandoned_copies


@dg.op
def fold_row_files(context: dg.OpExecutionContext, media: MediaResource) -> None:
    """Compact every table that has enough new files; nothing is lost when it is killed."""
    for table in media.store.tables():
        done = compact(media.store, table)
        if done.folded or done.merged or done.deleted:
            context.log.info(
                "%s: %d folded, %d merged, %d deleted",
                table,
                done.folded,
                done.merged,
                done.deleted,
            )
    sweep(context, media)


def sweep(context: dg.OpExecutionContext, media: MediaResource) -> None:
    """Remove what killed processes left half-written."""
    before = datetime.now(UTC) - GRACE
    remove_orphans(context.instance, media.home)
    swept = ContentStore(media.home.derivatives).remove_abandoned(before)
    for root in Settings().roots:
        if root.mode == "move" and root.path.is_dir():
            swept += remove_abandoned_copies(root.path, before)
            swept += remove_abandoned_uploads(root.path, datetime.now(UTC) - KEPT)
    if swept:
        context.log.info("%d half-written files that nobody goes on with removed", swept)


@dg.job(description="Folds small row files into large ones. Harmless at any time.")
def compact_rows() -> None:
    """One op: see fold_row_files."""
    fold_row_files()


row_compaction = dg.ScheduleDefinition(
    name="row_compaction",
    job=compact_rows,
    cron_schedule="17 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Hourly: folds small row files.",
)
