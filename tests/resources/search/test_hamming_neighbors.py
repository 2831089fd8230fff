import numpy as np
import pytest

from resources.search.hamming_neighbors import FARTHEST, hashes_of, neighbors


def all_pairs(hashes: list[int]) -> set[tuple[int, int, int]]:
    return {
        (i, j, distance)
        for i, one in enumerate(hashes)
        for j, other in enumerate(hashes[i + 1 :], i + 1)
        if 0 < (distance := (one ^ other).bit_count()) <= FARTHEST
    }


def test_no_near_pair_is_missed_and_none_is_found_twice() -> None:
    random = np.random.default_rng(7)
    centers = random.integers(0, 2**63, 40, dtype=np.uint64)
    hashes = list(
        dict.fromkeys(
            int(center) ^ sum(1 << int(bit) for bit in random.choice(64, flips, replace=False))
            for center in centers
            for flips in range(9)
        )
    )
    first, second, distance = neighbors(np.array(hashes, dtype=np.uint64))
    found = list(zip(first.tolist(), second.tolist(), distance.tolist(), strict=True))
    assert len(found) == len(set(found))
    assert set(found) == all_pairs(hashes)
    assert len(found) > 100


@pytest.mark.parametrize("hexadecimal", [[], ["00ff00ff00ff00ff"]], ids=["none", "one"])
def test_fewer_than_two_hashes_make_no_pair(hexadecimal: list[str]) -> None:
    first, second, distance = neighbors(hashes_of(hexadecimal))
    assert (first.size, second.size, distance.size) == (0, 0, 0)
