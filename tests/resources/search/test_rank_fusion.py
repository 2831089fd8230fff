import pytest

from resources.search.rank_fusion import Hit, fuse


def ids(rankings: dict[str, list[Hit]], **tied_within: float) -> list[str]:
    return [fused.image_id for fused in fuse(rankings, tied_within)]


def test_what_two_lists_find_comes_before_what_one_finds_first() -> None:
    words = [Hit("a", 9.0), Hit("b", 8.0)]
    picture = [Hit("c", 0.9), Hit("b", 0.8)]
    (best, *_) = fuse({"words": words, "picture": picture})
    assert best.image_id == "b"
    assert best.score == pytest.approx(1 / 62 + 1 / 62)
    assert [(place.source, place.rank) for place in best.places] == [("words", 2), ("picture", 2)]


def test_a_list_that_cannot_tell_images_apart_does_not_order_them() -> None:
    words = [Hit("a", 1.0), Hit("b", 1.0), Hit("c", 1.0)]
    assert ids({"words": words, "picture": [Hit("c", 0.5), Hit("a", 0.1)]}) == ["c", "a", "b"]


def test_hardly_different_scores_share_a_rank_and_decide_when_nothing_else_does() -> None:
    words = [Hit("a", 3.0), Hit("b", 2.5), Hit("c", 1.0)]
    ranks = {one.image_id: one.places[0].rank for one in fuse({"words": words}, {"words": 1 / 3})}
    assert ranks == {"a": 1, "b": 1, "c": 3}
    assert ids({"words": words}, words=1 / 3) == ["a", "b", "c"]
    assert ids({"words": words, "picture": [Hit("b", 0.9)]}, words=1 / 3) == ["b", "a", "c"]


def test_a_list_may_count_less() -> None:
    rankings = {"words": [Hit("a", 1.0)], "meaning": [Hit("b", 1.0)]}
    (first, second) = fuse(rankings, weights={"meaning": 0.5})
    assert (first.image_id, second.score) == ("a", pytest.approx(0.5 / 61))


def test_no_list_finds_nothing() -> None:
    assert ids({"words": [], "picture": []}) == []
