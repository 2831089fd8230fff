from datetime import UTC, datetime

from media_assets.search.comparing.alike_images import Picture, connected

LANDED = datetime(2026, 1, 1, tzinfo=UTC)


def pictures(count: int) -> list[Picture]:
    return [
        Picture(f"image-{n}", "0" * 16, "t.jpg", 4, 3, 8, 1, "png", 9, "ok", 0, LANDED)
        for n in range(count)
    ]


def test_pairs_that_share_an_image_make_one_group() -> None:
    """However they are given; groups and their images are in the order of the pictures."""
    zero, one, two, three, four, five, six = pictures(7)
    pairs = [(six, two), (five, one), (four, six), (two, four), (one, five)]
    found = connected([zero, one, two, three, four, five, six], pairs)
    assert found == [[one, five], [two, four, six]]


def test_without_a_pair_there_is_no_group() -> None:
    assert connected(pictures(3), []) == []
    assert connected([], []) == []
