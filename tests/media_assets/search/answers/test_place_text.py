import pytest

from media_assets.search.answers.place_text import parent_text, place_of, place_text


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ('{"seconds": 12.48}', "at 12.48 s"),
        ('{"page": 3}', "page 3"),
        ('{"chapter": 2, "scene": 5, "version": 1}', "chapter 2, scene 5, version 1"),
        ("{}", ""),
    ],
)
def test_a_place_in_words(stored: str, words: str) -> None:
    place = place_of(stored)
    assert place is not None
    assert place_text(place) == words


def test_a_child_says_where_it_comes_from() -> None:
    assert parent_text("film-3f2a9c41b7de", {"seconds": 12.48}) == (
        "from film-3f2a9c41b7de at 12.48 s"
    )
    assert parent_text("book-3f2a9c41b7de", {"page": 3}) == "from book-3f2a9c41b7de page 3"
    assert parent_text("book-3f2a9c41b7de", None) == "from book-3f2a9c41b7de"


def test_a_source_without_a_parent_says_nothing() -> None:
    assert place_of(None) is None
    assert parent_text(None, None) is None
