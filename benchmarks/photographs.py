"""Photograph-like 12 MP JPEGs: every file differs in its bytes and decodes at full cost."""

from pathlib import Path

import pyvips

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
