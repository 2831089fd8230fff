"""Drawn pictures for the demo: a page, a poster, tiles, a flower, an arrow, a small animation.

Shapes are drawn four times as large and scaled down, which smooths their edges. Letters are those
of the font that comes with Pillow, so that a machine needs no fonts.
"""

import math
import textwrap

import numpy as np
from PIL import Image, ImageDraw, ImageFont

LARGER = 4
"""How much larger shapes are drawn than they are kept."""

PAPER, INK, RED = "#fbf8f1", "#1d1b18", "#b3362b"

NOTES = """\
The path leaves the village behind the last barn and climbs through beech and larch. After forty
minutes the trees open and the lake lies below, still as glass at this hour.

At 06:40 two herons crossed from the north shore. One settled on the dead pine near the inlet, the
other went on towards the marsh. No wind, 9 degrees, thin high cloud.

The boathouse has a new roof. The owner says the water stood 30 cm higher in March than in any year
since 1987; the mark is cut into the second post and dated.

Counted on the way back: 14 swallows, 3 goldfinches, 1 kingfisher (heard only), and more chaffinches
than I could follow."""


def font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font in this height in px."""
    return ImageFont.load_default(size)


def smooth(
    size: tuple[int, int], background: str | None
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A canvas LARGER times ``size``, transparent without a background, and its pen."""
    large = (size[0] * LARGER, size[1] * LARGER)
    canvas = Image.new("RGBA", large, background or (0, 0, 0, 0))
    return canvas, ImageDraw.Draw(canvas)


