import numpy as np
import pytest

from media_assets.search.comparing import grouping
from media_assets.search.comparing.cluster_labels import labels_of
from media_assets.search.comparing.grouping import group_vectors, join_existing


def around(*centers: int, count: int, dimensions: int = 64) -> "np.typing.NDArray[np.float32]":
    """``count`` unit vectors near each of the axes, in turn."""
    random = np.random.default_rng(5)
    found = np.eye(dimensions)[list(centers) * count] + random.normal(
        0, 0.03, (count * len(centers), dimensions)
    )
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("most_for_density", [20_000, 0], ids=["density", "means"])
def test_groups_are_those_that_are_there(
    most_for_density: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "MOST_FOR_DENSITY", most_for_density)
    monkeypatch.setattr(grouping, "MOST_GROUPS", 3)
    found = group_vectors(around(0, 1, 2, count=20))
    assert sorted(map(sorted, found.members)) == [list(range(n, 60, 3)) for n in range(3)]
    assert found.similarity.min() > 0.9


def test_what_resembles_nothing_stays_out() -> None:
    vectors = np.concatenate([around(0, 1, count=20), around(40, count=1)])
    found = group_vectors(vectors)
    assert 40 not in {place for members in found.members for place in members}
    assert np.isnan(found.similarity[40])


def test_new_images_join_the_nearest_group_if_they_are_near_enough() -> None:
    vectors = np.concatenate([around(0, 1, count=20), np.eye(64, dtype=np.float32)[[1, 50]]])
    members = {"zero": list(range(0, 40, 2)), "one": list(range(1, 40, 2))}
    assert [joined[:2] for joined in join_existing(vectors, members, [40, 41])] == [(40, "one")]


def test_labels_are_the_words_that_set_a_group_apart() -> None:
    texts = [
        ["a red barn in snow", "a barn, red", "picture of a barn in the snow"],
        ["picture of a lake", "lake with boats", "a boat on a lake 2019"],
        ["", ""],
    ]
    first, second, third = labels_of(texts)
    assert first.startswith("barn")
    assert second.startswith("lake")
    assert "picture" not in (first.split(", ")[0], second.split(", ")[0])
    assert third == "unnamed"


def test_groups_without_any_word_are_unnamed() -> None:
    assert labels_of([["2019"], [""]]) == ["unnamed", "unnamed"]
