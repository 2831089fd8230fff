"""Facts about sources of any medium and their children, on a medium that no product has."""

from pathlib import Path

import duckdb
import pytest

from dbt_like_sql.checks import run_checks
from dbt_like_sql.models import build_views
from dbt_like_sql.updated_tables import update_tables
from resources.warehouse.database_file import reading
from resources.warehouse.live_views import publish_live_views
from resources.warehouse.publication import publish
from tests.support.synthetic_rows import PAYLOADS, SyntheticHome, child_of, image_id_of

FIRST, SECOND = '{"page": 1}', '{"page": 2}'
PAGES = {"one.png": FIRST, "two.png": SECOND}
ONE, TWO = map(image_id_of, PAGES)


@pytest.fixture
def media(tmp_path: Path) -> SyntheticHome:
    media = SyntheticHome(tmp_path / "home")
    media.declare_recipes()
    media.declare_medium("note")
    return media


@pytest.fixture
def note(media: SyntheticHome) -> str:
    """A note of which two images were made, beside an image that landed with it."""
    (note,) = media.land("b1", "list.note", medium="note")
    media.finish([note], "thumbnails", medium="note")
    media.make_children("b1", note, PAGES)
    name_children(media, note, "one.png", "two.png")
    return note


def name_children(media: SyntheticHome, note: str, *names: str, outcome: str = "ok") -> None:
    children = [child_of(name, PAGES[name]) for name in names]
    media.result("pages", note, outcome, medium="note", children=children)


def ask(media: SyntheticHome, sql: str) -> list[tuple[object, ...]]:
    """The answer of the live views."""
    publish_live_views(media.home, media.store, build_views, "1")
    with reading(media.home.live) as connection:
        return connection.execute(sql).fetchall()


def check(media: SyntheticHome) -> dict[str, tuple[str, ...]]:
    """Failed check -> some of its rows, on published tables."""
    publish(media.home, media.store, update_tables)
    with reading(media.home.warehouse) as connection:
        found = list(run_checks(connection))
    return {
        f"{one.check.model}.{one.check.name}": one.examples for one in found if one.failing_rows
    }


def test_of_each_source_only_the_derivatives_of_its_medium_are_expected(
    media: SyntheticHome,
) -> None:
    (note,) = media.land("b1", "list.note", medium="note")
    (image,) = media.land("b2", "a.jpg")

    found = ask(media, "select source_id, image_id, asset from expected_artifacts")

    assert sorted(found, key=str) == sorted(
        [
            *((note, None, asset) for asset in ("thumbnails", "pages")),
            *((image, image, asset) for asset in PAYLOADS),
        ],
        key=str,
    )


def test_two_media_may_have_derivatives_of_one_name(media: SyntheticHome) -> None:
    (note,) = media.land("b1", "list.note", medium="note")
    media.finish([note], medium="note")
    media.finish(media.land("b2", "a.jpg"))

    media.change_recipe("thumbnails", code_version="2")
    media.change_recipe("pages", medium="note", engine="pillow")

    assert ask(media, "select medium, asset, why from gaps order by all") == [
        ("image", "thumbnails", "code version 1 -> 2"),
        ("note", "pages", "engine libvips -> pillow"),
    ]
    made = "select medium, asset, position from artifacts where asset = 'thumbnails' order by all"
    assert ask(media, made) == [("image", "thumbnails", 3), ("note", "thumbnails", 0)]


def test_an_input_is_that_of_the_same_source(media: SyntheticHome) -> None:
    (note,) = media.land("b1", "list.note", medium="note")
    media.finish([note], medium="note")
    media.change_recipe("thumbnails", medium="note", code_version="2")
    media.finish([note], "thumbnails", medium="note")

    assert ask(media, "select source_id, image_id, asset, why from gaps") == [
        (note, None, "pages", "input thumbnails was made again")
    ]


