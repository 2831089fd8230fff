"""Facts about publication: whole or not at all, and never other than a rebuild would give."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from dbt_like_sql.models import build_views
from dbt_like_sql.updated_tables import update_tables
from resources.configuration.media_home import MediaHome
from resources.rows.compaction import compact
from resources.warehouse.database_file import reading
from resources.warehouse.live_views import publish_live_views
from resources.warehouse.publication import Came, publish, unpublished_tables
from tests.support.synthetic_rows import SyntheticHome

TABLES = """
select schema_name || '.' || table_name from duckdb_tables() where database_name = 'media'
union
select schema_name || '.' || view_name from duckdb_views()
where database_name = 'media' and not internal
"""


@pytest.fixture
def media(tmp_path: Path) -> SyntheticHome:
    media = SyntheticHome(tmp_path / "home")
    media.declare_recipes()
    return media


def contents(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every table and view with all its rows, in an order of their own."""
    with reading(database) as connection:
        names = {name for (name,) in connection.execute(TABLES).fetchall()}
        return {
            name: connection.table(name).order("all").fetchall()
            for name in sorted(names)
            if not name.startswith("publication.")
        }


def nothing(_: duckdb.DuckDBPyConnection, __: Came | None) -> None:
    """No models."""


def count(database: Path, table: str) -> int:
    with reading(database) as connection:
        return int(connection.table(table).count("*").fetchall()[0][0])


def test_an_empty_home_publishes_empty_tables(tmp_path: Path) -> None:
    media = SyntheticHome(tmp_path / "home")

    publication = publish(media.home, media.store, update_tables)

    assert (publication.new_batches, publication.is_full_rebuild) == (0, True)
    assert not any(contents(media.home.warehouse).values())


def test_a_home_without_any_table_publishes(tmp_path: Path) -> None:
    media = MediaHome(tmp_path)
    media.create()

    publish(media, SyntheticHome(tmp_path / "other").store, nothing)

    assert media.warehouse.exists()


def test_only_new_batches_are_read(media: SyntheticHome) -> None:
    first = publish(media.home, media.store, update_tables)
    ids = media.land("b1", "a.jpg", "b.jpg")
    second = publish(media.home, media.store, update_tables)
    third = publish(media.home, media.store, update_tables)

    assert first.is_full_rebuild
    assert (second.is_full_rebuild, second.new_batches, second.new_rows) == (False, 3, 5)
    assert (third.is_full_rebuild, third.new_batches) == (False, 0)
    assert count(media.home.warehouse, "images") == len(ids)


def test_incremental_live_and_rebuilt_tables_are_equal(media: SyntheticHome) -> None:
    """The one promise that makes the file a cache."""
    ids = media.land("b1", "a.jpg", "b.jpg", "c.jpg")
    media.finish(ids[:2])
    publish(media.home, media.store, update_tables)
    media.fail_above(ids[2], "viewing_copy", "failed", "the disk was full")
    for table in media.store.tables():
        compact(media.store, table, min_commits=2)
    media.change_recipe("viewing_copy", code_version="2")
    media.finish(ids[:1])
    media.land("b2", "d.jpg", copies=["a.jpg", "b.jpg"])
    publish(media.home, media.store, update_tables)
    publish_live_views(media.home, media.store, build_views, "1")

    incremental = contents(media.home.warehouse)
    live = contents(media.home.live)
    media.home.warehouse.unlink()
    assert publish(media.home, media.store, update_tables).is_full_rebuild
    rebuilt = contents(media.home.warehouse)

    assert incremental == rebuilt
    assert live == rebuilt
    assert len(rebuilt["main.images"]) == 4
    assert len(rebuilt["image_history.viewing_copy"]) == 4


def test_rows_are_taken_once_though_they_lie_in_two_files(media: SyntheticHome) -> None:
    ids = media.land("b1", "a.jpg", "b.jpg")
    publish(media.home, media.store, nothing)
    for _ in range(4):
        media.finish(ids, "perceptual_hash")
    compact(media.store, "image/perceptual_hash", min_commits=4)
    publish(media.home, media.store, nothing)

    assert count(media.home.warehouse, "image_history.perceptual_hash") == 8
    assert count(media.home.warehouse, "image.perceptual_hash") == 2


def test_a_batch_that_lies_only_in_a_folded_file_is_taken(media: SyntheticHome) -> None:
    """The publisher was away for longer than folded commits are kept."""
    ids = media.land("b1", "a.jpg", "b.jpg")
    media.finish(ids, "perceptual_hash")
    publish(media.home, media.store, nothing)
    media.finish(ids, "perceptual_hash")
    compact(media.store, "image/perceptual_hash", min_commits=1)
    for path in media.store.inbox("image/perceptual_hash").glob("0*.parquet"):
        path.unlink()

    publication = publish(media.home, media.store, nothing)

    assert (publication.is_full_rebuild, publication.new_rows) == (False, 2)
    assert count(media.home.warehouse, "image_history.perceptual_hash") == 4


