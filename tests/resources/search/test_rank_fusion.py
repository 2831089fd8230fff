import pytest

from resources.search.rank_fusion import Hit, fuse


def ids(rankings: dict[str, list[Hit]], **tied_within: float) -> list[str]:
    return [fused.source_id for fused in fuse(rankings, tied_within)]


def test_what_two_lists_find_comes_before_what_one_finds_first() -> None:
    words = [Hit("a", 9.0), Hit("b", 8.0)]
    picture = [Hit("c", 0.9), Hit("b", 0.8)]
    (best, *_) = fuse({"words": words, "picture": picture})
    assert best.source_id == "b"
    assert best.score == pytest.approx(1 / 62 + 1 / 62)
    assert [(place.source, place.rank) for place in best.places] == [("words", 2), ("picture", 2)]


def test_a_list_that_cannot_tell_images_apart_does_not_order_them() -> None:
    words = [Hit("a", 1.0), Hit("b", 1.0), Hit("c", 1.0)]
    assert ids({"words": words, "picture": [Hit("c", 0.5), Hit("a", 0.1)]}) == ["c", "a", "b"]


def test_hardly_different_scores_share_a_rank_and_decide_when_nothing_else_does() -> None:
    words = [Hit("a", 3.0), Hit("b", 2.5), Hit("c", 1.0)]
    ranks = {one.source_id: one.places[0].rank for one in fuse({"words": words}, {"words": 1 / 3})}
    assert ranks == {"a": 1, "b": 1, "c": 3}
    assert ids({"words": words}, words=1 / 3) == ["a", "b", "c"]
    assert ids({"words": words, "picture": [Hit("b", 0.9)]}, words=1 / 3) == ["b", "a", "c"]


def test_a_list_may_count_less() -> None:
    rankings = {"words": [Hit("a", 1.0)], "meaning": [Hit("b", 1.0)]}
    (first, second) = fuse(rankings, weights={"meaning": 0.5})
    assert (first.source_id, second.score) == ("a", pytest.approx(0.5 / 61))


def test_of_the_parts_of_a_source_the_best_counts_and_is_named() -> None:
    """Many parts of one source take no ranks from the sources after it."""
    faces = [Hit("a", 0.9, 3), Hit("a", 0.8, 1), Hit("b", 0.7, 2), Hit("a", 0.6)]
    first, second = fuse({"faces": faces, "words": [Hit("a", 1.0)]})
    assert (first.source_id, second.source_id) == ("a", "b")
    assert {place.source: (place.rank, place.part) for place in first.places} == {
        "faces": (1, 3),
        "words": (1, 0),
    }
    assert [(place.rank, place.part, place.score) for place in second.places] == [(2, 2, 0.7)]


def test_no_list_finds_nothing() -> None:
    assert ids({"words": [], "picture": []}) == []
