"""Facts about the tables as they are now: published rows and what came since are exactly all."""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from dbt_like_sql.live_models import LiveModels
from dbt_like_sql.model_files import FOLDER, models_version
from dbt_like_sql.models import LIVE, build_tables, build_views, header_lines
from dbt_like_sql.updated_tables import update_tables
from resources.rows.compaction import compact
from resources.warehouse.database_file import reading
from resources.warehouse.live_tables import open_live_tables
from resources.warehouse.live_views import publish_live_views
from resources.warehouse.publication import publish
from tests.support.synthetic_rows import SyntheticHome, child_of, image_id_of

TABLES = """
select schema_name || '.' || table_name from duckdb_tables()
where database_name = 'media' and schema_name != 'publication'
union
select schema_name || '.' || view_name from duckdb_views()
where database_name = 'media' and not internal
order by all
"""
A, B, C, D = (image_id_of(f"{name}.jpg") for name in "abcd")
NOTE = image_id_of("list.note")

Contents = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> SyntheticHome:
    """Four images, and a note of which three more were made; all of it published."""
    media = SyntheticHome(tmp_path_factory.mktemp("published") / "home")
    media.declare_recipes()
    media.declare_medium("note")
    media.finish(media.land("b1", "a.jpg", "b.jpg", "c.jpg", "d.jpg"))
    media.land("b1", "list.note", "other.note", medium="note")
    media.finish([NOTE], "thumbnails", medium="note")
    media.make_children("b1", NOTE, {f"{number}.png": f'{{"page": {number}}}' for number in "123"})
    name_children(media, "123")
    media.finish([image_id_of("1.png"), image_id_of("2.png")])
    publish_now(media)
    return media


@pytest.fixture
def media(published: SyntheticHome, tmp_path: Path) -> SyntheticHome:
    """The same home, to be changed."""
    shutil.copytree(published.home.root, tmp_path / "home")
    return published.continued(tmp_path / "home")


def name_children(media: SyntheticHome, numbers: str, note: str = NOTE) -> None:
    children = [child_of(f"{number}.png", f'{{"page": {number}}}') for number in numbers]
    media.result("pages", note, medium="note", children=children)


def publish_now(media: SyntheticHome) -> None:
    publish(media.home, media.store, update_tables)


def contents(connection: duckdb.DuckDBPyConnection) -> Contents:
    """Every table and view with all its rows, in an order of their own."""
    names = [name for (name,) in connection.execute(TABLES).fetchall()]
    return {name: connection.table(name).order("all").fetchall() for name in names}


@contextmanager
def opened(media: SyntheticHome) -> Iterator[duckdb.DuckDBPyConnection]:
    """The live tables with all models."""
    found = open_live_tables(media.home, models_version())
    assert found is not None
    with found.connection as connection:
        if found.tables:
            LiveModels(connection, found.tables).make_all()
        yield connection


def live(media: SyntheticHome) -> Contents:
    with opened(media) as connection:
        return contents(connection)


def check(media: SyntheticHome) -> Contents:
    """What is live: compared with the file brought up to date, and with one made from nothing."""
    found = live(media)
    assert published_now(media) == found
    media.home.warehouse.unlink()
    assert published_now(media) == found
    return found


def published_now(media: SyntheticHome) -> Contents:
    publish_now(media)
    with reading(media.home.warehouse) as connection:
        return contents(connection)


def views_over_all_rows(media: SyntheticHome) -> Contents:
    publish_live_views(media.home, media.store, build_views, "1")
    with reading(media.home.live) as connection:
        return contents(connection)


def person(media: SyntheticHome, image_id: str) -> None:
    """Somebody gives the image a title."""
    field = {"name": "title", "values": ["A title"], "is_deleted": False}
    known = media.store.declaration("curation/human_record").schema
    row = {
        "image_id": image_id,
        "outcome": "ok",
        "warnings": [],
        "fingerprint": "f",
        "changed_fields": ["title"],
        "fields": [field],
        "edited_by": "anna",
        "made_at": media.now(),
    }
    media.append("curation/human_record", [{k: v for k, v in row.items() if k in known}])


