"""Dominant colours: up to five colours that make up the picture, largest share first.

Found by median cut with k-means refinement in CIELAB, where distance follows the eye, on the small
thumbnail. Colours closer than a clear difference are merged, so a flat picture has one. A colour is
its group's mean as `#rrggbb` (sRGB); its share is of the picture's area, 0 to 1.
"""

from dataclasses import dataclass

import numpy as np
import pyvips
from numpy.typing import NDArray
from PIL import Image

from media_assets.images.thumbnails import Thumbnails
from resources.originals import SourceImage
from resources.renditions import read_rendition, shrunk

COLOR_COUNT = 5

SIDE_PX = 64
"""Longest side measured: 4096 px settle the shares to about one percent."""

KMEANS_ROUNDS = 3

SAME_COLOR = 12.0
"""Distance in CIELAB (CIE76) below which two groups count as one; 2.3 is just noticeable."""

LAB_TO_BYTES = (np.array([1.0, 1.0, 1.0]), np.array([0.0, 128.0, 128.0]))
"""Scale and offset that put L (0..100), a and b (-128..127) into bytes, equally weighted."""


@dataclass(frozen=True)
class DominantColors:
    """One image's colours, aligned lists, largest first.

    `colors`: `#rrggbb`, sRGB. `shares`: part of the picture's area, 0 to 1; they sum to 1.
    """

    colors: list[str]
    shares: list[float]


@dataclass(frozen=True)
class ColorGroup:
    """Pixels of one colour: their mean in CIELAB, and how many."""

    lab: tuple[float, float, float]
    count: int


def make_dominant_colors(image: SourceImage, thumbnails: Thumbnails) -> DominantColors:
    """Measure the small thumbnail. Raises OSError when it is gone."""
    pixels = shrunk(read_rendition(image, thumbnails.small), SIDE_PX)
    lab = np.asarray(pixels.colourspace("lab").numpy()).reshape(-1, 3)
    groups = merged(color_groups(lab))
    total = sum(group.count for group in groups)
    return DominantColors(
        colors=[hex_of(group.lab) for group in groups],
        shares=[round(group.count / total, 4) for group in groups],
    )


def color_groups(lab: NDArray[np.float32]) -> list[ColorGroup]:
    """At most COLOR_COUNT groups of the (N, 3) float32 CIELAB pixels, largest first."""
    scale, offset = LAB_TO_BYTES
    as_bytes = np.clip(lab * scale + offset, 0, 255).round().astype(np.uint8)
    picture = Image.fromarray(as_bytes.reshape(1, -1, 3))
    quantized = picture.quantize(
        COLOR_COUNT, method=Image.Quantize.MEDIANCUT, kmeans=KMEANS_ROUNDS, dither=Image.Dither.NONE
    )
    labels = np.asarray(quantized).reshape(-1)
    groups = []
    for label in np.unique(labels):
        members = lab[labels == label]
        lightness, a, b = members.mean(axis=0).tolist()
        groups.append(ColorGroup((lightness, a, b), len(members)))
    return sorted(groups, key=lambda group: group.count, reverse=True)


def merged(groups: list[ColorGroup]) -> list[ColorGroup]:
    """The groups, largest first, with those closer than SAME_COLOR to a larger one folded in."""
    kept: list[ColorGroup] = []
    for group in groups:
        near = next((other for other in kept if distance(other, group) < SAME_COLOR), None)
        if near is None:
            kept.append(group)
        else:
            kept[kept.index(near)] = together(near, group)
    return sorted(kept, key=lambda group: group.count, reverse=True)


def distance(one: ColorGroup, other: ColorGroup) -> float:
    """CIE76 colour difference of two groups' means."""
    return float(np.linalg.norm(np.subtract(one.lab, other.lab)))


def together(one: ColorGroup, other: ColorGroup) -> ColorGroup:
    """One group with the pixels of both."""
    lightness, a, b = np.average([one.lab, other.lab], axis=0, weights=[one.count, other.count])
    return ColorGroup((float(lightness), float(a), float(b)), one.count + other.count)


def hex_of(lab: tuple[float, float, float]) -> str:
    """``#rrggbb`` of a CIELAB colour, clipped to sRGB."""
    pixel = pyvips.Image.black(1, 1, bands=3) + list(lab)
    red, green, blue = pixel.copy(interpretation="lab").colourspace("srgb")(0, 0)
    return f"#{round(red):02x}{round(green):02x}{round(blue):02x}"
