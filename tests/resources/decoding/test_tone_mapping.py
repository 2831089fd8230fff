"""High dynamic range: what is no brighter than white stays as it is, what is brighter rolls off."""

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray

from resources.configuration.settings import Limits
from resources.decoding.decoding_context import collected_notes
from resources.decoding.pixels import decode_upright
from resources.decoding.tone_mapping import nits_of_pq, pq_of_nits, rolled_off, scene_of_hlg
from tests.support import stated_colors as stated
from tests.support.stated_colors import SRGB, patches, png_with

LIMITS = Limits()

PQ_2020 = (b"cICP", b"\x09\x10\0\x01")
HLG_2020 = (b"cICP", b"\x09\x12\0\x01")


def decoded(content: bytes) -> tuple[NDArray[np.int64], list[str]]:
    with collected_notes() as notes:
        pixels = decode_upright(content, LIMITS).image.numpy()
    middles = np.arange(pixels.shape[1] // 16) * 16 + 8
    return pixels[8, middles, :3].astype(np.int64), notes


def in_nits(scale: float = 203.0) -> NDArray[np.float64]:
    return stated.linear_in("rec2020") * scale


def test_what_is_no_brighter_than_white_looks_as_in_srgb() -> None:
    colors, notes = decoded(png_with(patches(stated.pq(in_nits()), 16), PQ_2020))
    assert np.abs(colors - SRGB).max() <= 3
    assert notes == ["a high dynamic range picture (PQ): shown in the range of sRGB"]


def test_a_bright_light_leaves_the_dark_parts_as_they_are() -> None:
    light = np.concatenate([in_nits(), [[1000.0] * 3]])
    colors, _ = decoded(png_with(patches(stated.pq(light), 16), PQ_2020))
    dark = SRGB.max(axis=1) < 150  # up to about 90 cd/m2
    assert np.abs(colors[:-1][dark] - SRGB[dark]).max() <= 4
    assert colors[-1].min() >= 250


def test_the_same_in_every_container() -> None:
    pixels = patches(stated.pq(in_nits()))
    stacked = np.concatenate([pixels] * 3)
    containers = [
        png_with(pixels, PQ_2020),
        imagecodecs.avif_encode(pixels, level=100, primaries=9, transfer=16),
        stated.jxl_with_colors(stacked, "rec2020", "pq"),
    ]
    for content in containers:
        colors, notes = decoded(content)
        assert np.abs(colors - SRGB).max() <= 8  # PQ in 8 bits is coarse
        assert any("high dynamic range" in note for note in notes)


def test_transparency_and_orientation_stay() -> None:
    pixels = patches(stated.pq(in_nits()), 16)
    alpha = np.full((*pixels.shape[:2], 1), 257 * 99, np.uint16)
    content = png_with(np.concatenate([pixels, alpha], axis=-1), PQ_2020)
    image = decode_upright(content, LIMITS).image
    assert (image.width, image.height, image(5, 5)[3]) == (96, 16, 99)


def test_gray_hlg_is_gray_and_in_order() -> None:
    steps = np.linspace(0, 1, 6)[:, None].repeat(3, axis=1)
    colors, notes = decoded(png_with(patches(steps, 16), HLG_2020))
    assert np.ptp(colors, axis=1).max() <= 1
    assert (np.diff(colors[:, 0]) > 0).all()
    assert notes == ["a high dynamic range picture (HLG): shown in the range of sRGB"]


def test_pq_is_that_of_st_2084() -> None:
    """58 % of PQ is 203 cd/m2, and 75 % about 1000 (BT.2408-7, table 1 and BT.2100-2, table 4)."""
    found = nits_of_pq(np.float32([0.0, 0.58, 0.7518, 1.0]))
    assert found == pytest.approx([0, 203, 1000, 10_000], rel=0.02, abs=0.01)
    assert pq_of_nits(found) == pytest.approx([0.0, 0.58, 0.7518, 1.0], abs=1e-3)


def test_hlg_is_that_of_bt_2100() -> None:
    assert scene_of_hlg(np.float32([0.0, 0.5, 1.0])) == pytest.approx([0, 1 / 12, 1], abs=1e-3)


def test_the_roll_off_rises_and_ends_at_white() -> None:
    light = np.float32(np.linspace(0.01, 1000, 500))
    mapped = rolled_off(light, 1000.0)
    assert (np.diff(mapped) >= 0).all()
    assert mapped[-1] == pytest.approx(203, rel=0.01)
    assert mapped[light < 80] == pytest.approx(light[light < 80], rel=0.01)