def prefer(media: SyntheticHome, image_id: str, version: str | None) -> None:
    row = {"image_id": image_id, "asset": "source_record", "version": version}
    more = {"decided_by": "anna", "decided_at": media.now()}
    media.append("curation/preference", [{**row, **more}])


def oldest_version(media: SyntheticHome, image_id: str) -> str:
    rows = media.store.scan("image/source_record").collect().rows(named=True)
    first = min((row["_seq"], row["_row"]) for row in rows if row["image_id"] == image_id)
    return f"{first[0]}-{first[1]}"


def clusters(media: SyntheticHome) -> None:
    columns = media.store.declaration("search/clusters").schema
    row = {"image_id": A, "cluster_id": A, "label": "mills", "similarity": 1.0}
    media.append("search/clusters", [{k: v for k, v in row.items() if k in columns}])


Change = Callable[[SyntheticHome], object]
CHANGES: dict[str, Change] = {
    "new_image": lambda media: media.finish(media.land("b2", "e.jpg")),
    "new_image_in_an_old_batch": lambda media: media.land("b1", "f.jpg"),
    "new_image_of_which_part_is_made": lambda media: media.finish(
        media.land("b3", "g.jpg"), "source_record", "viewing_copy"
    ),
    "known_bytes_under_another_name": lambda media: media.land("b4", copies=["a.jpg"]),
    "seen_again_at_its_path": lambda media: media.land("b1", copies=["b.jpg"]),
    "newer_row": lambda media: media.finish([A]),
    "newer_input": lambda media: media.finish([B], "viewing_copy"),
    "failed_remake": lambda media: media.fail_above(C, "viewing_copy", "failed", "disk full"),
    "refused": lambda media: media.fail_above(D, "source_record", "rejected", "a bomb"),
    "person": lambda media: person(media, A),
    "preference": lambda media: prefer(media, B, oldest_version(media, B)),
    "preference_taken_back": lambda media: prefer(media, B, None),
    "other_recipe": lambda media: media.change_recipe("viewing_copy", code_version="2"),
    "other_recipe_of_a_note": lambda media: media.change_recipe(
        "pages", medium="note", engine="pillow"
    ),
    "child_superseded": lambda media: name_children(media, "12"),
    "child_named_again": lambda media: name_children(media, "123"),
    "child_of_two": lambda media: name_children(media, "3", image_id_of("other.note")),
    "child_seen_as_a_file": lambda media: media.land("b5", copies=["3.png"]),
    "new_child": lambda media: media.make_children("b1", NOTE, {"4.png": '{"page": 4}'}),
    "child_made": lambda media: media.finish([image_id_of("3.png")]),
    "row_without_a_source": lambda media: media.result("thumbnails", "nobody", "skipped", "?"),
    "cluster": clusters,
    "left_out": lambda media: media.leave_out("b1", "huge.jpg", "too_large"),
    "left_out_no_more": lambda media: media.leave_out("b1", "huge.jpg", "too_large", is_over=True),
    "cancelled": lambda media: media.event("b1", "cancelled"),
}


def test_nothing_new_is_the_publication(media: SyntheticHome) -> None:
    found = open_live_tables(media.home, models_version())

    assert found is not None
    assert found.tables == ()
    found.connection.close()
    check(media)


GROUPS: dict[str, tuple[str, ...]] = {
    "recipes": ("other_recipe", "other_recipe_of_a_note"),
    "landed": ("new_image", "new_image_in_an_old_batch", "cancelled"),
    "left_out": ("left_out",),
    "seen": ("known_bytes_under_another_name", "seen_again_at_its_path"),
    "made": ("newer_row", "newer_input", "failed_remake", "refused", "row_without_a_source"),
    "people": ("person", "preference", "cluster"),
    "superseded": ("child_superseded",),
    "children": ("child_of_two", "child_seen_as_a_file", "new_child", "child_made"),
}
"""Changes that do not hide each other."""


