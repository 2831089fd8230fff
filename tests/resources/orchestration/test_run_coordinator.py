"""Which runs report image by image, and that the tag comes after the announcements.

That the queue marks its runs is tested with the whole service: tests/command_line/test_service.py.
"""

from collections.abc import Iterator

import dagster as dg
import pytest

from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from resources.orchestration.run_coordinator import mark_run
from resources.orchestration.run_tags import AGAIN_TAG, NOT_BY_A_PERSON
from tests.support.dagster_samples import defs, range_tags

DEFER = "dagster/defer_asset_events"
PLANNED = "media/planned"


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with open_dagster(settings) as opened:
        opened.add_dynamic_partitions("sample_images", ["a", "b"])
        yield opened


def create_run(instance: dg.DagsterInstance, tags: dict[str, str]) -> dg.DagsterRun:
    return instance.create_run_for_job(defs.resolve_job_def("process_samples"), tags=tags)


def tags_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dict[str, str]:
    found = instance.get_run_by_id(run.run_id)
    assert found
    return dict(found.tags)


def planned_count(instance: dg.DagsterInstance, run: dg.DagsterRun) -> int:
    planned = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
    return len(instance.all_logs(run.run_id, of_type=planned))


@pytest.mark.parametrize(
    "tags", [range_tags(["a", "b"]), {"dagster/partition": "a"}], ids=["range", "single"]
)
def test_a_partitioned_run_is_announced_and_then_marked(
    instance: dg.DagsterInstance, tags: dict[str, str]
) -> None:
    run = create_run(instance, tags)
    assert planned_count(instance, run) == 3 * (2 if len(tags) == 2 else 1)
    mark_run(instance, run)

    marked = tags_of(instance, run)
    assert marked[DEFER] == "true"
    assert marked[PLANNED] == "true"


def test_a_repair_run_announces_nothing_and_is_not_called_planned(
    instance: dg.DagsterInstance,
) -> None:
    """Else each fresh image that it skips would be shown as failed when it fails."""
    run = create_run(instance, {**range_tags(["a", "b"]), DEFER: "true"})
    mark_run(instance, run)

    assert planned_count(instance, run) == 0
    assert PLANNED not in tags_of(instance, run)


def test_a_run_without_partitions_is_left_alone(instance: dg.DagsterInstance) -> None:
    run = create_run(instance, {"team": "archive"})
    mark_run(instance, run)

    assert DEFER not in tags_of(instance, run)


def test_what_a_person_selects_in_the_ui_is_made_again(instance: dg.DagsterInstance) -> None:
    run = create_run(
        instance, {**range_tags(["a", "b"]), "dagster/backfill": "x", "team": "photos"}
    )
    mark_run(instance, run)

    assert AGAIN_TAG in tags_of(instance, run)


@pytest.mark.parametrize("name", sorted(NOT_BY_A_PERSON))
def test_what_sensors_schedules_and_commands_ask_for_is_not_made_again(
    instance: dg.DagsterInstance, name: str
) -> None:
    run = create_run(instance, {**range_tags(["a", "b"]), name: "true"})
    mark_run(instance, run)

    assert AGAIN_TAG not in tags_of(instance, run)
