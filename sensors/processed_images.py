"""Asks for recognition once the renditions of a run's sources are there.

It looks at the runs that have ended since the last tick, well or badly: good sources of a run in
which one failed are recognized too. Asking twice changes nothing, since the run key names the run
that ended; so the look reaches back a little further than the cursor.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from media_assets.execution.stages import recognition_request
from media_assets.jobs import processing_jobs
from media_assets.media import medium_of_job
from resources.orchestration.run_tags import RENDITIONS, STAGE_TAG, WILL_RETRY_TAG

ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
RUNS_PER_TICK = 100
OVERLAP = timedelta(seconds=10)
"""Two runs may end in another order than their rows are written."""


@dg.sensor(
    jobs=processing_jobs(),
    minimum_interval_seconds=2,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Requests the recognition of sources whose renditions have just been made.",
)
def processed_images(
    context: dg.SensorEvaluationContext,
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Requests the recognition of sources whose renditions have just been made."""
    since = datetime.fromisoformat(context.cursor) if context.cursor else None
    ended = context.instance.get_run_records(
        dg.RunsFilter(
            statuses=ENDED,
            tags={STAGE_TAG: RENDITIONS},
            updated_after=since,
        ),
        limit=RUNS_PER_TICK,
        ascending=True,
        order_by="update_timestamp",
    )
    requests = [
        recognition_request(medium, one.dagster_run.run_id, one.dagster_run.tags)
        for one in ended
        if one.dagster_run.tags.get(WILL_RETRY_TAG) != "true"
        and (medium := medium_of_job(one.dagster_run.job_name))
    ]
    yield from filter(None, requests)
    if ended:
        newest = max(record.update_timestamp for record in ended)
        context.update_cursor(next_cursor(newest, len(ended)))
    else:
        yield dg.SkipReason("no run of renditions has ended")


def next_cursor(newest: datetime, count: int) -> str:
    """Where the next tick begins: at the newest run seen, or a little earlier while it is young."""
    latest = datetime.now(UTC) - OVERLAP if count < RUNS_PER_TICK else newest
    return cursor_at(min(newest.astimezone(UTC), latest.astimezone(UTC)))


def cursor_at(moment: datetime) -> str:
    """The cursor for which all that ended before ``moment`` (in UTC) is known."""
    return moment.isoformat()
