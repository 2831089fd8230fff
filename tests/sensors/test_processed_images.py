"""Recognition is asked for once per run of renditions, however that run ended."""

from collections.abc import Iterator, Sequence

import dagster as dg
import pytest

import definitions  # noqa: F401 - it brings all derivatives
from media_assets.execution import stages
from media_assets.images.medium import images
from resources.orchestration.run_tags import (
    BATCH_TAG,
    DEFER_EVENTS_TAG,
    PLANNED_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    RENDITIONS,
    STAGE_TAG,
    WILL_RETRY_TAG,
)
from sensors.processed_images import processed_images

RANGE = {RANGE_START_TAG: "a", RANGE_END_TAG: "f", BATCH_TAG: "holiday", STAGE_TAG: RENDITIONS}
SUCCESS, FAILURE = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def end_run(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus = SUCCESS, **tags: str
) -> dg.DagsterRun:
    named = {name.replace("__", "/"): value for name, value in tags.items()}
    run = dg.DagsterRun(job_name="process_images", status=status, tags={**RANGE, **named})
    return instance.add_run(run)


def tick(instance: dg.DagsterInstance, cursor: str | None = None) -> tuple[list[str], str | None]:
    """Run keys asked for, and the cursor that the next tick begins with."""
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    found = processed_images(context)
    requests = found if isinstance(found, Sequence) else list(found)  # type: ignore[call-overload]
    keys = [str(request.run_key) for request in requests if isinstance(request, dg.RunRequest)]
    return keys, context.cursor


@pytest.mark.parametrize("status", [SUCCESS, FAILURE], ids=["well", "badly"])
def test_a_run_of_renditions_that_has_ended_is_followed_by_recognition(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    run = end_run(instance, status)
    assert tick(instance)[0] == [f"recognise-{run.run_id}"]


def test_runs_that_go_on_or_were_cancelled_are_not_followed(instance: dg.DagsterInstance) -> None:
    end_run(instance, dg.DagsterRunStatus.STARTED)
    end_run(instance, dg.DagsterRunStatus.CANCELED)
    end_run(instance, **{STAGE_TAG: "recognition"})
    assert tick(instance)[0] == []


def test_a_run_that_dagster_will_retry_waits_for_its_retry(instance: dg.DagsterInstance) -> None:
    end_run(instance, FAILURE, **{WILL_RETRY_TAG: "true"})
    again = end_run(instance)
    assert tick(instance)[0] == [f"recognise-{again.run_id}"]


def test_the_next_tick_goes_on_from_there(instance: dg.DagsterInstance) -> None:
    first = end_run(instance)
    keys, cursor = tick(instance)
    second = end_run(instance)
    later, _ = tick(instance, cursor)
    assert keys == [f"recognise-{first.run_id}"]
    assert later[-1] == f"recognise-{second.run_id}"


@pytest.mark.parametrize(
    ("tags", "is_deferred"),
    [({DEFER_EVENTS_TAG: "true"}, True), ({DEFER_EVENTS_TAG: "true", PLANNED_TAG: "true"}, False)],
    ids=["range_with_strangers", "whole_range"],
)
def test_images_in_the_range_that_are_none_of_the_run_are_announced_to_nobody(
    tags: dict[str, str], is_deferred: bool
) -> None:
    request = stages.recognition_request(images, "run", {**RANGE, **tags})
    assert request is not None
    assert (DEFER_EVENTS_TAG in request.tags) is is_deferred
    assert request.tags[BATCH_TAG] == "holiday"


def test_the_stages_divide_the_derivatives() -> None:
    first = [key.path[-1] for key in stages.first_assets(images)]
    second = [key.path[-1] for key in stages.recognition_assets(images)]
    assert {"thumbnails", "embedded_metadata"} <= set(first)
    assert "caption" in second
    assert not set(first) & set(second)
