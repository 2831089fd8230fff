"""The eleven basic color terms of English (Berlin and Kay, 1969) for sRGB colors.

A color has the name of the nearest example in CIELAB. The examples are ours, taken from the named
colors of CSS Color 4 and their shades.
"""

import math
from functools import cache

EXAMPLES = {
    "black": ("#000000", "#1a1a1a"),
    "gray": ("#404040", "#708090", "#808080", "#a9a9a9", "#c8c8c8"),
    "white": ("#ffffff", "#f0f0f0"),
    "red": ("#ff0000", "#dc143c", "#8b0000"),
    "orange": ("#ff8c00", "#ffa500", "#ff6a1a"),
    "yellow": ("#ffff00", "#ffd700", "#e6d440", "#f0e68c"),
    "green": ("#008000", "#00ff00", "#228b22", "#006400", "#6b8e23", "#90ee90", "#2f4f2f"),
    "blue": ("#0000ff", "#4169e1", "#000080", "#87ceeb", "#1e90ff", "#4682b4", "#20b2cc"),
    "purple": ("#800080", "#8a2be2", "#9932cc", "#4b0082", "#b19cd9"),
    "pink": ("#ffc0cb", "#ff69b4", "#ffb6c1", "#e79fb8"),
    "brown": ("#8b4513", "#654321", "#a0703c", "#d2b48c", "#5c4033"),
}

Lab = tuple[float, float, float]

D65 = (0.95047, 1.0, 1.08883)
FROM_LINEAR = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
"""Linear sRGB to XYZ (IEC 61966-2-1)."""


def color_name(color: str) -> str:
    """The basic color term for ``#rrggbb``."""
    here = lab_of(color)
    return min(examples(), key=lambda example: math.dist(here, example[0]))[1]


@cache
def examples() -> list[tuple[Lab, str]]:
    """Every example in CIELAB with its name."""
    return [(lab_of(color), name) for name, colors in EXAMPLES.items() for color in colors]


def lab_of(color: str) -> Lab:
    """CIELAB (D65) of ``#rrggbb``: L 0 to 100."""
    linear = [linear_of(value / 255) for value in bytes.fromhex(color.removeprefix("#"))]
    x, y, z = (
        compressed(sum(weight * part for weight, part in zip(row, linear, strict=True)) / white)
        for row, white in zip(FROM_LINEAR, D65, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def linear_of(value: float) -> float:
    """Linear light, 0 to 1, of an sRGB value, 0 to 1."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def compressed(part: float) -> float:
    """CIE 15: the cube root, with its straight piece near black."""
    return math.cbrt(part) if part > (6 / 29) ** 3 else part / (3 * (6 / 29) ** 2) + 4 / 29
