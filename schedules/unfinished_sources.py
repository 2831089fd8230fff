"""Finishes what crashes and temporary failures left: sources with missing or failed derivatives.

Runs that die are retried by Dagster itself; this is the net below, which asks the tables instead
of the runs. What has failed is tried again when its time has come (``gaps.retry_at``, see
``retry_rules``); what has failed too often is dead and waits for a person (``media retry``).
What was skipped because an input was missing comes along with it. Stale derivatives are left alone:
making them again is a decision. Only what people and sidecars say is used without asking: it
costs next to nothing, and a killed command may have left it open. A derivative that is new to very
many sources waits for a person, too: see ``waiting_work``.

A command in the foreground repairs less, since a person waits for it: only what was never made,
and of that only what a killed process left. A derivative that is newer than the source is not:
making it for all old sources may take hours, which is for the service.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from media_assets.execution.medium import Medium
from media_assets.execution.repair import repair_requests
from media_assets.execution.restoration import absent_sources, restoration_requests
from media_assets.execution.run_sources import sources_of
from media_assets.execution.waiting_work import OPEN_WORK, next_tries, of_medium
from media_assets.media import all_media
from resources.configuration.settings import Settings
from resources.orchestration.forgotten_retries import stop_waiting
from resources.orchestration.paused_work import paused_runs
from resources.orchestration.runs_under_way import runs_under_way
from resources.stores.free_space import why_to_wait
from resources.warehouse.database_file import ask_again_for_lost_files
from schedules.tables_now import current_tables

SOURCES_AT_A_TIME = 2000

UNFINISHED = f"""
with {OPEN_WORK}
select source_id, list(distinct asset)
from open_work anti join waiting on open_work.asset = waiting.asset
    and open_work.gap = waiting.gap and open_work.is_new_work
where open_work.source_id not in (select unnest(?::varchar[]))
group by source_id
limit {SOURCES_AT_A_TIME}
"""  # noqa: S608 - numbers of ours

MISSING = f"""
with {OPEN_WORK}
select source_id, list(distinct asset)
from open_work
where gap = 'missing' and is_newer_than_recipe
    and source_id not in (select unnest(?::varchar[]))
group by source_id
limit {SOURCES_AT_A_TIME}
"""  # noqa: S608 - numbers of ours


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
        stop_waiting(context.instance, context.scheduled_execution_time)
        if reason := why_not_now(settings, context.instance):
            yield dg.SkipReason(reason)
            return
        restored = restored_sources(settings, context.instance, medium)
        found = unfinished(settings, context.instance, medium)
        if not found and not restored:
            yield dg.SkipReason("; ".join(["no source is unfinished", *waiting(settings, medium)]))
        requests = [*restored, *requests_for(medium, context.instance, found)]
        for number, request in enumerate(requests):
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
        for request in [
            *restored_sources(settings, instance, medium),
            *requests_for(medium, instance, gaps_found(settings, instance, MISSING, medium)),
        ]
    ]


def restored_sources(
    settings: Settings, instance: dg.DagsterInstance, medium: Medium
) -> list[dg.RunRequest]:
    """Make partitions again that somebody deleted in the UI; the runs that report what they have.

    They come last in Dagster's order. When all are lost, the sensor of the landing folders does it.
    """
    if not instance.get_dynamic_partitions(medium.partitions_name):
        return []
    absent = absent_sources(medium, settings, instance)
    if absent:
        instance.add_dynamic_partitions(medium.partitions_name, absent)
    return list(restoration_requests(medium, absent))


def why_not_now(settings: Settings, instance: dg.DagsterInstance) -> str | None:
    """Why nothing should be asked for now, if so."""
    paused = Counter(run.job_name for run in paused_runs(instance))
    if any(runs_under_way(instance, one.job) > paused[one.job] for one in all_media().values()):
        return "sources are being processed"
    return why_to_wait(settings)


def requests_for(
    medium: Medium, instance: dg.DagsterInstance, found: Mapping[str, list[str]]
) -> list[dg.RunRequest]:
    """The runs that make these derivatives, by source.

    Sources that need the same go together: a run tries nothing whose time has not come.
    """
    if not found:
        return []
    keys = instance.get_dynamic_partitions(medium.partitions_name)
    alike: dict[frozenset[str], list[str]] = defaultdict(list)
    for source_id, names in found.items():
        alike[frozenset(names)].append(source_id)
    return [
        request
        for names, source_ids in alike.items()
        for request in repair_requests(medium, keys, source_ids, assets=names, leave_stale=True)
    ]


def unfinished(
    settings: Settings, instance: dg.DagsterInstance, medium: Medium
) -> dict[str, list[str]]:
    """Source id -> its derivatives with a gap that a run may close.

    Runs are asked for these alone (and what is made from them): fresh ones need no look, and stale
    ones are left as they are.
    """
    return gaps_found(settings, instance, UNFINISHED, medium)


@ask_again_for_lost_files
def gaps_found(
    settings: Settings, instance: dg.DagsterInstance, query: str, medium: Medium
) -> dict[str, list[str]]:
    """Source id -> derivatives, as a query about the open work of one medium says.

    What the runs of a paused batch are to make is left to them.
    """
    if not settings.media_home.warehouse.exists():
        return {}
    values = [medium.name, settings.ask_above_sources, paused_sources(instance, medium)]
    with current_tables(settings) as connection:
        return dict(connection.execute(query, values).fetchall())


def paused_sources(instance: dg.DagsterInstance, medium: Medium) -> list[str]:
    """The sources of the medium that wait with a paused batch."""
    runs = [run for run in paused_runs(instance) if run.job_name == medium.job]
    keys = instance.get_dynamic_partitions(medium.partitions_name) if runs else []
    return [source_id for run in runs for source_id in sources_of(run, keys)]


@ask_again_for_lost_files
def waiting(settings: Settings, medium: Medium) -> list[str]:
    """What waits for a person's yes or for its next try, one line each."""
    if not settings.media_home.warehouse.exists():
        return []
    with current_tables(settings) as connection:

        def ask(query: str, values: Sequence[object]) -> Sequence[Sequence[object]]:
            return connection.execute(query, list(values)).fetchall()

        works = of_medium(ask, medium.name, settings.ask_above_sources)
        return [*(work.text for work in works), *next_tries(ask)]
