"""Pages drawn for tests, in the font that Pillow brings along."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

LINES = (
    "The quarterly report of the museum",
    "Visitors paid 12.50 for a ticket",
    "Please return the keys to room 204",
)
LEFT_COLUMN = (
    "The museum opened its doors",
    "in the spring of 1987 and was",
    "full before the summer ended",
)
RIGHT_COLUMN = (
    "A second building was added",
    "which holds the negatives in",
    "cold storage for scholars",
)
MARGIN_PX = 30


def page(lines: Sequence[str] = LINES, *, font_px: int = 24) -> Image.Image:
    """Dark lines on a light page, one below the other."""
    font = ImageFont.load_default(font_px)
    width = int(max(map(font.getlength, lines))) + 2 * MARGIN_PX
    picture = Image.new("RGB", (width, int(1.5 * font_px * len(lines)) + 2 * MARGIN_PX), "white")
    write(picture, lines, (MARGIN_PX, MARGIN_PX), font_px)
    return picture


def two_columns(font_px: int = 20) -> Image.Image:
    """A headline over two columns."""
    font = ImageFont.load_default(font_px)
    width = int(max(map(font.getlength, LEFT_COLUMN)))
    picture = Image.new("RGB", (2 * width + 130, 230), "white")
    write(picture, ["HISTORY OF THE HOUSE"], (MARGIN_PX, 20), 30)
    write(picture, LEFT_COLUMN, (MARGIN_PX, 90), font_px)
    write(picture, RIGHT_COLUMN, (MARGIN_PX + width + 60, 90), font_px)
    return picture


def write(picture: Image.Image, lines: Sequence[str], start: tuple[int, int], font_px: int) -> None:
    """Draw lines from ``start`` (left, top) downwards."""
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(font_px)
    for number, line in enumerate(lines):
        place = (start[0], start[1] + 1.5 * font_px * number)
        pen.text(place, line, font=font, fill=(20, 20, 20))


def ink(picture: Image.Image) -> list[tuple[int, int]]:
    """First and one past the last row of each line of dark letters."""
    is_dark = (np.asarray(picture.convert("L")) < 128).any(axis=1).astype(int)
    edges = np.flatnonzero(np.diff(np.pad(is_dark, 1)))
    return [(int(top), int(bottom)) for top, bottom in edges.reshape(-1, 2)]


def pixels(picture: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(picture.convert("RGB"))
