"""What is made of which source, and which runs its purposes bring."""

from pathlib import Path

import dagster as dg
import pytest

from media_assets.execution.expectation import orders_by_source
from media_assets.execution.plans import Mode, Order
from media_assets.execution.purpose_work import purpose_requests
from media_assets.execution.stages import first_stage, for_purposes, recognition, steps_of
from media_assets.media import all_media
from resources.orchestration.run_tags import BATCH_TAG, RANGE_END_TAG, RANGE_START_TAG
from resources.rows.row_store import RowStore
from resources.sources.purposes import want

IMAGES = all_media()["image"]
KEYS = ["a-1", "b-2", "c-3"]


@pytest.fixture
def store(tmp_path: Path) -> RowStore:
    """Rows in which a-1 is for production and c-3 for both."""
    store = RowStore(tmp_path / "rows")
    want(store, ["a-1", "c-3"], {"production"}, by="ana")
    want(store, ["c-3"], {"restoration"}, by="ana")
    return store


def orders(*, is_asked: bool) -> list[Order]:
    names = ("thumbnails", "production_rendition", "restoration_rendition")
    todays = [IMAGES.recipes[name].today() for name in names]
    return [Order(today, Mode.UPDATE, is_asked=is_asked) for today in todays]


def made(store: RowStore, *, is_asked: bool) -> dict[str, list[str]]:
    found = orders_by_source(orders(is_asked=is_asked), store, KEYS)
    return {key: [order.today.name for order in mine] for key, mine in found.items()}


def test_a_source_gets_what_its_purposes_ask_for(store: RowStore) -> None:
    assert made(store, is_asked=False) == {
        "a-1": ["thumbnails", "production_rendition"],
        "b-2": ["thumbnails"],
        "c-3": ["thumbnails", "production_rendition", "restoration_rendition"],
    }


def test_what_a_person_asks_for_in_the_ui_is_made_whatever_the_purposes(store: RowStore) -> None:
    assert all(len(names) == 3 for names in made(store, is_asked=True).values())


def test_it_is_part_of_neither_stage_and_one_step_of_its_own() -> None:
    names = for_purposes(IMAGES)
    assert names == ["production_rendition", "restoration_rendition"]
    assert not {*first_stage(IMAGES), *recognition(IMAGES)} & set(names)
    assert steps_of(IMAGES)["image__renditions_for_purposes"] == names


def test_after_the_renditions_one_run_makes_it_of_those_sources_alone(store: RowStore) -> None:
    tags = {RANGE_START_TAG: "a-1", RANGE_END_TAG: "c-3", BATCH_TAG: "days"}
    run = dg.DagsterRun(job_name=IMAGES.job, run_id="r1", tags=tags)
    (request,) = purpose_requests(IMAGES, run, KEYS, store)
    (step,) = request.run_config["ops"].values()
    assert step["config"]["only"] == ["a-1", "c-3"]
    assert {key.path[-1] for key in request.asset_selection or ()} == set(for_purposes(IMAGES))
    assert (request.run_key, request.tags[BATCH_TAG]) == ("purposes-r1-0", "days")


def test_sources_for_viewing_need_no_such_run(store: RowStore) -> None:
    tags = {RANGE_START_TAG: "b-2", RANGE_END_TAG: "b-2"}
    run = dg.DagsterRun(job_name=IMAGES.job, run_id="r1", tags=tags)
    assert list(purpose_requests(IMAGES, run, KEYS, store)) == []
