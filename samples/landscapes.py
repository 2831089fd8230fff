"""Landscapes computed from noise and gradients, for the sample pictures of the demo.

All return (height, width, 3) float arrays, linear from 0 (black) to 1. The same call gives the
same picture on every machine.
"""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float64]

SUNSET = ((0.0, "1b2a52"), (0.45, "6d4a7e"), (0.72, "d9705f"), (0.9, "f6a75c"), (1.0, "fde3a7"))
NIGHT = ((0.0, "05081c"), (0.55, "0f1c3f"), (0.85, "27406b"), (1.0, "5d6f8f"))
DESERT_SKY = ((0.0, "2f6fa3"), (0.6, "8fb8c9"), (1.0, "f3dcb5"))


def color(hexadecimal: str) -> Pixels:
    """Three numbers from 0 to 1 from a color such as "f6a75c"."""
    return np.array([int(hexadecimal[i : i + 2], 16) / 255 for i in (0, 2, 4)])


def gradient(stops: tuple[tuple[float, str], ...], places: Pixels) -> Pixels:
    """The color at each of ``places`` (0 to 1) between the colors of ``stops``."""
    at = [place for place, _ in stops]
    colors = np.array([color(name) for _, name in stops])
    return np.stack([np.interp(places, at, colors[:, band]) for band in range(3)], axis=-1)


def curve(width: int, random: np.random.Generator, *, coarsest: int, octaves: int) -> Pixels:
    """A rugged line of ``width`` heights around 0: random values at ever finer distances."""
    line = np.zeros(width)
    for octave in range(octaves):
        points = coarsest * 2**octave + 1
        values = random.normal(size=points) / 2**octave
        line += np.interp(np.linspace(0, points - 1, width), np.arange(points), values)
    return line


def clouds(height: int, width: int, random: np.random.Generator, *, coarsest: int) -> Pixels:
    """(height, width) soft noise from 0 to 1."""
    total = np.zeros((height, width))
    for octave in range(5):
        points = coarsest * 2**octave
        grid = random.random((points + 1, points + 1)) / 2**octave
        columns = np.linspace(0, points, width)
        wide = np.array([np.interp(columns, np.arange(points + 1), row) for row in grid])
        rows = np.linspace(0, points, height)
        low = rows.astype(int).clip(0, points - 1)
        share = (rows - low)[:, None]
        total += wide[low] * (1 - share) + wide[low + 1] * share
    return np.asarray((total - total.min()) / np.ptp(total))


def glow(height: int, width: int, center: tuple[float, float], radius: float) -> Pixels:
    """(height, width, 1) from 1 at ``center`` (x, y in px) falling off over ``radius`` px."""
    rows, columns = np.ogrid[:height, :width]
    distance = np.hypot(columns - center[0], rows - center[1])
    return np.asarray(np.exp(-((distance / radius) ** 2)))[..., None]


def below(line: Pixels, height: int) -> Pixels:
    """(height, width, 1) mask: 1 below a line of heights in px from the top, with a soft edge."""
    rows = np.arange(height)[:, None]
    return np.asarray((rows - line[None, :] + 0.5).clip(0, 1))[..., None]


def mixed(under: Pixels, over: Pixels, share: Pixels) -> Pixels:
    """``over`` laid on ``under`` where ``share`` is 1."""
    return under * (1 - share) + over * share


def mountain_lake(width: int = 1620, height: int = 1080) -> Pixels:
    """Ridges behind a lake in the last light, mirrored in the water."""
    random = np.random.default_rng(46)
    shore = int(height * 0.58)
    land = sunset_sky(width, shore, random)
    for depth in range(5):
        rise = height * (0.30 - 0.055 * depth)
        rough = curve(width, random, coarsest=3 + 2 * depth, octaves=7)
        line = shore - rise - rough * height * (0.062 - 0.007 * depth)
        haze = gradient(((0.0, "c77b78"), (0.4, "7d5577"), (1.0, "1d1f3a")), np.array(depth / 4))
        land = mixed(land, haze, below(line, shore))
    picture = np.concatenate([land, mirrored(land, height - shore, random)])
    picture = mixed(picture, color("11142a"), trees(width, height, random))
    return (picture + random.normal(scale=0.008, size=picture.shape)).clip(0, 1)


def sunset_sky(width: int, height: int, random: np.random.Generator) -> Pixels:
    """The sky above the lake, with a low sun and streaks of cloud."""
    sky = np.repeat(gradient(SUNSET, np.linspace(0, 1, height))[:, None], width, axis=1)
    streaks = clouds(height, width, random, coarsest=4)[:, :, None] ** 3
    sky = mixed(sky, color("ffb98a"), streaks * np.linspace(0.1, 0.9, height)[:, None, None])
    sun = (width * 0.63, height * 0.5)
    sky = sky + glow(height, width, sun, height * 0.45) * color("ff9a4d") * 0.45
    return mixed(sky, color("fff6d8"), (glow(height, width, sun, height * 0.06) * 3).clip(0, 1))