def test_a_new_column_and_a_new_derivative_appear(media: SyntheticHome) -> None:
    ids = media.land("b1", "a.jpg")
    media.finish(ids)
    publish(media.home, media.store, update_tables)
    schema = media.store.declaration("image/perceptual_hash").schema
    media.declare("perceptual_hash", {**schema, "ahash": pl.String()})
    media.declare("caption", {**schema, "caption": pl.String()})
    media.declare_recipes("caption")
    media.result("caption", ids[0], phash=None, caption="a mill")

    publication = publish(media.home, media.store, update_tables)

    assert publication.is_full_rebuild
    with reading(media.home.warehouse) as connection:
        assert connection.execute("select ahash from image.perceptual_hash").fetchall() == [(None,)]
        found = connection.execute("select outcome from artifacts where asset = 'caption'")
        assert found.fetchall() == [("ok",)]


@pytest.mark.parametrize(
    "damage",
    [b"", b"this is no database", None],
    ids=["empty", "other_bytes", "cut_in_half"],
)
def test_a_damaged_file_is_made_anew(media: SyntheticHome, damage: bytes | None) -> None:
    media.land("b1", "a.jpg")
    publish(media.home, media.store, update_tables)
    whole = media.home.warehouse.read_bytes()
    media.home.warehouse.write_bytes(whole[: len(whole) // 2] if damage is None else damage)

    publication = publish(media.home, media.store, update_tables)

    assert publication.is_full_rebuild
    assert count(media.home.warehouse, "images") == 1


def test_a_file_that_lost_rows_is_made_anew(media: SyntheticHome) -> None:
    media.finish(media.land("b1", "a.jpg"))
    publish(media.home, media.store, nothing)
    with duckdb.connect(str(media.home.warehouse)) as connection:
        connection.execute("delete from image_history.viewing_copy")

    assert publish(media.home, media.store, nothing).is_full_rebuild
    assert count(media.home.warehouse, "image_history.viewing_copy") == 1


def test_when_a_model_fails_the_old_file_stays(media: SyntheticHome) -> None:
    media.land("b1", "a.jpg")
    publish(media.home, media.store, update_tables)
    before = media.home.warehouse.read_bytes()
    media.land("b2", "b.jpg")

    def broken(connection: duckdb.DuckDBPyConnection, _: Came | None) -> None:
        connection.execute("create or replace table images as select no_such_column")

    with pytest.raises(duckdb.BinderException):
        publish(media.home, media.store, broken)

    assert media.home.warehouse.read_bytes() == before
    assert sorted(path.name for path in media.home.root.glob(".*")) == []


def test_it_is_known_without_reading_rows_whether_there_is_something_to_publish(
    media: SyntheticHome,
) -> None:
    steps = [unpublished_tables(media.home, media.store)]
    publish(media.home, media.store, update_tables)
    steps.append(unpublished_tables(media.home, media.store))
    media.land("b1", "a.jpg")
    steps.append(unpublished_tables(media.home, media.store))
    publish(media.home, media.store, update_tables)
    compact(media.store, "ingest/original", min_commits=1)
    steps.append(unpublished_tables(media.home, media.store))
    media.home.warehouse.write_bytes(b"this is no database")
    steps.append(unpublished_tables(media.home, media.store))

    assert steps == [
        None,
        frozenset(),
        {"ingest/batch_event", "ingest/original", "ingest/sighting"},
        frozenset(),
        None,
    ]


def test_an_open_reader_keeps_the_file_it_opened(media: SyntheticHome) -> None:
    media.land("b1", "a.jpg")
    publish(media.home, media.store, update_tables)
    with reading(media.home.warehouse) as reader:
        media.land("b2", "b.jpg")
        publish(media.home, media.store, update_tables)

        assert reader.execute("select count(*) from images").fetchall() == [(1,)]
    assert count(media.home.warehouse, "images") == 2


def test_a_model_that_is_no_more_leaves_the_published_file(media: SyntheticHome) -> None:
    publish(media.home, media.store, lambda c, _: c.execute("create table old_mart as select 1"))
    publish(media.home, media.store, update_tables)

    assert "main.old_mart" not in contents(media.home.warehouse)


def test_a_home_with_awkward_characters_in_its_path_works(tmp_path: Path) -> None:
    media = SyntheticHome(tmp_path / "it's [my] home*")
    media.declare_recipes()
    media.finish(media.land("b1", "a.jpg"))
    publish(media.home, media.store, update_tables)
    publish_live_views(media.home, media.store, build_views, "1")

    assert contents(media.home.live) == contents(media.home.warehouse)


def test_older_duckdb_tools_can_read_the_file_format(media: SyntheticHome) -> None:
    """2.0's own format is refused by 1.5; the header holds the version (byte 12, little-endian)."""
    publish(media.home, media.store, update_tables)

    header = media.home.warehouse.read_bytes()[:20]

    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") <= 68