def test_sources_of_every_medium_have_their_outcome(media: SyntheticHome, note: str) -> None:
    media.result("pages", note, "failed", "the disk was full", medium="note")
    media.finish([ONE])

    sql = "select medium, file_name, outcome, reason, finished_at is null from sources order by 2"
    assert ask(media, sql) == [
        ("note", "list.note", "failed", "pages: the disk was full", False),
        ("image", "one.png", "ok", None, False),
        ("image", "two.png", "in_progress", "source_record: not made yet", True),
    ]


def test_images_tell_what_they_were_made_of(media: SyntheticHome, note: str) -> None:
    media.land("b2", "a.jpg")

    sql = "select file_name, parent_id, parent_medium, place from images order by 1"
    assert ask(media, sql) == [
        ("a.jpg", None, None, None),
        ("one.png", note, "note", FIRST),
        ("two.png", note, "note", SECOND),
    ]


def test_a_child_that_no_result_names_any_more_is_superseded(
    media: SyntheticHome, note: str
) -> None:
    media.finish([ONE, TWO])
    name_children(media, note, "two.png")

    assert ask(media, "select file_name from images") == [("two.png",)]
    sql = "select file_name, is_superseded, outcome from sources where parent_id is not null"
    assert ask(media, f"{sql} order by 1") == [("one.png", True, None), ("two.png", False, "ok")]
    assert ask(media, "from gaps") == []
    assert ask(media, "select child_id, place, is_current from children order by place") == [
        (ONE, FIRST, False),
        (TWO, SECOND, True),
    ]
    assert check(media) == {}


def test_a_remake_that_failed_supersedes_no_child(media: SyntheticHome, note: str) -> None:
    media.result("pages", note, "failed", "the disk was full", medium="note")

    assert ask(media, "select file_name from images order by 1") == [("one.png",), ("two.png",)]


def test_a_child_that_was_seen_as_a_file_too_is_never_superseded(
    media: SyntheticHome, note: str
) -> None:
    media.land("b2", copies=["one.png"])
    name_children(media, note)

    assert ask(media, "select file_name from images") == [("one.png",)]


def test_a_file_that_was_there_first_becomes_a_child_too(media: SyntheticHome) -> None:
    (image,) = media.land("b1", "one.png")
    (note,) = media.land("b2", "list.note", medium="note")
    name_children(media, note, "one.png")

    assert ask(media, "from children") == [(note, "note", image, "image", FIRST, True)]
    assert ask(media, "select parent_id from images") == [(None,)]


def test_a_child_is_known_before_the_row_that_names_it(media: SyntheticHome) -> None:
    """Its parent's run was killed between the two; until the next one nothing is expected of it."""
    (note,) = media.land("b1", "list.note", medium="note")
    media.make_children("b1", note, {"one.png": FIRST})

    assert ask(media, "from children") == [(note, "note", ONE, "image", FIRST, False)]
    assert ask(media, "select outcome from sources where is_superseded") == [(None,)]
    assert ask(media, "select status from batches") == [("not_started",)]


@pytest.mark.usefixtures("note")
def test_a_batch_is_complete_when_its_children_are(media: SyntheticHome) -> None:
    sql = "select status, accepted, closing_line from batches"
    media.finish([ONE])
    assert ask(media, sql) == [("in_progress", 3, None)]

    media.finish([TWO])

    assert ask(media, sql) == [("complete", 3, "All 3 sources are ready: 3 ok.")]
    assert check(media) == {}


@pytest.mark.parametrize(
    ("images", "notes", "line"),
    [
        (["a.jpg"], [], "The 1 image is ready: 1 ok."),
        ([], ["a.note"], "The 1 source is ready: 1 ok."),
        (["a.jpg"], ["a.note"], "All 2 sources are ready: 2 ok."),
    ],
)
def test_only_a_batch_of_nothing_but_images_speaks_of_images(
    media: SyntheticHome, images: list[str], notes: list[str], line: str
) -> None:
    media.finish(media.land("b1", *images))
    media.finish(media.land("b1", *notes, medium="note"), medium="note")

    assert ask(media, "select closing_line from batches") == [(line,)]


