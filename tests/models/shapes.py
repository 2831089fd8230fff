"""Drawn pictures with known contents: one colored shape on a colored background.

The tiny models of the tests are trained on them and asked about them, so that a test can know what
is in a picture. Every seventh pair of color and shape is held out: no model has seen it, on any
background.
"""

import itertools
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw

RGB = tuple[int, int, int]

COLORS: dict[str, RGB] = {
    "red": (220, 30, 30),
    "green": (30, 160, 50),
    "blue": (30, 70, 220),
    "yellow": (240, 220, 30),
    "purple": (140, 40, 170),
    "orange": (245, 140, 20),
    "white": (245, 245, 245),
    "black": (15, 15, 15),
    "pink": (250, 150, 190),
    "gray": (128, 128, 128),
}
SHAPES = ("circle", "square", "triangle", "star", "cross", "ring")
COLOR_JITTER = 14
"""No two pictures of one color have quite the same pixels."""

HELD_OUT_EVERY, HELD_OUT_FIRST = 7, 3
"""Both have no divisor in common with the numbers of colors and shapes: all of them are hit."""


@dataclass(frozen=True)
class Drawing:
    """What a picture shows; no two fields have the same color."""

    color: str
    shape: str
    background: str

    @property
    def title(self) -> str:
        """Like "green star"."""
        return f"{self.color} {self.shape}"

    @property
    def sentence(self) -> str:
        """Like "a green star on a yellow background"."""
        return f"a {self.title} on a {self.background} background"

    @property
    def is_held_out(self) -> bool:
        """Whether its pair of color and shape is kept from every training."""
        pair = list(COLORS).index(self.color) * len(SHAPES) + SHAPES.index(self.shape)
        return pair % HELD_OUT_EVERY == HELD_OUT_FIRST


DRAWINGS = tuple(
    Drawing(color, shape, background)
    for color, shape, background in itertools.product(COLORS, SHAPES, COLORS)
    if color != background
)
"""All 540 of them."""


@dataclass(frozen=True)
class Place:
    """Where a shape is drawn: center and radius in px."""

    x: float
    y: float
    radius: float

    def box(self, width: float, height: float) -> tuple[float, float, float, float]:
        """A box around the center; both sides are given as parts of the diameter."""
        across, down = self.radius * width, self.radius * height
        return (self.x - across, self.y - down, self.x + across, self.y + down)

    def corners(self, count: int, inner: float) -> list[tuple[float, float]]:
        """``count`` points around the center, the first at the top, every second one nearer."""
        turns = [2 * math.pi * number / count for number in range(count)]
        reach = [self.radius * (inner if number % 2 else 1) for number in range(count)]
        return [
            (self.x + math.sin(turn) * far, self.y - math.cos(turn) * far)
            for turn, far in zip(turns, reach, strict=True)
        ]


def draw(drawing: Drawing, size_px: int = 64, rng: random.Random | None = None) -> Image.Image:
    """The picture, (size_px, size_px) RGB: place, size and colors vary a little with ``rng``.

    Without ``rng`` the same drawing always gives the same pixels.
    """
    rng = rng or random.Random(drawing.sentence)
    large = 2 * size_px  # drawn large and shrunk: smooth edges
    picture = Image.new("RGB", (large, large), jittered(COLORS[drawing.background], rng))
    radius = rng.uniform(0.3, 0.42) * large
    x, y = (size_px + rng.uniform(-0.07, 0.07) * large for _ in range(2))
    fill = jittered(COLORS[drawing.color], rng)
    PAINTERS[drawing.shape](ImageDraw.Draw(picture), Place(x, y, radius), fill)
    return picture.resize((size_px, size_px), Image.Resampling.BILINEAR)


def jittered(color: RGB, rng: random.Random) -> RGB:
    """A color close to ``color``."""
    red, green, blue = (
        max(0, min(255, value + rng.randint(-COLOR_JITTER, COLOR_JITTER))) for value in color
    )
    return red, green, blue


def paint_circle(canvas: ImageDraw.ImageDraw, place: Place, fill: RGB) -> None:
    canvas.ellipse(place.box(1, 1), fill=fill)


def paint_ring(canvas: ImageDraw.ImageDraw, place: Place, fill: RGB) -> None:
    canvas.ellipse(place.box(1, 1), outline=fill, width=int(place.radius * 0.38))


def paint_square(canvas: ImageDraw.ImageDraw, place: Place, fill: RGB) -> None:
    canvas.rectangle(place.box(0.85, 0.85), fill=fill)


def paint_cross(canvas: ImageDraw.ImageDraw, place: Place, fill: RGB) -> None:
    canvas.rectangle(place.box(0.3, 1), fill=fill)
    canvas.rectangle(place.box(1, 0.3), fill=fill)


def paint_triangle(canvas: ImageDraw.ImageDraw, place: Place, fill: RGB) -> None:
    canvas.polygon(place.corners(3, inner=1), fill=fill)


def paint_star(canvas: ImageDraw.ImageDraw, place: Place, fill: RGB) -> None:
    canvas.polygon(place.corners(10, inner=0.42), fill=fill)


PAINTERS: dict[str, Callable[[ImageDraw.ImageDraw, Place, RGB], None]] = {
    "circle": paint_circle,
    "ring": paint_ring,
    "square": paint_square,
    "cross": paint_cross,
    "triangle": paint_triangle,
    "star": paint_star,
}
