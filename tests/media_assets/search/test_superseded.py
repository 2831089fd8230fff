"""What its parent no longer names is in no search, duplicate, cluster or export."""

from pathlib import Path

import polars as pl
import pytest

from command_line.commands import export_xmp
from command_line.commands.export import record_query
from dbt_like_sql.updated_tables import update_tables
from media_assets.search.comparing.cluster_inputs import read_inputs
from media_assets.search.comparing.duplicate_inputs import open_inputs, records
from media_assets.search.ranking.index_tables import kind_of
from media_assets.search.ranking.search_index import read_record
from media_assets.search.ranking.vector_store import refresh_index
from resources.configuration.media_home import MediaHome
from resources.rows.row_envelope import envelope
from resources.warehouse.database_file import reading
from resources.warehouse.publication import publish
from tests.support.synthetic_rows import SyntheticHome, child_of, image_id_of

PAGES = {"one.png": '{"page": 1}', "two.png": '{"page": 2}'}
ONE, TWO = map(image_id_of, PAGES)
VECTOR = {"space": pl.String(), "model": pl.String(), "vector": pl.List(pl.Float32())}


@pytest.fixture
def media(tmp_path: Path) -> SyntheticHome:
    """A note of which two images were made, each done and with a vector."""
    media = SyntheticHome(tmp_path / "home")
    media.declare_recipes()
    media.declare_medium("note")
    media.declare("embedding", {**envelope(), **VECTOR})
    (note,) = media.land("b1", "list.note", medium="note")
    media.make_children("b1", note, PAGES)
    media.finish([ONE, TWO])
    for image_id in (ONE, TWO):
        size = {"width_px": 640, "height_px": 480, "bit_depth": 8, "format": "png"}
        media.result("source_record", image_id, **size)
        media.append("image/embedding", [vector_of(image_id)])
    return media


def vector_of(image_id: str) -> dict[str, object]:
    return {
        **dict.fromkeys(envelope()),
        "image_id": image_id,
        "outcome": "ok",
        "is_unfinished": False,
        "space": "s",
        "model": "m",
        "vector": [1.0, 0.0],
    }


def publish_naming(media: SyntheticHome, *names: str) -> MediaHome:
    """The note names these pages now."""
    children = [child_of(name, PAGES[name]) for name in names]
    media.result("pages", image_id_of("list.note"), medium="note", children=children)
    publish(media.home, media.store, update_tables)
    return media.home


def indexed(home: MediaHome) -> dict[str, set[str]]:
    """Table of the index -> the sources in it."""
    refresh_index(home)
    return {
        name: set(kind_of(name)(home.search_index, one.lance_table).versions()["source_id"])
        for name, one in read_record(home).tables.items()
    }


@pytest.mark.parametrize("named", [PAGES, ["two.png"]], ids=["both", "one"])
def test_only_named_children_are_found_compared_and_exported(
    media: SyntheticHome, named: list[str]
) -> None:
    home = publish_naming(media, *named)
    wanted = {image_id_of(name) for name in named}

    assert indexed(home) == {"documents": wanted, "embedding_s": wanted}
    assert set(read_inputs(home).image_ids) == wanted
    with open_inputs(home) as inputs:
        assert {picture.image_id for picture in inputs.pictures} == wanted
    with reading(home.warehouse) as connection:
        exported = records(connection.execute(record_query("true", with_embedding=False)))
        sidecars = connection.execute(export_xmp.RECORDS + "true").fetchall()
    assert {record["image_id"] for record in exported} == wanted
    assert {record["parent_id"] for record in exported} == {image_id_of("list.note")}
    assert sidecars == [], "no catalog record says anything of them, and none was ever a file"
