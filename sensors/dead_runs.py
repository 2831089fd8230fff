"""Ends runs whose process has died, within about ten seconds, so that Dagster starts them again.

Dagster's launcher does not notice the death of a run's process; without this look at the run locks
such a run would stay "started" until the service starts anew, or for half a day.
"""

import dagster as dg

from resources.orchestration.media_resource import MediaResource
from resources.orchestration.run_locks import fail_dead_runs


@dg.sensor(
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Ends runs whose process has died, so that they are started again.",
)
def dead_runs(context: dg.SensorEvaluationContext, media: MediaResource) -> dg.SkipReason:
    """Ends runs whose process has died, so that they are started again."""
    ended = fail_dead_runs(context.instance, media.home)
    return dg.SkipReason(f"ended: {', '.join(ended)}" if ended else "no run has died")
