"""Which of several copies to keep, and why: a suggestion, never an action."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from media_assets.search.comparing.alike_images import Picture

LOSSLESS = frozenset({"tiff", "png", "psd", "bmp", "tga", "ppm", "ico"})
"""Formats that mostly keep every pixel as it was (TIFF may hold a JPEG; AVIF and HEIC may not)."""


@dataclass(frozen=True)
class Criterion:
    """One reason to prefer a copy: the higher ``value`` wins; ``words`` say it of the winner."""

    value: Callable[[Picture], float]
    words: Callable[[Picture], str]


READABLE = Criterion(lambda picture: picture.outcome == "ok", lambda _: "decodes without warnings")
PIXELS = Criterion(
    lambda picture: picture.width_px * picture.height_px,
    lambda picture: f"more pixels ({picture.width_px} x {picture.height_px})",
)
DEPTH = Criterion(
    lambda picture: picture.bit_depth,
    lambda picture: f"more bits per channel ({picture.bit_depth})",
)
FORMAT = Criterion(
    lambda picture: picture.format in LOSSLESS, lambda picture: f"lossless ({picture.format})"
)
METADATA = Criterion(
    lambda picture: picture.metadata_count,
    lambda picture: f"more metadata ({picture.metadata_count} fields)",
)
LARGER = Criterion(
    lambda picture: picture.size_bytes,
    lambda picture: f"less compressed ({picture.size_bytes:,} bytes)",
)
SMALLER = Criterion(
    lambda picture: -picture.size_bytes,
    lambda picture: f"the same pixels in fewer bytes ({picture.size_bytes:,})",
)
EARLIER = Criterion(
    lambda picture: -picture.landed_at.timestamp(), lambda _: "the first one to be added"
)

NEAR_DUPLICATES = (READABLE, PIXELS, DEPTH, FORMAT, METADATA, LARGER, EARLIER)
SAME_PIXELS = (READABLE, METADATA, FORMAT, SMALLER, EARLIER)


def best_first(group: Sequence[Picture], criteria: Sequence[Criterion]) -> list[Picture]:
    """The copies, the one to keep first."""
    return sorted(
        group,
        key=lambda picture: (*(-criterion.value(picture) for criterion in criteria),),
    )


def why_best(ordered: Sequence[Picture], criteria: Sequence[Criterion]) -> str:
    """What sets the first copy apart from the next best, in words."""
    best, second = ordered[0], ordered[1]
    for criterion in criteria:
        if criterion.value(best) != criterion.value(second):
            return criterion.words(best)
    return "no copy is better than another"
