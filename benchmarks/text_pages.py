"""Pages of text for benchmarks: drawn clean, small, noisy, turned, askew, in columns, as a sign.

Drawn in the font that Pillow brings along, so that they are the same everywhere. Real pages come
from a folder: each ``NAME`` beside a ``NAME.gt.txt`` with its text, and optionally a ``NAME.lang``
with tesseract's name of its language.
"""

import io
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvips
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from resources.configuration.settings import Limits
from resources.decoding.pixels import decode_upright, flattened

LINES = (
    "The quarterly report of the museum was printed in 1987.",
    "Visitors paid 12.50 for a ticket, children half of it.",
    "Please return the keys to room 204 before 18:30!",
    "Photographs of the harbour: box 7, folder 3, no. 42",
    "Every negative has been scanned at 2400 dpi (16 bit).",
    '"Quality is never an accident," she said quietly.',
    "Shipping & handling: $9.95 / order #A-10023-XZ",
    "Jackdaws love my big sphinx of quartz; vow to judge.",
)
LEFT = """The museum opened its doors in the spring of 1987. Ten thousand visitors came in the first
week alone, and many of them returned before the summer was over."""
RIGHT = """A second building was added later. It holds the archive of negatives, which are kept in
cold storage and lent to scholars only on written request."""
MARGIN_PX = 40
QUALITY = 88
"""As the viewing copy is encoded, which is what engines get to read."""


@dataclass(frozen=True)
class TextPage:
    """A page as JPEG, and what is written on it."""

    name: str
    jpeg: bytes
    text: str
    language: str = "eng"


def drawn_pages() -> Iterator[TextPage]:
    """The pages that are drawn here."""
    text = "\n".join(LINES)
    for font_px in (28, 18, 12, 9):
        yield text_page(f"clean, {font_px} px", lines_page(LINES, font_px), text)
    for font_px in (28, 16):
        yield text_page(f"noisy, {font_px} px", noisy(lines_page(LINES, font_px)), text)
    yield text_page("low contrast", lines_page(LINES, 20, ink=150, paper=190), text)
    yield text_page("light on dark", lines_page(LINES, 20, ink=240, paper=30), text)
    for degrees in (90, 180, 270):
        turned = lines_page(LINES, 24).rotate(-degrees, expand=True)
        yield text_page(f"turned by {degrees}", turned, text)
    yield text_page("askew by 7", askew(lines_page(LINES, 24), 7), text)
    yield text_page("two columns", columns_page(20), "\n".join([LEFT, RIGHT]))
    sentence = " ".join(LINES[:4])
    yield text_page("one long line", lines_page([sentence], 16), sentence)
    many = (LINES * 8)[:60]
    yield text_page("60 lines", lines_page(many, 24), "\n".join(many))
    yield text_page("sign in a scene", sign(), "ROAD CLOSED\nuse Harbour Street")


def pages_of(folder: Path) -> Iterator[TextPage]:
    """The pages of a folder, decoded as viewing copies are."""
    for truth in sorted(folder.glob("*.gt.txt")):
        picture = truth.with_name(truth.name.removesuffix(".gt.txt"))
        language = picture.with_name(f"{picture.name}.lang")
        decoded = flattened(decode_upright(picture.read_bytes(), Limits(), 2048).image)
        yield TextPage(
            picture.name,
            bytes(decoded.jpegsave_buffer(Q=QUALITY, keep="none")),
            truth.read_text(),
            language.read_text().strip() if language.exists() else "eng",
        )


def text_page(name: str, picture: Image.Image, text: str) -> TextPage:
    """A drawn page, encoded."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return TextPage(name, file.getvalue(), text)


def lines_page(
    lines: Sequence[str], font_px: int, *, ink: int = 20, paper: int = 250
) -> Image.Image:
    """Lines one below the other; ``ink`` and ``paper`` are greys, 0 to 255."""
    font = ImageFont.load_default(font_px)
    width = int(max(map(font.getlength, lines))) + 2 * MARGIN_PX
    height = int(1.5 * font_px * len(lines)) + 2 * MARGIN_PX
    picture = Image.new("RGB", (width, height), (paper, paper, paper))
    write(picture, lines, (MARGIN_PX, MARGIN_PX), font_px, ink)
    return picture


def write(
    picture: Image.Image, lines: Sequence[str], start: tuple[int, int], font_px: int, ink: int = 20
) -> None:
    """Draw lines from ``start`` (left, top) downwards."""
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(font_px)
    for number, line in enumerate(lines):
        place = (start[0], start[1] + 1.5 * font_px * number)
        pen.text(place, line, font=font, fill=(ink, ink, ink))


def columns_page(font_px: int) -> Image.Image:
    """Two columns of prose."""
    columns = [textwrap.wrap(text, 32) for text in (LEFT, RIGHT)]
    font = ImageFont.load_default(font_px)
    widths = [int(max(map(font.getlength, column))) for column in columns]
    picture = Image.new("RGB", (sum(widths) + 4 * MARGIN_PX, 10 * 2 * font_px), "white")
    write(picture, columns[0], (MARGIN_PX, MARGIN_PX), font_px)
    write(picture, columns[1], (widths[0] + 2 * MARGIN_PX, MARGIN_PX), font_px)
    return picture


def noisy(picture: Image.Image) -> Image.Image:
    """Slightly out of focus, with the grain of a dark photograph (sigma 25 of 255)."""
    soft = np.asarray(picture.filter(ImageFilter.GaussianBlur(0.8)), dtype=float)
    grain = np.random.default_rng(1).normal(0, 25, soft.shape)
    return Image.fromarray(np.clip(soft + grain, 0, 255).astype(np.uint8))


def askew(picture: Image.Image, degrees: float) -> Image.Image:
    """A page laid crookedly on the scanner."""
    return picture.rotate(
        degrees, expand=True, resample=Image.Resampling.BICUBIC, fillcolor=(250, 250, 250)
    )


def sign() -> Image.Image:
    """A sign in front of clouds."""
    clouds = pyvips.Image.perlin(900, 600, cell_size=150, seed=3) * 60 + 120
    gray = np.clip(clouds.numpy(), 0, 255).astype(np.uint8)
    picture = Image.fromarray(np.stack([gray // 2, gray, gray], axis=2))
    ImageDraw.Draw(picture).rounded_rectangle((250, 170, 660, 340), 16, fill=(240, 190, 40))
    write(picture, ["ROAD CLOSED"], (275, 190), 56)
    write(picture, ["use Harbour Street"], (320, 280), 32)
    return picture