def test_a_batch_of_known_sources_speaks_of_what_they_are(media: SyntheticHome) -> None:
    media.land("b1", "a.jpg")
    media.land("b1", "a.note", medium="note")
    media.land("images", copies=["a.jpg"])
    media.land("notes", copies=["a.note"])

    sql = "select closing_line from batches where batch != 'b1' order by batch"
    assert ask(media, sql) == [
        ("No new images. 1 duplicate file.",),
        ("No new sources. 1 duplicate file.",),
    ]


@pytest.mark.usefixtures("note")
def test_progress_and_storage_count_each_medium_for_itself(media: SyntheticHome) -> None:
    media.finish([ONE], "thumbnails")

    sql = "select medium, asset, expected, done from progress where asset = 'thumbnails' order by 1"
    assert ask(media, sql) == [("image", "thumbnails", 2, 1), ("note", "thumbnails", 1, 1)]
    assert ask(media, "select kind, medium, asset, files from storage_usage order by all") == [
        ("derivative", "image", "thumbnails", 3),
        ("derivative", "note", "thumbnails", 3),
        ("original", "image", None, 2),
        ("original", "note", None, 1),
    ]


def test_what_is_superseded_takes_up_space_and_none_of_today_s(
    media: SyntheticHome, note: str
) -> None:
    media.finish([ONE], "thumbnails")
    name_children(media, note)

    sql = "select kind, files, current_files from storage_usage where medium = 'image' order by 1"
    assert ask(media, sql) == [("derivative", 3, 0), ("original", 2, 0)]


def test_sightings_are_of_sources_of_any_medium(media: SyntheticHome) -> None:
    (note,) = media.land("b1", "list.note", medium="note")
    (image,) = media.land("b1", "a.jpg")

    assert ask(media, "select medium, source_id, image_id from sightings order by 1") == [
        ("image", image, image),
        ("note", note, None),
    ]


@pytest.mark.usefixtures("note")
def test_every_check_holds_on_several_media(media: SyntheticHome) -> None:
    media.finish([ONE, *media.land("b2", "a.jpg")])

    assert check(media) == {}


@pytest.mark.usefixtures("note")
def test_published_and_live_tables_are_equal(media: SyntheticHome) -> None:
    media.finish([ONE])
    publish(media.home, media.store, update_tables)
    tables = ("sources", "children", "images", "artifacts", "gaps", "batches", "storage_usage")

    with reading(media.home.warehouse) as connection:
        for table in tables:
            found = connection.table(table).order("all").fetchall()
            assert ask(media, f"from {table} order by all") == found, table


def test_a_parent_that_nobody_accepted_is_only_a_warning(media: SyntheticHome) -> None:
    media.make_children("b1", "nobody", {"one.png": FIRST})

    failed = check(media)

    assert set(failed) == {"sources.relationships_parent_id", "children.relationships_parent_id"}


def test_a_column_of_that_name_with_something_else_in_it_names_no_children(
    media: SyntheticHome,
) -> None:
    (note,) = media.land("b1", "list.note", medium="note")
    schema = media.store.declaration("note/thumbnails").schema
    media.declare("family", {**schema, "children": schema["warnings"]}, "note")
    media.append("note/family", [{"note_id": note, "outcome": "ok", "children": ["Ann"]}])

    assert ask(media, "select children from artifacts where asset = 'family'") == [(None,)]


def test_a_home_of_images_only_has_no_children(tmp_path: Path) -> None:
    media = SyntheticHome(tmp_path / "home")
    media.declare_recipes()
    media.finish(media.land("b1", "a.jpg"))

    assert ask(media, "from children") == []
    with reading(media.home.live) as connection, pytest.raises(duckdb.CatalogException):
        connection.execute("from note.pages")
