"""Checks every day that nothing which failed is forgotten.

Every failed result waits for its next try at a time that is known and not long past, or is dead
(see ``gaps``), or a run that has not ended is about it, or a person cancelled the work on it.
Anything else is a fault of this program.
"""

import dagster as dg

from media_assets.execution.medium import Medium
from media_assets.execution.run_sources import sources_of
from media_assets.jobs import QUIET
from media_assets.media import all_media
from resources.configuration.settings import Settings
from resources.orchestration.runs_under_way import UNDER_WAY
from resources.warehouse.database_file import ask_again_for_lost_files
from schedules.tables_now import current_tables

EXAMPLES = 10

OVERDUE = """
select failed.medium, failed.source_id, failed.asset
from expected_artifacts as failed
left join gaps on failed.source_id = gaps.source_id and failed.asset = gaps.asset
left join stg_ingest__held_sources as held
    on failed.source_id = held.source_id
    and list_contains(held.assets, failed.asset)
    and held.held_at > failed.made_at
where failed.outcome = 'failed'
    and gaps.gap is distinct from 'dead'
    and held.source_id is null
    and (gaps.retry_at is null or gaps.retry_at < now() - to_days(1))
order by failed.source_id, failed.asset
"""
"""A day late: the service may have been stopped, and a long queue is worked off first."""

KNOWN = """
select
    count(*) filter (where gap = 'failed') as waiting,
    count(*) filter (where gap = 'dead') as dead,
    min(retry_at) as next_try
from gaps
where gap in ('failed', 'dead')
"""


@dg.asset_check(
    asset=dg.AssetKey(["sql", "gaps"]),
    description="Every failed result waits for a next try whose time is known, or is dead, or is "
    "being worked on.",
)
def nothing_failed_is_forgotten(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Fails when a result failed and nothing will try it again or says that nothing will."""
    overdue, known = asked(Settings())
    under_way = {
        name: sources_under_way(context.instance, medium) for name, medium in all_media().items()
    }
    forgotten = [
        f"{asset} of {source_id}"
        for medium, source_id, asset in overdue
        if source_id not in under_way[medium]
    ]
    return dg.AssetCheckResult(
        passed=not forgotten,
        metadata={"forgotten": len(forgotten), "examples": forgotten[:EXAMPLES], **known},
    )


@ask_again_for_lost_files
def asked(settings: Settings) -> tuple[list[tuple[str, str, str]], dict[str, int | str]]:
    """Medium, source and derivative of what is overdue; and how many wait or are dead."""
    if not settings.media_home.warehouse.exists():
        return [], {}
    with current_tables(settings) as connection:
        overdue = connection.execute(OVERDUE).fetchall()
        ((waiting, dead, next_try),) = connection.execute(KNOWN).fetchall()
    return overdue, {"waiting": waiting, "dead": dead, "next_try": str(next_try)}


def sources_under_way(instance: dg.DagsterInstance, medium: Medium) -> set[str]:
    """The sources of the runs of a medium that have not ended."""
    runs = instance.get_runs(dg.RunsFilter(job_name=medium.job, statuses=UNDER_WAY))
    keys = instance.get_dynamic_partitions(medium.partitions_name) if runs else []
    return {source_id for run in runs for source_id in sources_of(run, keys)}


check_failures = dg.define_asset_job(
    "check_failures",
    selection=dg.AssetSelection.checks(nothing_failed_is_forgotten),
    config=QUIET,
    description="Checks that nothing which failed is forgotten. Harmless at any time.",
)

forgotten_failures = dg.ScheduleDefinition(
    name="forgotten_failures",
    job=check_failures,
    cron_schedule="23 4 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Daily: checks that nothing which failed is forgotten.",
)
