"""Photograph-like JPEGs, of 12 MP or small: every file differs and decodes at full cost."""

from pathlib import Path

import pyvips

SMALL_WIDTH_PX, SMALL_HEIGHT_PX = 320, 240
CAMERA = {"exif-ifd0-Make": "Bench", "exif-ifd0-Model": "Mark I"}
WIDTH_PX, HEIGHT_PX = 4000, 3000
BASES = 4
COMMENT = b"\xff\xfe"


def make_photographs(folder: Path, count: int) -> list[Path]:
    """Write ``count`` JPEGs of 4000 x 3000 px (2-3 MB each) into ``folder`` and return them.

    A few pictures are drawn; each file is one of them with a numbered JPEG comment, so that no two
    files are the same image while making them costs next to nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bases = [draw(seed).jpegsave_buffer(Q=90) for seed in range(min(BASES, count))]
    paths = []
    for number in range(count):
        note = f"photograph {number}".encode()
        marker = COMMENT + (len(note) + 2).to_bytes(2, "big") + note
        jpeg = bases[number % len(bases)]
        path = folder / f"photograph-{number:05d}.jpg"
        path.write_bytes(jpeg[:2] + marker + jpeg[2:])
        paths.append(path)
    return paths


def draw(seed: int) -> pyvips.Image:
    """Clouds over a gradient with sensor noise: detail at every scale, as in a photograph."""
    clouds = pyvips.Image.perlin(WIDTH_PX, HEIGHT_PX, cell_size=300, seed=seed) * 70
    grain = pyvips.Image.gaussnoise(WIDTH_PX, HEIGHT_PX, sigma=9, seed=seed)
    place = pyvips.Image.xyz(WIDTH_PX, HEIGHT_PX)
    red, green = place[0] / WIDTH_PX * 180 + grain, place[1] / HEIGHT_PX * 160 + clouds
    blue = clouds + grain + 120
    return (red + clouds).bandjoin([green, blue]).cast("uchar").copy(interpretation="srgb")


def make_small_pictures(folder: Path, count: int, *, first: int = 0) -> list[Path]:
    """Write ``count`` JPEGs of 320 x 240 px (about 15 KB) into ``folder`` and return them.

    Each is a picture of its own, with a camera and a date in its EXIF; ``first`` numbers the first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(first, first + count):
        path = folder / f"picture-{number:05d}.jpg"
        draw_small(number).jpegsave(str(path), Q=85)
        paths.append(path)
    return paths


def draw_small(seed: int) -> pyvips.Image:
    """Clouds of three colors that no other seed has."""
    bands = [
        pyvips.Image.perlin(SMALL_WIDTH_PX, SMALL_HEIGHT_PX, cell_size=40 + 9 * band, seed=number)
        * 60
        + 60
        + (seed * (37 + 20 * band)) % 130
        for band, number in enumerate(range(3 * seed, 3 * seed + 3))
    ]
    grain = pyvips.Image.gaussnoise(SMALL_WIDTH_PX, SMALL_HEIGHT_PX, sigma=5, seed=seed)
    picture = (bands[0].bandjoin(bands[1:]) + grain).cast("uchar").copy(interpretation="srgb")
    taken = f"2024:{1 + seed % 12:02d}:{1 + seed % 28:02d} {seed % 24:02d}:00:00"
    exif = {**CAMERA, "exif-ifd2-DateTimeOriginal": taken}
    for name, text in exif.items():
        picture.set_type(pyvips.GValue.gstr_type, name, text)
    return picture
