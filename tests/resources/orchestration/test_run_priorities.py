"""Which runs begin: Dagster's own queue decides, on runs that our coordinator put into it."""

from collections.abc import Sequence
from typing import Any, cast

import dagster as dg
import psutil
from dagster._core.run_coordinator import SubmitRunContext
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import (
    QueuedRunCoordinatorDaemon,
)

from resources.configuration.priority_names import Priority
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from resources.orchestration.run_priorities import priority_tags
from resources.orchestration.run_tags import KEPT_IN_RETRY, RECOGNITION, STAGE_TAG, passed_to_retry
from tests.support.queued_runs import JOB, ORIGIN

BEGINS = dg.DagsterEventType.PIPELINE_STARTING.value


def submit(instance: dg.DagsterInstance, priority: Priority, **tags: str) -> str:
    """Put a run into the queue as the service does; its id."""
    run = instance.add_run(
        dg.DagsterRun(
            job_name=JOB,
            status=dg.DagsterRunStatus.NOT_STARTED,
            remote_job_origin=ORIGIN,
            tags={**priority_tags(priority), **tags},
        )
    )
    nowhere = cast("Any", None)
    instance.run_coordinator.submit_run(SubmitRunContext(run, nowhere))
    return run.run_id


def begin(instance: dg.DagsterInstance) -> list[str]:
    """Let begin what the queue would let begin now; the ids in its order."""
    queue = QueuedRunCoordinatorDaemon(interval_seconds=1)
    chosen: Sequence[dg.DagsterRun] = queue._get_runs_to_dequeue(
        instance, instance.get_concurrency_config(), fixed_iteration_time=None
    )
    for run in chosen:
        begun = dg.DagsterEvent(event_type_value=BEGINS, job_name=JOB)
        instance.report_dagster_event(begun, run_id=run.run_id)
    return [run.run_id for run in chosen]


def test_an_instant_run_has_a_place_while_a_large_batch_takes_all_others(
    instance: dg.DagsterInstance,
) -> None:
    large = [submit(instance, "standard") for _ in range(5)]
    assert begin(instance) == large[:2]
    assert begin(instance) == [], "the place for instant runs is not for the batch"

    instant, next_instant = submit(instance, "instant"), submit(instance, "instant")

    assert begin(instance) == [instant]
    assert begin(instance) == [], "there is one place more, not as many as are asked for"
    run = instance.get_run_by_id(instant)
    assert run is not None
    instance.report_run_failed(run)
    assert begin(instance) == [next_instant]


def test_urgent_runs_go_first_and_batch_runs_last_wherever_there_is_a_place(
    instance: dg.DagsterInstance,
) -> None:
    last, standard = submit(instance, "batch"), submit(instance, "standard")
    first = submit(instance, "instant")

    assert begin(instance) == [first, standard, last]


def test_an_instant_recognition_waits_for_the_one_that_has_models_in_memory(
    instance: dg.DagsterInstance,
) -> None:
    """Two sets of models would not fit; it is the next one then."""
    recognition = {STAGE_TAG: RECOGNITION}
    working, waiting = (submit(instance, "standard", **recognition) for _ in range(2))
    assert begin(instance) == [working]

    instant = submit(instance, "instant", **recognition)

    assert begin(instance) == []
    run = instance.get_run_by_id(working)
    assert run is not None
    instance.report_run_failed(run)
    assert begin(instance) == [instant]
    assert waiting != instant


def test_a_repeated_run_is_as_urgent_as_the_one_that_died() -> None:
    tags = priority_tags("instant")

    assert passed_to_retry({**tags, "other": "x"}) == tags
    assert set(tags) <= set(KEPT_IN_RETRY)


def test_no_run_begins_while_memory_is_short(settings: Settings) -> None:
    more_than_there_is = psutil.virtual_memory().total + 1
    short = settings.model_copy(update={"least_free_memory_bytes": more_than_there_is})
    with open_dagster(short) as instance:
        waiting = submit(instance, "instant")
        assert begin(instance) == []
    with open_dagster(settings) as instance:
        assert begin(instance) == [waiting]