@pytest.mark.parametrize("group", GROUPS)
def test_a_change_after_a_publication(media: SyntheticHome, group: str) -> None:
    with reading(media.home.warehouse) as connection:
        before = contents(connection)

    for change in GROUPS[group]:
        CHANGES[change](media)

    assert check(media) != before


def test_new_bytes_at_a_path_of_another_image(media: SyntheticHome) -> None:
    """The older one is no longer the latest there, though nothing was written about it."""
    new, old = image_id_of("new.jpg"), B
    media.append("ingest/original", [media._original("b1", "new.jpg")])
    sighting = {**media._sighting("b1", "new.jpg", is_new=True), "path_display": "b1/b.jpg"}
    media.append("ingest/sighting", [sighting])

    found = check(media)

    latest = {row[1]: row[-1] for row in found["main.sightings"] if row[5] == "b1/b.jpg"}
    assert latest == {old: False, new: True}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_any_changes_after_a_publication(media: SyntheticHome, seed: int) -> None:
    """In any order, folded or not, published in between or not."""
    chance = random.Random(seed)
    names = chance.choices(sorted(CHANGES.keys() - GROUPS["recipes"]), k=12)
    for name in names:
        CHANGES[name](media)
        if chance.random() < 0.2:
            fold(media, delete=chance.random() < 0.5)
        if chance.random() < 0.1:
            publish_now(media)

    of_all_rows = views_over_all_rows(media)
    assert check(media) == of_all_rows, names


def fold(media: SyntheticHome, *, delete: bool) -> None:
    """Fold all commits; ``delete`` them as compaction does an hour later."""
    for table in media.store.tables():
        compact(media.store, table, min_commits=2, max_bases=2)
        if delete and list(media.store.base(table).glob("0*.parquet")):
            for path in media.store.inbox(table).glob("0*.parquet"):
                folded = {
                    seq
                    for base in media.store.files(table)
                    if base.parent.name == "base"
                    for seq in _folded(base)
                }
                if path.stem in folded:
                    path.unlink()


def _folded(base: Path) -> frozenset[str]:
    from resources.rows.row_files import Manifest

    return frozenset(Manifest.read(base).folded)


def test_a_folded_file_that_the_publication_knows_is_not_opened(media: SyntheticHome) -> None:
    media.finish([A, B], "perceptual_hash")
    fold(media, delete=True)
    publish_now(media)
    for base in media.store.base("image/perceptual_hash").glob("*.parquet"):
        base.write_bytes(b"this is no Parquet file")

    assert len(live(media)["image.perceptual_hash"]) == 6


def test_without_a_publication_of_today_there_is_no_base(media: SyntheticHome) -> None:
    def is_base(version: str) -> bool:
        found = open_live_tables(media.home, version)
        if found:
            found.connection.close()
        return found is not None

    assert not is_base("other models")
    media.declare("caption_of_tomorrow", media.schema_of("thumbnails"))
    assert not is_base(models_version())
    publish_now(media)
    assert is_base(models_version())
    media.home.warehouse.write_bytes(b"this is no database")
    assert not is_base(models_version())
    media.home.warehouse.unlink()
    assert not is_base(models_version())


def test_a_publication_of_an_older_version_is_no_base(media: SyntheticHome) -> None:
    """It does not say by which models it was made."""
    media.home.warehouse.unlink()
    publish(media.home, media.store, lambda connection, _: build_tables(connection))

    assert open_live_tables(media.home, models_version()) is None


@pytest.mark.parametrize("path", sorted((FOLDER / "marts").glob("*.sql")), ids=lambda p: p.stem)
def test_each_mart_says_how_it_is_kept_live(path: Path) -> None:
    lines = [line for line in header_lines(path.read_text()) if LIVE.fullmatch(line)]

    assert len(lines) == 1


def test_published_rows_of_untouched_sources_are_not_made_anew(media: SyntheticHome) -> None:
    """So a query costs what came since, however many images there are."""
    media.finish([A])
    with opened(media) as connection:
        assert connection.execute("from fresh.touched").fetchall() == [(A,)]
        anew = connection.execute("select image_id from narrow.main.images").fetchall()
    assert anew == [(A,)]
