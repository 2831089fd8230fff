"""Dominant colors: up to five colors that make up the picture, largest share first.

Found by median cut with k-means refinement in CIELAB, where distance follows the eye, on the small
thumbnail. Colors closer than a clear difference are merged, so a flat picture has one. A color is
its group's mean as `#rrggbb` (sRGB); its share is of the picture's area, 0 to 1.
"""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from media_assets.images.medium import images
from media_assets.images.thumbnails import Thumbnails
from resources.decoding.colors import lab_of
from resources.decoding.renditions import read_rendition
from resources.sources.originals import Source

COLOR_COUNT = 5

SIDE_PX = 64
"""Longest side measured: 4096 px settle the shares to about one percent."""

SETTLED_PX = 32
"""k-means stops when at most so many pixels change their group in a round (Pillow's ``kmeans``)."""

SAME_COLOR = 12.0
"""Distance in CIELAB (CIE76) below which two groups count as one; 2.3 is just noticeable."""

LAB_OFFSET = (0.0, 128.0, 128.0)
"""Puts L (0..100), a and b (-128..127) into bytes, all three equally weighted."""


@dataclass(frozen=True)
class DominantColors:
    """One image's colors, aligned lists, largest first.

    `colors`: `#rrggbb`, sRGB. `shares`: part of the picture's area, 0 to 1; they sum to 1.
    """

    colors: list[str]
    shares: list[float]


@dataclass(frozen=True)
class ColorGroup:
    """Pixels of one color: their mean in CIELAB and in sRGB (0..255), and how many."""

    lab: NDArray[np.float64]
    rgb: NDArray[np.float64]
    count: int


def make_dominant_colors(image: Source, thumbnails: Thumbnails) -> DominantColors:
    """Measure the small thumbnail. Raises OSError when it is gone."""
    content = read_rendition(image, thumbnails.small)
    with Image.open(io.BytesIO(content), formats=["JPEG"]) as picture:
        picture.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
        rgb = np.asarray(picture.convert("RGB"))
    groups = merged(color_groups(rgb))
    total = sum(group.count for group in groups)
    return DominantColors(
        colors=[hex_of(group.rgb) for group in groups],
        shares=[round(group.count / total, 4) for group in groups],
    )


def color_groups(rgb: NDArray[np.uint8]) -> list[ColorGroup]:
    """At most COLOR_COUNT groups of the (H, W, 3) uint8 sRGB pixels, largest first."""
    lab = lab_of(rgb)
    as_bytes = np.clip(lab + LAB_OFFSET, 0, 255).round().astype(np.uint8)
    quantized = Image.fromarray(as_bytes).quantize(
        COLOR_COUNT,
        method=Image.Quantize.MEDIANCUT,
        kmeans=SETTLED_PX,
        dither=Image.Dither.NONE,
    )
    labels = np.asarray(quantized)
    members = [labels == label for label in np.unique(labels)]
    groups = [
        ColorGroup(lab[mine].mean(axis=0), rgb[mine].mean(axis=0), int(mine.sum()))
        for mine in members
    ]
    return sorted(groups, key=lambda group: group.count, reverse=True)


def merged(groups: list[ColorGroup]) -> list[ColorGroup]:
    """The groups, largest first, with those closer than SAME_COLOR to a larger one folded in."""
    kept: list[ColorGroup] = []
    for group in groups:
        near = [place for place, other in enumerate(kept) if distance(other, group) < SAME_COLOR]
        if near:
            kept[near[0]] = together(kept[near[0]], group)
        else:
            kept.append(group)
    return sorted(kept, key=lambda group: group.count, reverse=True)


def distance(one: ColorGroup, other: ColorGroup) -> float:
    """CIE76 color difference of two groups' means."""
    return float(np.linalg.norm(one.lab - other.lab))


def together(one: ColorGroup, other: ColorGroup) -> ColorGroup:
    """One group with the pixels of both."""
    count = one.count + other.count
    share = one.count / count
    return ColorGroup(
        one.lab * share + other.lab * (1 - share), one.rgb * share + other.rgb * (1 - share), count
    )


def hex_of(rgb: NDArray[np.float64]) -> str:
    """``#rrggbb`` of an sRGB color (0..255)."""
    return "#" + rgb.round().astype(np.uint8).tobytes().hex()


dominant_colors = images.asset(
    make_dominant_colors,
    group_name="visual",
    kinds={"python"},
    code_version="1",
    parameters={"color_count": COLOR_COUNT, "side_px": SIDE_PX},
)