def reduced(canvas: Image.Image) -> Image.Image:
    """The canvas in its final size."""
    return canvas.resize(
        (canvas.width // LARGER, canvas.height // LARGER), Image.Resampling.LANCZOS
    )


def page(width: int = 1240, height: int = 1754) -> Image.Image:
    """A page of field notes, A4 at 150 dpi, in color."""
    picture = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.text((140, 130), "Field notes", INK, font(84))
    pen.text((142, 240), "Lake Bled, north shore - Tuesday, 14 May 2024", RED, font(32))
    pen.line((140, 300, width - 140, 300), INK, 3)
    top = 360
    for number, paragraph in enumerate(NOTES.split("\n\n"), start=1):
        pen.text((84, top), f"{number}.", RED, font(34))
        lines = textwrap.wrap(paragraph, 56)
        pen.multiline_text((140, top), "\n".join(lines), INK, font(34), spacing=16)
        top += 54 * len(lines) + 36
    herons(pen, (width // 2 - 60, top + 190))
    pen.text((width // 2 - 10, height - 110), "12", INK, font(28))
    return picture


def herons(pen: ImageDraw.ImageDraw, middle: tuple[int, int]) -> None:
    """Two birds over a line of water, with the pen."""
    for left, up, span in ((-170, -40, 120), (90, -110, 80)):
        x, y = middle[0] + left, middle[1] + up
        pen.arc((x - span, y - span // 3, x, y + span // 2), 200, 340, INK, 5)
        pen.arc((x, y - span // 3, x + span, y + span // 2), 200, 340, INK, 5)
    for step in range(5):
        x, y = middle[0] - 300 + step * 60, middle[1] + 60 + step * 16
        pen.line((x, y, x + 420 - step * 50, y), "#6b7f8c", 3)


def poster(width: int = 1000, height: int = 1400) -> Image.Image:
    """A concert poster: rings, a double bass' curves, and letters that can be read from afar."""
    canvas, pen = smooth((width, height), "#f3e6c8")
    rings = ("#20303f", "#e4572e", "#f3a712", "#2a9d8f", "#f3e6c8", "#20303f")
    center = (int(width * 0.62) * LARGER, int(height * 0.40) * LARGER)
    for number, shade in enumerate(rings):
        radius = (430 - number * 72) * LARGER
        pen.circle(center, radius, shade)
    pen.rectangle((0, height * 0.72 * LARGER, width * LARGER, height * LARGER), "#20303f")
    for number, (letter, shade) in enumerate(
        zip("JAZZ", ("#e4572e", "#f3a712", "#2a9d8f", "#e4572e"), strict=True)
    ):
        place = ((50 + number * 232) * LARGER, int(height * 0.585) * LARGER)
        face = font(350 * LARGER)
        pen.text(place, letter, shade, face, stroke_width=9 * LARGER, stroke_fill=shade)
    night, where = "FRIDAY 21 JUNE  9 PM", "OLD BOATHOUSE - FREE ENTRY"
    pen.text((60 * LARGER, 1205 * LARGER), night, "#f3e6c8", font(74 * LARGER), stroke_width=LARGER)
    pen.text((60 * LARGER, 1305 * LARGER), where, "#f3a712", font(50 * LARGER))
    return reduced(canvas).convert("RGB")


def tiles(columns: int = 5, rows: int = 6, side: int = 200) -> Image.Image:
    """A wall of geometric tiles: quarter circles, halves and triangles in five inks."""
    inks = ("#264653", "#2a9d8f", "#e9c46a", "#f4a261", "#e76f51", "#f7f1e3")
    random = np.random.default_rng(3)
    canvas, pen = smooth((columns * side, rows * side), inks[-1])
    for row in range(rows):
        for column in range(columns):
            back, front = random.choice(len(inks), 2, replace=False)
            corner = (column * side * LARGER, row * side * LARGER)
            tile(pen, corner, side * LARGER, (inks[back], inks[front]), int(random.integers(6)))
    return reduced(canvas).convert("RGB")


def tile(
    pen: ImageDraw.ImageDraw, corner: tuple[int, int], side: int, inks: tuple[str, str], shape: int
) -> None:
    """One tile with its upper left corner at ``corner``; shapes 0 to 3 are quarter circles."""
    left, top = corner
    right, bottom = left + side, top + side
    pen.rectangle((left, top, right, bottom), inks[0])
    if shape < 4:
        x, y = ((left, top), (right, top), (right, bottom), (left, bottom))[shape]
        pen.pieslice((x - side, y - side, x + side, y + side), shape * 90, shape * 90 + 90, inks[1])
    elif shape == 4:
        pen.polygon(((left, bottom), (right, bottom), (right, top)), inks[1])
    else:
        pen.circle((left + side // 2, top + side // 2), side * 0.36, inks[1])


def flower(side: int = 800) -> Image.Image:
    """A dahlia on a transparent ground (RGBA)."""
    canvas, pen = smooth((side, side), None)
    middle = side * LARGER / 2
    for ring in range(9):
        radius = middle * (0.94 - ring * 0.095)
        petals = 22 - ring
        for number in range(petals):
            angle = 2 * math.pi * (number + ring * 0.5) / petals
            petal(pen, (middle, middle), angle, radius, ring / 8)
    pen.circle((middle, middle), side * 0.045 * LARGER, "#f7d774")
    return reduced(canvas)


def petal(
    pen: ImageDraw.ImageDraw,
    center: tuple[float, float],
    angle: float,
    radius: float,
    inner: float,
) -> None:
    """One pointed petal from the center outwards; ``inner`` is 0 outside and 1 in the middle."""
    shade = (int(150 + 95 * inner), int(28 + 90 * inner), int(72 + 60 * inner), 255)
    outline = []
    for step in range(41):
        along = step / 20 if step <= 20 else (40 - step) / 20
        wide = 0.17 * radius * math.sin(math.pi * along**1.4) * (1 if step <= 20 else -1)
        x, y = radius * along, wide
        turned = (
            x * math.cos(angle) - y * math.sin(angle),
            x * math.sin(angle) + y * math.cos(angle),
        )
        outline.append((center[0] + turned[0], center[1] + turned[1]))
    pen.polygon(outline, shade, outline=(90, 12, 44, 255), width=LARGER)


def arrow(label: str, width: int = 640, height: int = 480) -> Image.Image:
    """A red arrow that says UP, over a house on a meadow: any turn or flip shows at once."""
    canvas, pen = smooth((width, height), "#bfe3f2")
    scale = LARGER
    pen.rectangle((0, 350 * scale, width * scale, height * scale), "#7fb069")
    pen.circle((560 * scale, 80 * scale), 44 * scale, "#ffd166")
    pen.rectangle((420 * scale, 270 * scale, 570 * scale, 390 * scale), "#fff3e0")
    pen.polygon(
        ((400 * scale, 270 * scale), (495 * scale, 195 * scale), (590 * scale, 270 * scale)),
        "#8d5a97",
    )
    pen.rectangle((475 * scale, 320 * scale, 515 * scale, 390 * scale), "#5b3758")
    head = ((200, 40), (310, 180), (245, 180), (245, 330), (155, 330), (155, 180), (90, 180))
    pen.polygon([(x * scale, y * scale) for x, y in head], "#d7263d")
    pen.text(
        (200 * scale, 225 * scale), "UP", "white", font(62 * scale), anchor="mm", stroke_width=scale
    )
    pen.text((200 * scale, 415 * scale), label, "#1d3b1d", font(30 * scale), anchor="mm")
    return reduced(canvas).convert("RGB")


def orbit(frame: int, frames: int, side: int = 320) -> Image.Image:
    """One frame of a planet and its moon going round a star; the last one leads to the first."""
    canvas, pen = smooth((side, side), "#0b1026")
    middle, turn = side * LARGER / 2, 2 * math.pi * frame / frames
    for number in range(60):
        x, y = (number * 7919) % side, (number * 104729) % side
        pen.circle((x * LARGER, y * LARGER), (1 + number % 2) * LARGER / 2, "#c9d1ff")
    pen.circle((middle, middle), 105 * LARGER, outline="#2c3566", width=LARGER)
    for radius, shade in ((46, "#6b3a1f"), (40, "#d9822b"), (34, "#ffc145")):
        pen.circle((middle, middle), radius * LARGER, shade)
    planet = (middle + 105 * LARGER * math.cos(turn), middle + 105 * LARGER * math.sin(turn))
    pen.circle(planet, 17 * LARGER, "#3fa7d6")
    moon = (
        planet[0] + 29 * LARGER * math.cos(3 * turn),
        planet[1] + 29 * LARGER * math.sin(3 * turn),
    )
    pen.circle(moon, 5 * LARGER, "#e8e8e8")
    return reduced(canvas).convert("RGB")
