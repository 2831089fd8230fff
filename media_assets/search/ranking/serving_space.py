"""Which embedding space answers searches while another one fills up: search never goes empty."""

from collections.abc import Sequence

from media_assets.search.ranking.search_content import Space


def serving_space(current: str | None, spaces: Sequence[Space], chosen: str | None = None) -> Space:
    """The space that answers searches: the one that does so already, until another is as full.

    While a new model works through the images, searches go on in the old space and miss nothing.
    A space ``chosen`` by a person comes before all that, as long as it has any image.
    """
    by_hand = next((space for space in spaces if space.name == chosen), None)
    if by_hand:
        return by_hand
    fullest = max(spaces, key=lambda space: space.images)
    serving = next((space for space in spaces if space.name == current), fullest)
    newest = newest_space(spaces)
    return newest if newest.images >= serving.images else serving


def newest_space(spaces: Sequence[Space]) -> Space:
    """The one that was written to last: it is filling up, or complete."""
    return max(spaces, key=lambda space: space.newest_seq)


def in_use(serving: str | None, spaces: Sequence[Space]) -> Sequence[Space]:
    """The spaces worth a table: the serving one and the one that fills up. Others are history."""
    if not spaces:
        return []
    return [space for space in spaces if space.name in (serving, newest_space(spaces).name)]
