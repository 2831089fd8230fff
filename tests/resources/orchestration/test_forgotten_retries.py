"""A backfill does not wait forever for a run that nobody starts again."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from resources.orchestration.forgotten_retries import PATIENCE, stop_waiting
from resources.orchestration.run_tags import AUTO_RETRY_TAG, WILL_RETRY_TAG


def later() -> datetime:
    """A moment at which what has failed just now has waited for too long."""
    return datetime.now(UTC) + PATIENCE + timedelta(minutes=1)


def failed_run(instance: dg.DagsterInstance, tags: dict[str, str]) -> dg.DagsterRun:
    run = dg.DagsterRun(job_name="process_images", tags={"dagster/backfill": "b", **tags})
    instance.add_run(run)
    instance.report_run_failed(run)
    instance.add_run_tags(run.run_id, {WILL_RETRY_TAG: "true", **tags})
    return run


def is_waited_for(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """What Dagster asks before it ends a backfill."""
    found = instance.get_run_by_id(run.run_id)
    assert found
    return bool(found.is_complete_and_waiting_to_retry)


def test_a_run_that_nothing_started_again_is_not_waited_for_and_says_why(
    instance: dg.DagsterInstance,
) -> None:
    run = failed_run(instance, {})
    assert is_waited_for(instance, run)

    assert stop_waiting(instance, later()) == [run.run_id]

    assert not is_waited_for(instance, run)
    said = [entry.message for entry in instance.all_logs(run.run_id)]
    assert any("Nothing has started this run again" in text for text in said)
    assert stop_waiting(instance, later()) == []


def test_a_failure_of_just_now_is_left_to_dagster(instance: dg.DagsterInstance) -> None:
    run = failed_run(instance, {})

    assert stop_waiting(instance, datetime.now(UTC)) == []
    assert is_waited_for(instance, run)


def test_a_run_that_was_started_again_keeps_its_mark(instance: dg.DagsterInstance) -> None:
    failed_run(instance, {AUTO_RETRY_TAG: "another"})

    assert stop_waiting(instance, later()) == []
