"""What is damaged but complete is shown and noted; of what is incomplete a part is shown."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray

from resources.configuration.settings import Limits
from resources.decoding.decoding_context import collected_notes
from resources.decoding.mended_files import has_every_row, mended
from resources.decoding.mended_tiff import with_right_checksums
from resources.decoding.pixels import IncompleteImage, decode_upright, read_header
from resources.decoding.png_chunks import rebuild_png
from resources.outcomes import RejectedImage
from tests.support.broken_files import (
    COMPLETE,
    DEFLATED_TIFF,
    INCOMPLETE,
    JPEG,
    PNG,
    PROGRESSIVE,
    TRAILING,
    png_with_pixels,
    png_with_wrong,
    scene,
    unfiltered,
    wrong_checksum,
    wrong_zlib,
)

LIMITS = Limits()


def decoded(content: bytes, at_most_px: int | None = None) -> tuple[NDArray[np.uint8], list[str]]:
    """Pixels and notes."""
    with collected_notes() as notes:
        image = decode_upright(content, LIMITS, at_most_px).image
    return image.numpy(), notes


@pytest.mark.parametrize("at_most_px", [None, 50], ids=["full size", "small"])
@pytest.mark.parametrize("name", COMPLETE)
def test_complete_pixels_are_shown_whatever_their_frame(name: str, at_most_px: int | None) -> None:
    damaged, sound = COMPLETE[name]
    expected, no_notes = decoded(sound, at_most_px)
    found, notes = decoded(damaged, at_most_px)
    assert no_notes == []
    assert np.abs(found.astype(int) - expected).max() <= 1
    assert notes


@pytest.mark.parametrize("name", COMPLETE)
def test_the_header_of_a_damaged_frame_is_read(name: str) -> None:
    damaged, sound = COMPLETE[name]
    header = read_header(damaged, LIMITS)
    assert (header.width_px, header.height_px) == (
        read_header(sound, LIMITS).width_px,
        read_header(sound, LIMITS).height_px,
    )


@pytest.mark.parametrize("name", TRAILING)
def test_bytes_after_the_end_do_not_matter(name: str) -> None:
    expected, _ = decoded(TRAILING[name])
    found, _ = decoded(TRAILING[name] + b"<html>not found</html>" * 9)
    assert (found == expected).all()


@pytest.mark.parametrize("name", INCOMPLETE)
def test_missing_pixels_are_refused_and_the_rest_is_shown(name: str) -> None:
    with pytest.raises(IncompleteImage, match="of the picture is there") as refused:
        decode_upright(INCOMPLETE[name], LIMITS)
    partial = refused.value.partial.image
    assert (partial.width, partial.height) == (128, 96)
    top_left = partial.numpy()[:8, :64, :3].astype(int)
    if "BMP" not in name:  # which begins with the last row
        assert np.abs(top_left - np.asarray(scene())[:8, :64]).mean() < 25


def test_the_share_that_is_there_is_told() -> None:
    with pytest.raises(IncompleteImage, match="about 50 % of the picture is there"):
        decode_upright(png_with_pixels(unfiltered(48)), LIMITS)


def test_data_that_end_early_are_missed_also_when_an_end_marker_follows() -> None:
    """libjpeg fills the rest with gray and calls that a warning: such files were once ``ok``."""
    content = JPEG[: len(JPEG) // 3] + b"\xff\xd9"
    with pytest.raises(IncompleteImage, match="premature end"):
        decode_upright(content, LIMITS)


def test_a_progressive_jpeg_that_lacks_refinements_has_all_its_rows() -> None:
    content = PROGRESSIVE[: len(PROGRESSIVE) * 8 // 10]
    assert has_every_row(content)
    found, notes = decoded(content)
    assert np.abs(found.astype(int) - np.asarray(scene())).mean() < 25
    assert notes == [
        "the file ends too early: the picture is there, its finest details are missing"
    ]


def test_a_progressive_jpeg_cut_in_its_first_scan_is_incomplete() -> None:
    first_scan = PROGRESSIVE.index(b"\xff\xda")
    content = PROGRESSIVE[: first_scan + 60]
    assert not has_every_row(content)
    with pytest.raises(IncompleteImage):
        decode_upright(content, LIMITS)


def test_a_wrong_code_in_the_middle_is_shown_and_noted() -> None:
    scan = JPEG.index(b"\xff\xda") + 14
    middle = (scan + len(JPEG)) // 2
    found, notes = decoded(JPEG[:middle] + b"\xff\x00" * 8 + JPEG[middle + 16 :])
    assert found.shape == (96, 128, 3)
    assert np.abs(found[:16].astype(int) - np.asarray(scene())[:16]).mean() < 9
    assert any("bad Huffman code" in note for note in notes)


@pytest.mark.parametrize(
    "content",
    [wrong_zlib(), PNG[:60], JPEG[:200], b"RIFF\x40\0\0\0WEBPVP8 " + b"\0" * 40, b"GIF89a\1\1"],
    ids=["no zlib", "PNG header", "JPEG tables", "WebP", "GIF"],
)  # fmt: skip
def test_where_nothing_is_there_nothing_is_shown(content: bytes) -> None:
    with pytest.raises(RejectedImage) as refused:
        decode_upright(content, LIMITS)
    assert not isinstance(refused.value, IncompleteImage)


def test_damage_within_a_feature_that_only_pillow_has_is_damage() -> None:
    """libvips knows no Zstandard: what it says of the file is not what is wrong with it."""
    buffer = io.BytesIO()
    scene().save(buffer, "TIFF", compression="zstd")
    content = bytearray(buffer.getvalue())
    content[8:2000] = bytes(1992)
    with pytest.raises(RejectedImage, match="damaged TIFF"):
        decode_upright(bytes(content), LIMITS)


def test_a_deflated_bomb_in_a_tiff_is_not_inflated() -> None:
    assert with_right_checksums(wrong_checksum(DEFLATED_TIFF), 1000) is None


def test_a_bomb_is_not_built_anew() -> None:
    width = (60_000).to_bytes(4, "big")
    bomb = PNG[:16] + width + width + PNG[24:]
    assert rebuild_png(bomb, 1_000_000) is None


def test_a_png_built_anew_has_the_same_pixels_and_colors() -> None:
    rebuilt = rebuild_png(png_with_wrong("length of a text"), 1_000_000)
    assert rebuilt is not None
    assert rebuilt.share == 1
    assert (decoded(rebuilt.content)[0] == decoded(PNG)[0]).all()


def test_a_file_that_claims_gigabytes_more_is_not_filled_up() -> None:
    claims = b"\x00\x00\x00\x20ftypheic" + b"\0" * 20 + b"\x7f\xff\xff\xffmdat" + b"x" * 100
    assert mended(claims, "heic", LIMITS) is None
