"""Facts about the live views: current at the next query, and rewritten only when they must be."""

from pathlib import Path

import pytest

from dbt_like_sql.model_files import models_version
from dbt_like_sql.models import build_views
from resources.warehouse.database_file import reading
from resources.warehouse.live_views import open_live, publish_live_views
from tests.support.synthetic_rows import SyntheticHome


@pytest.fixture
def media(tmp_path: Path) -> SyntheticHome:
    media = SyntheticHome(tmp_path / "home")
    media.declare_recipes()
    return media


def publish(media: SyntheticHome, version: str = "1") -> bool:
    return publish_live_views(media.home, media.store, build_views, version)


def outcomes(media: SyntheticHome) -> list[tuple[str, str]]:
    with reading(media.home.live) as connection:
        query = "select file_name, outcome from images order by all"
        return connection.execute(query).fetchall()


def test_a_row_shows_at_the_next_query(media: SyntheticHome) -> None:
    publish(media)
    (image_id,) = media.land("b1", "a.jpg")
    assert outcomes(media) == [("a.jpg", "in_progress")]

    media.finish([image_id])

    assert outcomes(media) == [("a.jpg", "ok")]


def test_new_rows_do_not_rewrite_the_file(media: SyntheticHome) -> None:
    assert publish(media)
    before = media.home.live.stat()
    media.finish(media.land("b1", "a.jpg"))

    assert not publish(media)
    assert media.home.live.stat().st_ino == before.st_ino


def test_other_models_rewrite_the_file(media: SyntheticHome) -> None:
    publish(media, "1")

    assert publish(media, "2")


def test_a_new_table_rewrites_the_file(media: SyntheticHome) -> None:
    publish(media)
    schema = media.store.declaration("image/perceptual_hash").schema
    media.declare("caption", schema)

    assert publish(media)
    with reading(media.home.live) as connection:
        assert connection.execute("select count(*) from image.caption").fetchall() == [(0,)]


def test_a_damaged_file_is_written_anew(media: SyntheticHome) -> None:
    publish(media)
    media.home.live.write_bytes(b"this is no database")

    assert publish(media)
    assert outcomes(media) == []


def test_a_moved_home_gets_views_of_its_new_place(media: SyntheticHome) -> None:
    media.land("b1", "a.jpg")
    publish(media)
    moved = media.home.root.with_name("moved")
    media.home.root.rename(moved)
    elsewhere = SyntheticHome(moved)

    assert publish(elsewhere)
    assert outcomes(elsewhere) == [("a.jpg", "in_progress")]


def test_opening_makes_the_file_when_there_is_none(media: SyntheticHome) -> None:
    media.land("b1", "a.jpg")

    with open_live(media.home, media.store, build_views, models_version()) as connection:
        assert connection.execute("select count(*) from images").fetchall() == [(1,)]
