"""Pictures brighter than white (HDR) in the range of sRGB, as ITU-R recommends it.

PQ and HLG: ITU-R BT.2100-2, tables 4 and 5. White is at 203 cd/m2 (BT.2408-7, table 1). What is
brighter is rolled off by the EETF of BT.2390-10, section 5.4, from the brightest light in the
picture, applied to the largest of R, G and B so that hues stay. Darker parts stay as they are.
"""

from functools import lru_cache

import numpy as np
import pyvips
from numpy.typing import NDArray

from resources.decoding.color_statements import BT_709, D65, PRIMARIES, StatedColors

Floats = NDArray[np.float32]

WHITE_NITS = 203.0
PQ_PEAK_NITS = 10_000.0
HLG_PEAK_NITS = 1_000.0
HLG_SYSTEM_GAMMA = 1.2
"""Of a display of HLG_PEAK_NITS (BT.2100-2, table 5, note 5f)."""

BRIGHTEST_SHARE = 99.95
"""Percentile taken as the picture's brightest light: single hot pixels do not darken the rest."""

ROWS_AT_ONCE = 128
"""Bounds the memory of the floating-point steps."""

M1, M2 = 2610 / 16384, 2523 / 4096 * 128
C1, C2, C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
"""Constants of PQ (SMPTE ST 2084)."""

HLG_A, HLG_B, HLG_C = 0.17883277, 0.28466892, 0.55991073


def nits_of_pq(signal: Floats) -> Floats:
    """Light in cd/m2 of PQ signals from 0 to 1."""
    power = np.power(signal, 1 / M2)
    light = np.maximum(power - C1, 0) / (C2 - C3 * power)
    return np.asarray(np.power(light, 1 / M1) * PQ_PEAK_NITS, np.float32)


def pq_of_nits(nits: Floats) -> Floats:
    """PQ signals of light in cd/m2."""
    power = np.power(nits / PQ_PEAK_NITS, M1)
    return np.asarray(np.power((C1 + C2 * power) / (1 + C3 * power), M2), np.float32)


def scene_of_hlg(signal: Floats) -> Floats:
    """Scene light from 0 to 1 of HLG signals from 0 to 1."""
    bright = (np.exp((signal - HLG_C) / HLG_A) + HLG_B) / 12
    return np.asarray(np.where(signal <= 0.5, signal**2 / 3, bright), np.float32)


def tone_mapped(image: pyvips.Image, colors: StatedColors) -> pyvips.Image:
    """The picture in sRGB, 8 bits: same size, an alpha band stays as it is.

    ``image`` has 3 or 4 bands of uint8, uint16 or float (0 to 1) in the encoding of ``colors``.
    """
    pixels = image.numpy()
    peak = peak_nits(pixels[::4, ::4, :3], colors)
    rows = range(0, image.height, ROWS_AT_ONCE)
    parts = [rows_in_srgb(pixels[row : row + ROWS_AT_ONCE], colors, peak) for row in rows]
    return pyvips.Image.new_from_array(np.concatenate(parts)).copy(interpretation="srgb")


def peak_nits(pixels: NDArray[np.generic], colors: StatedColors) -> float:
    """The brightest light in the picture, in cd/m2, at least white."""
    brightest = nits(signals(pixels), colors).max(axis=-1)
    return max(WHITE_NITS, float(np.percentile(brightest, BRIGHTEST_SHARE)))


def signals(pixels: NDArray[np.generic]) -> Floats:
    """Numbers from 0 to 1."""
    if np.issubdtype(pixels.dtype, np.integer):
        # to mypy these may be any kind of number, also one without a largest value
        return np.asarray(pixels / np.float32(np.iinfo(pixels.dtype).max), np.float32)  # type: ignore[operator, type-var]
    return np.asarray(np.nan_to_num(pixels.astype(np.float32)).clip(0, 1), np.float32)


def nits(signal: Floats, colors: StatedColors) -> Floats:
    """Light on a display in cd/m2, (H, W, 3), in the picture's own primaries."""
    if colors.hdr == "pq":
        return nits_of_pq(signal)
    scene = scene_of_hlg(signal)
    luminance = scene @ xyz_of_rgb(colors.primaries)[1]
    gain = np.power(np.maximum(luminance, 1e-6), HLG_SYSTEM_GAMMA - 1)
    return np.asarray(scene * gain[..., None] * HLG_PEAK_NITS, np.float32)


def rows_in_srgb(
    pixels: NDArray[np.generic], colors: StatedColors, peak: float
) -> NDArray[np.uint8]:
    """(H, W, 3 or 4) uint8: some rows of the picture in sRGB."""
    light = nits(signals(pixels[..., :3]), colors)
    brightest = np.maximum(light.max(axis=-1, keepdims=True), 1e-4)
    mapped = light * (rolled_off(brightest, peak) / brightest) / WHITE_NITS
    linear = (mapped @ srgb_of_rgb(colors.primaries).T).clip(0, 1)
    bent = 1.055 * np.power(linear, 1 / 2.4) - 0.055
    encoded = np.where(linear <= 0.0031308, linear * 12.92, bent)
    alpha = signals(pixels[..., 3:])
    return np.round(np.concatenate([encoded, alpha], axis=-1) * 255).astype(np.uint8)


def rolled_off(light: Floats, peak: float) -> Floats:
    """Light in cd/m2 up to ``peak`` brought to at most white: the EETF of BT.2390."""
    if peak <= WHITE_NITS:
        return np.minimum(light, np.float32(WHITE_NITS))
    brightest, white = pq_of_nits(np.array([peak, WHITE_NITS], np.float32))
    level = (pq_of_nits(light) / brightest).clip(0, 1)
    most = white / brightest
    knee = 1.5 * most - 0.5
    part = (level - knee) / (1 - knee)
    spline = (
        (2 * part**3 - 3 * part**2 + 1) * knee
        + (part**3 - 2 * part**2 + part) * (1 - knee)
        + (-2 * part**3 + 3 * part**2) * most
    )
    return nits_of_pq(np.where(level < knee, level, spline).astype(np.float32) * brightest)


@lru_cache
def xyz_of_rgb(primaries: int) -> Floats:
    """The (3, 3) matrix from linear RGB of these primaries to CIE XYZ, Y of white = 1."""
    chromaticities, white = PRIMARIES[primaries]
    return _xyz_matrix(chromaticities, white)


@lru_cache
def srgb_of_rgb(primaries: int) -> Floats:
    """The (3, 3) matrix from linear RGB of these primaries to that of sRGB, whites unadapted."""
    return np.asarray(np.linalg.inv(_xyz_matrix(BT_709, D65)) @ xyz_of_rgb(primaries), np.float32)


def _xyz_matrix(chromaticities: tuple[float, ...], white: tuple[float, float]) -> Floats:
    corners = np.array(chromaticities).reshape(3, 2)
    columns = np.stack([xyz(x, y) for x, y in corners], axis=1)
    return np.asarray(columns * np.linalg.solve(columns, xyz(*white)), np.float32)


def xyz(x: float, y: float) -> NDArray[np.float64]:
    """CIE XYZ with Y = 1 of a chromaticity."""
    return np.array([x / y, 1, (1 - x - y) / y])
