"""Metadata of a PNG, within bounds before they are inflated."""

import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.metadata import png_chunks
from resources.metadata.embedded_metadata_reader import read_embedded_metadata
from resources.metadata.png_chunks import read_png
from resources.metadata.tags import LARGEST_JSON_BYTES, LONGEST_TEXT
from resources.metadata.xmp_tags import LARGEST_PACKET_BYTES
from tests.support.metadata_pictures import plain
from tests.torture.variants import png_chunk

TITLE = png_chunk(b"tEXt", b"Title\0Lighthouse")
HEADER_BYTES = 33
ENGINES = ["exiftool", "pillow"]


def with_chunks(*chunks: bytes, behind: bytes = b"") -> bytes:
    """A PNG with these chunks before its pixels, and others behind them."""
    content = plain("PNG")
    return (
        content[:HEADER_BYTES]
        + b"".join(chunks)
        + content[HEADER_BYTES:-12]
        + behind
        + content[-12:]
    )


def packed(keyword: bytes, text: bytes) -> bytes:
    return png_chunk(b"zTXt", keyword + b"\0\0" + zlib.compress(text))


def test_texts_of_all_three_kinds_have_exiftools_names() -> None:
    found = read_png(
        with_chunks(
            TITLE,
            packed(b"Creation Time", b"2023:05:06 07:08:09"),
            png_chunk(b"iTXt", b"Title\0\0\0de\0Titel\0" + "Südkap".encode()),
            png_chunk(b"iTXt", b"Author\0\1\0\0\0" + zlib.compress("東京".encode())),
            png_chunk(b"tEXt", b"Comment\0Caf\xe9"),
            png_chunk(b"tEXt", b"Comment\0" + "Café".encode()),
            png_chunk(b"tEXt", b"sd-metadata\0{}"),
        )
    )
    assert found.texts == {
        "PNG:Title": "Lighthouse",
        "PNG:CreationTime": "2023:05:06 07:08:09",
        "PNG:Title-de": "Südkap",
        "PNG:Author": "東京",
        "PNG:Comment": ["Café", "Café"],
        "PNG:Sd-metadata": "{}",
    }
    assert found.notes == ()


def test_texts_behind_the_pixels_are_read() -> None:
    assert read_png(with_chunks(behind=TITLE)).texts == {"PNG:Title": "Lighthouse"}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "chunk",
    [
        packed(b"workflow", b"a" * 200_000_000),
        png_chunk(b"tEXt", b"workflow\0" + b"a" * 20_000_000),
        png_chunk(b"iTXt", b"workflow\0\1\0\0\0" + zlib.compress(b"a" * 100_000_000)),
        png_chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(LARGEST_PACKET_BYTES + 1))),
        packed(b"Raw profile type xmp", bytes(LARGEST_PACKET_BYTES + 1)),
        png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(200_000_000))),
        b"".join(packed(b"text %d" % number, b"a" * 250_000) for number in range(100)),
        png_chunk(b"zTXt", b"broken\0\0not deflated"),
    ],
    ids=["zTXt", "tEXt", "iTXt", "profile", "old XMP", "XMP", "many texts", "broken"],
)
def test_what_is_too_large_is_left_out_and_the_title_stays(chunk: bytes, engine: str) -> None:
    reading = read_embedded_metadata(with_chunks(chunk, TITLE), "png", engine)
    assert reading.tags["PNG:Title"] == "Lighthouse"
    assert reading.notes
    assert sum(len(str(value)) for value in reading.tags.values()) <= LARGEST_JSON_BYTES


def test_no_more_is_inflated_than_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gigabyte in a megabyte must not become a gigabyte anywhere."""
    inflated: list[int] = []

    class Measured:
        def __init__(self) -> None:
            self._real = REAL()

        def decompress(self, data: bytes, limit: int) -> bytes:
            found = self._real.decompress(data, limit)
            inflated.append(len(found))
            return found

        @property
        def unconsumed_tail(self) -> bytes:
            return self._real.unconsumed_tail

    REAL = zlib.decompressobj  # noqa: N806 - the real one
    monkeypatch.setattr(png_chunks.zlib, "decompressobj", Measured)
    read_png(with_chunks(packed(b"workflow", b"a" * 50_000_000)))
    assert inflated == [4 * LONGEST_TEXT]


def test_the_skeleton_is_a_png_without_pixels_and_texts() -> None:
    content = with_chunks(TITLE, png_chunk(b"pHYs", bytes(9)))
    skeleton = read_png(content).skeleton
    assert b"pHYs" in skeleton
    assert b"IDAT" not in skeleton
    assert b"Lighthouse" not in skeleton
    assert read_png(skeleton).notes == ()


def test_of_a_damaged_png_the_chunks_before_the_damage_are_read() -> None:
    content = with_chunks(TITLE)
    found = read_png(content[: HEADER_BYTES + len(TITLE) + 5])
    assert found.texts == {"PNG:Title": "Lighthouse"}
    assert found.notes[0].startswith("chunks behind the damage left unread: ")


def test_a_workflow_of_two_megabytes_hides_nothing() -> None:
    """The picture of python-pillow/Pillow#8363's kind: its texts were all lost without exiftool."""
    workflow = Path(__file__).read_bytes() * 300
    content = with_chunks(packed(b"workflow", workflow), packed(b"prompt", b"a lighthouse"), TITLE)
    for engine in ENGINES:
        tags = read_embedded_metadata(content, "png", engine).tags
        assert (tags["PNG:Title"], tags["PNG:Prompt"]) == ("Lighthouse", "a lighthouse")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf"]))
def test_no_chunk_breaks_it(data: bytes, kind: bytes) -> None:
    assert isinstance(read_png(with_chunks(png_chunk(kind, data))).texts, dict)
