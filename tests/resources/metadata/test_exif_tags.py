import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from resources.metadata.exif_tags import container_of, read_exif
from tests.support.metadata_pictures import INFINITE, UNDEFINED, gps_block, plain


def camera_block() -> bytes:
    exif = gps_block((33.0, 51.0, 24.48), "S", (151.0, 12.0, 55.08), "E")
    exif.update({0x010F: "Maker", 0x0112: 6, 0x8298: "photographer\0editor"})
    exif.get_ifd(0x8769).update(
        {
            0x829A: 0.004,
            0x9003: "2024:05:06 07:08:09",
            0x9286: b"UNICODE\0" + "né à Zürich".encode("utf-16-le"),
            0xA002: 40,
            0x927C: b"maker's own",
        }
    )
    return exif.tobytes()


def test_tags_have_exiftools_names_and_plain_values() -> None:
    reading = read_exif(camera_block())
    assert reading.notes == ()
    assert reading.tags == {
        "IFD0:Make": "Maker",
        "IFD0:Orientation": 6,
        "IFD0:Copyright": "photographer\neditor",
        "ExifIFD:ExposureTime": pytest.approx(0.004),
        "ExifIFD:DateTimeOriginal": "2024:05:06 07:08:09",
        "ExifIFD:UserComment": "né à Zürich",
        "ExifIFD:ExifImageWidth": 40,
        "GPS:GPSLatitudeRef": "S",
        "GPS:GPSLatitude": pytest.approx(33.8568),
        "GPS:GPSLongitudeRef": "E",
        "GPS:GPSLongitude": pytest.approx(151.2153),
    }


def test_rationals_without_a_value_are_told_as_such() -> None:
    exif = gps_block((UNDEFINED, UNDEFINED, UNDEFINED), "N", (7.0, UNDEFINED, UNDEFINED), "E")
    exif.get_ifd(0x8769).update({0x829A: UNDEFINED, 0x829D: INFINITE})
    tags = read_exif(exif.tobytes()).tags
    assert tags["GPS:GPSLatitude"] == tags["GPS:GPSLongitude"] == "undef"
    assert (tags["ExifIFD:ExposureTime"], tags["ExifIFD:FNumber"]) == ("undef", "inf")


def test_a_directory_that_is_no_offset_is_noted() -> None:
    entries = struct.pack("<HHL4s", 0x010F, 2, 4, b"Mak\0")
    entries += struct.pack("<HHL4s", 0x8825, 2, 4, b"non\0")
    reading = read_exif(b"II*\0\x08\0\0\0\2\0" + entries + bytes(4))
    assert reading.tags == {"IFD0:Make": "Mak"}
    assert reading.notes == ("EXIF has no valid GPS directory",)


def test_a_block_cut_short_gives_what_comes_before_and_a_note() -> None:
    reading = read_exif(camera_block()[:60])
    assert reading.notes
    assert "ExifIFD:DateTimeOriginal" not in reading.tags


def test_tiff_with_64_bit_offsets_is_read() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Scanner"
    content = plain("TIFF", big_tiff=True, exif=exif)
    assert read_exif(content).tags["IFD0:Make"] == "Scanner"


def test_a_container_is_its_bytes_even_when_declared_as_numbers() -> None:
    content = plain("TIFF", tiffinfo={33723: b"\x1c\x02\x5a\x00\x04Oslo", 700: b"<x/>"})
    assert container_of(content, 33723).startswith(b"\x1c\x02\x5a\x00\x04Oslo")
    assert container_of(content, 700) == b"<x/>"
    assert container_of(content, 34675) == b""


@given(st.binary(max_size=200))
def test_garbage_never_raises(garbage: bytes) -> None:
    for head in (b"", b"Exif\0\0II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"II+\0\x08\0\0\0\x10"):
        reading = read_exif(head + garbage)
        assert reading.tags or reading.notes or len(head + garbage) < 200
        container_of(head + garbage, 700)


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_block_never_raises(data: st.DataObject) -> None:
    block = bytearray(camera_block())
    places = st.tuples(st.integers(0, len(block) - 1), st.integers(0, 255))
    for place, byte in data.draw(st.lists(places, max_size=8)):
        block[place] = byte
    assert isinstance(read_exif(bytes(block)).tags, dict)


@given(
    st.lists(
        st.tuples(
            *[st.integers(0, 65535)] * 2, st.integers(0, 9), st.binary(min_size=4, max_size=4)
        ),
        max_size=30,
    )
)
def test_directories_of_any_types_and_counts_never_raise(
    entries: list[tuple[int, int, int, bytes]],
) -> None:
    block = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(entries))
    for tag, kind, count, value in entries:
        block += struct.pack("<HHL4s", tag, kind % 14, count, value)
    assert isinstance(read_exif(block + bytes(4)).tags, dict)
