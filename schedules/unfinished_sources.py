"""Finishes what crashes and temporary failures left: sources with missing or failed derivatives.

Runs that die are retried by Dagster itself; this is the net below, which asks the tables instead
of the runs. What has failed three times under one recipe waits for a person (``media retry``).
What was skipped because an input was missing comes along with it. Stale derivatives are left alone:
making them again is a decision. Only what people and sidecars say is used without asking: it
costs next to nothing, and a killed command may have left it open.

A command in the foreground repairs less, since a person waits for it: only what was never made,
and of that only what a killed process left. A derivative that is newer than the source is not:
making it for all old sources may take hours, which is for the service.
"""

from collections.abc import Iterator, Mapping

import dagster as dg

from dbt_like_sql.model_files import models_version
from dbt_like_sql.models import build_views
from dbt_like_sql.publication_due import is_publication_due
from media_assets.execution.medium import Medium
from media_assets.execution.repair import repair_requests
from media_assets.media import all_media
from media_assets.tables import declare_tables
from resources.configuration.settings import Settings
from resources.orchestration.runs_under_way import runs_under_way
from resources.rows.row_store import RowStore
from resources.stores.free_space import has_room, no_room
from resources.warehouse.database_file import ask_again_for_lost_files, reading
from resources.warehouse.live_views import open_live

MOST_ATTEMPTS = 3
SOURCES_AT_A_TIME = 2000

UNFINISHED = f"""
select source_id, list(distinct asset)
from gaps
where medium = ? and (
    (gap in ('missing', 'failed') and attempts < {MOST_ATTEMPTS})
    or (gap = 'stale' and asset in ('sidecar_metadata', 'catalogue_record'))
)
group by source_id
limit {SOURCES_AT_A_TIME}
"""  # noqa: S608 - numbers of ours

MISSING = f"""
select gaps.source_id, list(distinct gaps.asset)
from gaps
inner join stg_ingest__sources as sources on gaps.source_id = sources.source_id
inner join stg_ingest__recipes as recipes
    on gaps.medium = recipes.medium and gaps.asset = recipes.asset
where gaps.medium = ? and gaps.gap = 'missing' and gaps.attempts < {MOST_ATTEMPTS}
    and sources.landed_at > recipes.declared_at - interval 1 hour
group by gaps.source_id
limit {SOURCES_AT_A_TIME}
"""  # noqa: S608 - numbers of ours
"""The hour: the first sources of a new home may land a moment before its recipes are declared."""


def unfinished_schedules() -> list[dg.ScheduleDefinition]:
    """One schedule per medium: ``unfinished_images`` and its like."""
    return [unfinished_schedule(medium) for medium in all_media().values()]


def unfinished_schedule(medium: Medium) -> dg.ScheduleDefinition:
    """The schedule that finishes the sources of one medium."""

    @dg.schedule(
        name=f"unfinished_{medium.name}s",
        job_name=medium.job,
        cron_schedule="*/10 * * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Every ten minutes: requests runs for sources of the medium "
        f"{medium.name} that a crash or a passing fault left open.",
    )
    def unfinished_of_medium(
        context: dg.ScheduleEvaluationContext,
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        settings = Settings()
        if reason := why_not_now(settings, context.instance):
            yield dg.SkipReason(reason)
            return
        found = unfinished(settings, medium)
        if not found:
            yield dg.SkipReason("no source is unfinished")
        for number, request in enumerate(requests_for(medium, context.instance, found)):
            run_key = f"{context.scheduled_execution_time}-{number}"
            yield request.with_replaced_attrs(run_key=run_key)

    return unfinished_of_medium


def requests_for_missing(settings: Settings, instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    """The runs that make what a killed process left out, in all media; none while others work."""
    if why_not_now(settings, instance):
        return []
    return [
        request
        for medium in all_media().values()
        for request in requests_for(medium, instance, gaps_found(settings, MISSING, medium))
    ]


def why_not_now(settings: Settings, instance: dg.DagsterInstance) -> str | None:
    """Why nothing should be asked for now, if so."""
    if any(runs_under_way(instance, medium.job) for medium in all_media().values()):
        return "sources are being processed"
    return None if has_room(settings) else no_room(settings)


def requests_for(
    medium: Medium, instance: dg.DagsterInstance, found: Mapping[str, list[str]]
) -> list[dg.RunRequest]:
    """The runs that make these derivatives, by source."""
    if not found:
        return []
    keys = instance.get_dynamic_partitions(medium.partitions_name)
    assets = {asset for names in found.values() for asset in names}
    return list(repair_requests(medium, keys, found, assets=assets, leave_stale=True))


def unfinished(settings: Settings, medium: Medium) -> dict[str, list[str]]:
    """Source id -> its derivatives with a gap that a run may close.

    Runs are asked for these alone (and what is made from them): fresh ones need no look, and stale
    ones are left as they are.
    """
    return gaps_found(settings, UNFINISHED, medium)


@ask_again_for_lost_files
def gaps_found(settings: Settings, query: str, medium: Medium) -> dict[str, list[str]]:
    """What the published tables say, or the live views when rows are newer (slower)."""
    home = settings.media_home
    if not home.warehouse.exists():
        return {}
    store = RowStore(home.rows)
    declare_tables(store)
    if is_publication_due(home, store):
        tables = open_live(home, store, build_views, models_version())
    else:
        tables = reading(home.warehouse)
    with tables as connection:
        return dict(connection.execute(query, [medium.name]).fetchall())
