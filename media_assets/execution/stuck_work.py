"""Work that makes no progress: runs that say nothing any more, batches on which nothing works.

Judged by progress, not by existence. A run shows it by its events in Dagster's log, which come with
every commit of rows. A batch that has work to be done is stuck when no run over sources moves at
all; while others move, it waits for its turn. What waits for a person (paused, cancelled, a yes)
is not stuck, and a run whose process died is ended elsewhere (``run_locks``).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg
import duckdb

from media_assets.execution.medium import Medium
from media_assets.execution.waiting_work import OPEN_WORK
from resources.configuration.settings import Settings
from resources.orchestration.paused_work import is_all_paused
from resources.orchestration.run_tags import BATCH_TAG
from resources.orchestration.stuck_rows import BATCH, RUN, Stuck
from resources.orchestration.working_runs import WorkingRun, working_runs
from resources.stores.free_space import why_to_wait

UNFINISHED_BATCHES = f"""
with {OPEN_WORK},

unfinished as (
    select distinct sources.batch
    from open_work anti join waiting on open_work.asset = waiting.asset
        and open_work.gap = waiting.gap and open_work.is_new_work
    inner join stg_ingest__sources as sources on open_work.source_id = sources.source_id
    where open_work.gap = 'missing'
)

select batches.batch, greatest(batches.started_at, max(expected.made_at)) as since
from batches
inner join unfinished on batches.batch = unfinished.batch
left join expected_artifacts as expected on batches.batch = expected.batch
where batches.status in ('not_started', 'in_progress')
group by batches.batch, batches.started_at
order by batches.batch
"""  # noqa: S608 - names and numbers of ours


@dataclass(frozen=True)
class Look:
    """What is looked at, when, and how long nothing may happen."""

    settings: Settings
    instance: dg.DagsterInstance
    media: Collection[Medium]
    now: datetime

    @property
    def patience(self) -> timedelta:
        """After so long without progress work is stuck."""
        return timedelta(minutes=self.settings.stuck_minutes)

    def is_quiet(self, since: datetime) -> bool:
        """Whether nothing has happened for too long."""
        return self.now - since.astimezone(UTC) > self.patience


def stuck_runs(look: Look, runs: Sequence[WorkingRun]) -> Iterator[Stuck]:
    """Those of the runs that say nothing any more."""
    for run in runs:
        if look.is_quiet(run.last_sign):
            yield Stuck(RUN, run.run_id, run.batch, why_quiet(run), run.last_sign)


def why_quiet(run: WorkingRun) -> str:
    """What is known of a run that says nothing."""
    if run.status == dg.DagsterRunStatus.CANCELING.value.lower():
        return "it is being cancelled and does not end"
    if not run.processes:
        return f"it is {run.status}, and no process of it is known on this machine"
    pids = ", ".join(map(str, run.processes))
    return f"its process {pids} lives, but makes and says nothing; to have it repeated: kill {pids}"


def stuck_batches(
    look: Look, runs: Sequence[WorkingRun], connection: duckdb.DuckDBPyConnection
) -> Iterator[Stuck]:
    """Batches with work to be done while nothing moves; ``connection`` is on the tables of now."""
    jobs = {medium.job for medium in look.media}
    moving = [run for run in runs if run.job in jobs and not look.is_quiet(run.last_sign)]
    if moving or is_all_paused(look.instance):
        return
    for medium in look.media:
        values = [medium.name, look.settings.ask_above_sources]
        for batch, since in connection.execute(UNFINISHED_BATCHES, values).fetchall():
            if look.is_quiet(since):
                yield Stuck(BATCH, batch, batch, why_idle(look, batch), since)


def why_idle(look: Look, batch: str) -> str:
    """What keeps a batch from being worked on."""
    if lacking := why_to_wait(look.settings):
        return lacking
    queued = dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED], tags={BATCH_TAG: batch})
    if count := look.instance.get_runs_count(queued):
        return f"{count} run(s) of it wait in the queue, and none begins"
    return "no run works on it and none waits; to ask for one: media retry " + batch


def working_now(look: Look) -> list[WorkingRun]:
    """The runs that have begun and not ended."""
    return working_runs(look.instance, look.settings.media_home, with_queued=False)
