from pathlib import Path

import pytest

from media_assets.search.ranking.index_search import IndexSearch
from media_assets.search.ranking.table_search import open_tables
from resources.configuration.media_home import MediaHome
from tests.support.search_tables import new_home, publish

TEXTS = {"barn": "a barn", "still": "a barn in a film", "old-still": "a barn once"}
SHOWN = ["barn", "still"]


@pytest.fixture
def home(tmp_path: Path) -> MediaHome:
    """Of the two stills the film names only one now."""
    home = new_home(tmp_path / "home")
    film = ("film-3f2a9c41b7de", "video", '{"seconds": 12.48}')
    vectors = [(image_id, "s", [1.0, 0.0]) for image_id in TEXTS]
    publish(home, TEXTS, vectors, images=SHOWN, children={"still": film})
    return home


def test_a_child_is_known_with_its_parent_and_place(home: MediaHome) -> None:
    with open_tables(home, None) as tables:
        facts = tables.facts(["barn", "still"])
    told = [
        (one["parent_id"], one["parent_medium"], one["place_in_parent"])
        for one in (facts["still"], facts["barn"])
    ]
    assert told == [("film-3f2a9c41b7de", "video", '{"seconds": 12.48}'), (None, None, None)]


def test_what_is_not_among_the_images_is_not_found(home: MediaHome) -> None:
    with open_tables(home, None) as tables:
        search = IndexSearch(home, tables, None)
        found = {
            "name": search.by_name("old-still", 9),
            "words": search.by_words("film", 9),
            "vector": tables.nearest("embedding", "s", [1.0, 0.0], 9),
        }
        assert set(tables.facts([*TEXTS])) == set(SHOWN)
    assert {name: [hit.source_id for hit in hits] for name, hits in found.items()} == {
        "name": [],
        "words": ["still"],
        "vector": SHOWN,
    }
