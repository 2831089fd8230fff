"""Whether two small pictures show the same: compared as 32 x 32 sRGB, whole and region by region.

A perceptual hash sees brightness only and is chance where there is no detail, so what it finds
alike is looked at. Measured on the test corpus: recompression, scaling by half and a sixth more
brightness change the mean by at most 12 (of 255) and the worst region by at most 24; different
pictures with like hashes, and the same motif in other colors, exceed the one or the other.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvips
from numpy.typing import NDArray

SIDE_PX = 32
REGION_PX = 4

MOST_DIFFERENCE = 12.0
MOST_REGION_DIFFERENCE = 24.0
LEAST_DETAIL = 3.0
"""Standard deviation of brightness below which a picture is blank: a page, a lens cap."""

MOST_ASPECT_RATIO = 1.03
"""Rounding of scaled copies; a crop is another picture here."""


@dataclass(frozen=True)
class Comparison:
    """How far two pictures differ, in gray levels of 255, on average and in the worst region."""

    difference: float
    worst_difference: float

    @property
    def is_alike(self) -> bool:
        """Whether people would call them the same picture."""
        return (
            self.difference <= MOST_DIFFERENCE and self.worst_difference <= MOST_REGION_DIFFERENCE
        )


def small_picture(path: Path) -> NDArray[np.float32]:
    """(32, 32, 3) sRGB 0-255 of a thumbnail of ours. Raises OSError or pyvips.Error."""
    squeezed = pyvips.Image.thumbnail_buffer(
        path.read_bytes(), SIDE_PX, height=SIDE_PX, size="force"
    )
    return np.asarray(squeezed.colourspace("srgb").numpy()[:, :, :3], dtype=np.float32)


def compare(first: NDArray[np.float32], second: NDArray[np.float32]) -> Comparison:
    """The difference of two small pictures."""
    each = np.abs(first - second).mean(axis=2)
    regions = SIDE_PX // REGION_PX
    worst = each.reshape(regions, REGION_PX, regions, REGION_PX).mean(axis=(1, 3)).max()
    return Comparison(float(each.mean()), float(worst))


def has_detail(picture: NDArray[np.float32]) -> bool:
    """Whether there is anything to see."""
    return float(picture.mean(axis=2).std()) >= LEAST_DETAIL


def is_same_shape(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Whether two sizes (width, height) in px have the same proportions."""
    ratio = first[0] * second[1] / (first[1] * second[0])
    return 1 / MOST_ASPECT_RATIO <= ratio <= MOST_ASPECT_RATIO
