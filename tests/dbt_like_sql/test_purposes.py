"""What is made for certain purposes is expected only of the pictures that have one of them."""

from pathlib import Path

import pytest

from dbt_like_sql.checks import run_checks
from dbt_like_sql.models import build_views
from dbt_like_sql.updated_tables import update_tables
from resources.sources.purposes import no_longer_want, want
from resources.warehouse.database_file import reading
from resources.warehouse.live_views import publish_live_views
from resources.warehouse.publication import publish
from tests.support.synthetic_rows import PAYLOADS, SyntheticHome

MADE_OF_ALL = [name for name in PAYLOADS if name != "dominant_colors"]


@pytest.fixture
def media(tmp_path: Path) -> SyntheticHome:
    """Two pictures with all that is made of all pictures; one thing is for production only."""
    media = SyntheticHome(tmp_path / "home")
    media.declare_recipes()
    media.change_recipe("dominant_colors", purposes=["production"])
    ids = media.land("b1", "one.jpg", "two.jpg")
    media.finish(ids, *MADE_OF_ALL)
    publish(media.home, media.store, update_tables)
    return media


def ask(media: SyntheticHome, sql: str) -> list[tuple[object, ...]]:
    """The answer of the live views, which make only the touched pictures anew."""
    publish_live_views(media.home, media.store, build_views, "1")
    with reading(media.home.live) as connection:
        return connection.execute(sql).fetchall()


BATCH = "select status, purposes, closing_line from batches"
GAPS = "select file_name, asset, gap from gaps inner join sources using (source_id) order by all"
PROGRESS = "select expected from progress where asset = 'dominant_colors'"


def test_without_the_purpose_it_is_no_gap_and_the_batch_is_complete(media: SyntheticHome) -> None:
    assert ask(media, GAPS) == []
    assert ask(media, BATCH) == [("complete", ["viewing"], "All 2 images are ready: 2 ok.")]
    assert ask(media, PROGRESS) == []


def test_a_purpose_that_comes_opens_one_gap_and_one_that_goes_closes_it(
    media: SyntheticHome,
) -> None:
    ((one,),) = ask(media, "select source_id from sources where file_name = 'one.jpg'")
    want(media.store, [str(one)], {"production"}, by="ana")

    assert ask(media, GAPS) == [("one.jpg", "dominant_colors", "missing")]
    assert ask(media, PROGRESS) == [(1,)]
    ((status, purposes, _),) = ask(media, BATCH)
    assert (status, purposes) == ("in_progress", ["production", "viewing"])
    publish(media.home, media.store, update_tables)
    with reading(media.home.warehouse) as connection:
        assert [one for one in run_checks(connection) if one.failing_rows] == []

    no_longer_want(media.store, [str(one)], {"production"}, by="ben")

    assert ask(media, GAPS) == []
    assert ask(media, "select purposes, decided_by from stg_curation__purposes") == [
        (["viewing"], "ben")
    ]


def test_what_was_made_for_it_stays_when_the_purpose_goes(media: SyntheticHome) -> None:
    ids = [str(one) for (one,) in ask(media, "select source_id from sources order by all")]
    want(media.store, ids, {"production"}, by="ana")
    media.finish(ids, "dominant_colors")
    no_longer_want(media.store, ids, {"production", "viewing"}, by="ana")

    made = "select count(*) from artifacts where asset = 'dominant_colors'"
    assert ask(media, made) == [(2,)]
    assert ask(media, BATCH) == [("complete", ["viewing"], "All 2 images are ready: 2 ok.")]