def mirrored(land: Pixels, height: int, random: np.random.Generator) -> Pixels:
    """The water below ``land``: its upside-down picture, rippled and darkened."""
    width = land.shape[1]
    depth = np.linspace(0, 1, height)
    source = land.shape[0] - 1 - (np.arange(height) * 1.1).astype(int)
    ripple = (clouds(height, width, random, coarsest=24) - 0.5) * (4 + 40 * depth[:, None])
    rows = (source[:, None] + ripple).clip(0, land.shape[0] - 1).astype(int)
    water = land[rows, np.arange(width)[None, :]]
    return mixed(water, color("1a2748"), (0.25 + 0.45 * depth)[:, None, None])


def trees(width: int, height: int, random: np.random.Generator) -> Pixels:
    """(height, width, 1) mask of spruces on the near bank, left and right."""
    bank = height * 0.97 - 22 * np.abs(curve(width, random, coarsest=6, octaves=6))
    mask = below(bank, height)
    columns = np.arange(width)
    for _ in range(34):
        side = random.random() ** 2 * 0.3
        middle = width * (side if random.random() < 0.6 else 1 - side * 0.8)
        tall = height * random.uniform(0.10, 0.34) * (1 - 1.8 * side)
        top = height * 0.98 - tall
        jagged = 1 + 0.25 * np.sin(np.arange(height)[:, None] / 5.0 + middle)
        spread = ((np.arange(height)[:, None] - top) * 0.2 * jagged).clip(0)
        inside = (np.abs(columns[None, :] - middle) < spread).astype(float)[..., None]
        mask = np.maximum(mask, inside)
    return mask


def night_sky(width: int = 1500, height: int = 1000) -> Pixels:
    """The Milky Way above hills, with one lit tent."""
    random = np.random.default_rng(7)
    sky = np.repeat(gradient(NIGHT, np.linspace(0, 1, height))[:, None], width, axis=1)
    rows, columns = np.mgrid[:height, :width]
    band = np.exp(-(((columns - width * 0.3 - rows * 0.45) / (width * 0.13)) ** 2))
    dust = clouds(height, width, random, coarsest=5)
    sky = sky + (band * dust**1.5)[..., None] * color("8e7fb0") * 0.75
    sky = sky + stars(width, height, band, random)[..., None] * color("fff4e2")
    hills = height * 0.86 - curve(width, random, coarsest=3, octaves=7) * height * 0.035
    sky = mixed(sky, color("04060f"), below(hills, height))
    return with_tent(sky, (width * 0.72, height * 0.93)).clip(0, 1)


def stars(width: int, height: int, band: Pixels, random: np.random.Generator) -> Pixels:
    """(height, width) brightness of some thousand stars, denser in the band."""
    light = np.zeros((height, width))
    rows, columns = random.integers(0, height, 9000), random.integers(0, width, 9000)
    kept = random.random(9000) < 0.25 + 0.75 * band[rows, columns]
    light[rows[kept], columns[kept]] = random.random(int(kept.sum())) ** 6 * 1.6 + 0.12
    bright = light * (light > 0.8)
    for shift in (1, -1):
        light = light + 0.4 * np.roll(bright, shift, axis=0) + 0.4 * np.roll(bright, shift, axis=1)
    return light


def with_tent(picture: Pixels, foot: tuple[float, float]) -> Pixels:
    """The picture with a small glowing tent standing at ``foot`` (x, y in px)."""
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    size = height * 0.07
    inside = (np.abs(columns - foot[0]) < (rows - foot[1] + size) * 0.75) & (rows < foot[1])
    lit = picture + glow(height, width, (foot[0], foot[1] - size / 2), size * 2.2) * 0.28 * color(
        "ff9d3c"
    )
    shade = (0.75 + 0.25 * np.cos((columns - foot[0]) / size * 2))[..., None]
    return mixed(lit, color("ffb347") * shade, inside.astype(float)[..., None])


def dunes(width: int = 1600, height: int = 1000) -> Pixels:
    """Sand dunes in low light, each with a lit and a shaded side."""
    random = np.random.default_rng(11)
    picture = np.repeat(gradient(DESERT_SKY, np.linspace(0, 1.4, height))[:, None], width, axis=1)
    for depth in range(6):
        rough = curve(width + 200, random, coarsest=2 + depth % 3, octaves=2)
        smooth = np.convolve(rough, np.ones(201) / 201, "valid")
        crest = height * (0.42 + 0.1 * depth) - smooth * height * (0.05 + 0.025 * depth)
        picture = mixed(picture, sand(crest, height), below(crest, height))
    return (picture + random.normal(scale=0.006, size=picture.shape)).clip(0, 1)


def sand(crest: Pixels, height: int) -> Pixels:
    """The flanks of one dune; the border between light and shade runs down from each summit."""
    width = len(crest)
    drop = np.arange(height)[:, None] - crest[None, :]
    lit = (0.5 - np.gradient(crest) * 3).clip(0, 1)
    bend = 0.9 * drop + 26 * np.sin(drop / 55)
    seen = (np.arange(width)[None, :] - bend).clip(0, width - 1).astype(int)
    light = lit[seen] * (1 - 0.45 * (drop / (height * 0.35)).clip(0, 1))
    ripples = 0.018 * np.sin(drop * 0.28 + np.arange(width)[None, :] * 0.02)
    return mixed(color("8a4b2d"), color("f3bd79"), light[..., None]) + ripples[..., None]
