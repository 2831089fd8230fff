"""When what failed is tried again, when it is given up, and what makes it alive again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dbt_like_sql.models import build_views
from media_assets.curation.retry_request import ask_again
from media_assets.execution.retry_rules import DAY_S, FIRST_WAIT_S, GROWTH, declare_retry_rules
from resources.failure_classes import FailureClass
from resources.warehouse.live_views import publish_live_views
from tests.support.own_frames import own_query
from tests.support.synthetic_rows import SyntheticHome

ASSET = "dominant_colors"
MOST = 3


@pytest.fixture
def media(tmp_path: Path) -> SyntheticHome:
    media = SyntheticHome(tmp_path / "home")
    media.declare_recipes()
    declare_retry_rules(media.store, MOST)
    return media


@pytest.fixture
def image_id(media: SyntheticHome) -> str:
    (image_id,) = media.land("b1", "a.jpg")
    media.finish([image_id])
    return image_id


def fail(media: SyntheticHome, image_id: str, times: int = 1, **row: object) -> None:
    for _ in range(times):
        media.result(ASSET, image_id, "failed", "OSError: input/output error", **row)


def gap(media: SyntheticHome, column: str = "gap") -> object:
    publish_live_views(media.home, media.store, build_views, "1")
    sql = f"select {column} from gaps where asset = '{ASSET}'"
    ((found,),) = own_query(media.home.live, sql, readable=media.home.rows).rows()
    return found


@pytest.mark.parametrize("kind", FailureClass)
def test_the_wait_grows_with_each_failure_by_its_class_up_to_a_day(
    media: SyntheticHome, image_id: str, kind: FailureClass
) -> None:
    waits = []
    for _ in range(MOST - 1):
        fail(media, image_id, failure_class=kind.value)
        waits.append(gap(media, "epoch(retry_at) - epoch(made_at)"))

    first = FIRST_WAIT_S[kind]
    assert waits == [first, min(first * GROWTH, DAY_S)]


def test_a_failure_of_an_older_program_is_of_an_unknown_class(
    media: SyntheticHome, image_id: str
) -> None:
    fail(media, image_id)

    assert gap(media, "failure_class") == "unknown"
    assert gap(media, "epoch(retry_at) - epoch(made_at)") == FIRST_WAIT_S[FailureClass.UNKNOWN]


def test_what_failed_too_often_is_dead_and_has_no_next_try(
    media: SyntheticHome, image_id: str
) -> None:
    fail(media, image_id, MOST - 1)
    assert gap(media) == "failed"
    fail(media, image_id)

    assert gap(media) == "dead"
    assert gap(media, "retry_at") is None
    assert gap(media, "can_change") is True
    assert gap(media, "attempts") == MOST


@pytest.mark.parametrize(
    "change",
    [{"code_version": "2"}, {"parameters": '{"quality":90}'}, {"engine": "other"}],
    ids=["code", "parameters_and_models", "engine"],
)
def test_another_code_or_model_makes_it_alive_at_once(
    media: SyntheticHome, image_id: str, change: dict[str, str]
) -> None:
    fail(media, image_id, MOST)
    media.change_recipe(ASSET, **change)

    assert gap(media) == "failed"
    assert gap(media, "retry_at = made_at") is True


def test_an_input_that_was_made_again_makes_it_alive(media: SyntheticHome, image_id: str) -> None:
    fail(media, image_id, MOST)
    media.result("thumbnails", image_id, fingerprint="another")

    assert gap(media) == "failed"


def test_a_person_who_asks_makes_it_alive_and_tries_are_counted_from_then_on(
    media: SyntheticHome, image_id: str
) -> None:
    fail(media, image_id, MOST)
    ask_again(media.store, [(image_id, ASSET)], by="anna")
    assert (gap(media), gap(media, "retry_at <= now()")) == ("failed", True)

    later = datetime.now(UTC) + timedelta(minutes=1)
    fail(media, image_id, made_at=later)
    assert (gap(media), gap(media, "attempts")) == ("failed", 1)
    fail(media, image_id, MOST - 1, made_at=later)
    assert gap(media) == "dead"


def test_a_changed_setting_counts_for_what_failed_before(
    media: SyntheticHome, image_id: str
) -> None:
    fail(media, image_id, MOST)
    declare_retry_rules(media.store, MOST + 1)

    assert gap(media) == "failed"


def test_rules_that_are_as_they_were_are_not_written_again(media: SyntheticHome) -> None:
    before = media.store.files("ingest/retry_rule")

    declare_retry_rules(media.store, MOST)

    assert media.store.files("ingest/retry_rule") == before
