import hashlib
import struct

from hypothesis import given
from hypothesis import strategies as st

from resources.metadata.iptc_tags import (
    DIGEST_RESOURCE,
    IPTC_RESOURCE,
    DataSet,
    data_sets,
    image_resources,
    read_iptc,
)


def data_set(number: int, content: bytes, record: int = 2) -> bytes:
    return struct.pack(">BBBH", 0x1C, record, number, len(content)) + content


def resource(code: int, content: bytes, name: bytes = b"") -> bytes:
    named = bytes([len(name)]) + name
    named += b"\0" * (len(named) % 2)
    body = struct.pack(">L", len(content)) + content + b"\0" * (len(content) % 2)
    return b"8BIM" + struct.pack(">H", code) + named + body


def test_fields_have_names_and_repeated_ones_are_lists() -> None:
    block = (
        data_set(0, b"\0\4")
        + data_set(25, b"harbour")
        + data_set(25, "Zürich".encode())
        + data_set(90, "Zürich".encode("cp1252"))
        + data_set(55, b"20090829")
        + data_set(60, b"131808+0200")
        + data_set(222, b"unnamed")
    )
    assert read_iptc(block, bytes(16)).tags == {
        "IPTC:ApplicationRecordVersion": 4,
        "IPTC:Keywords": ["harbour", "Zürich"],
        "IPTC:City": "Zürich",
        "IPTC:DateCreated": "2009:08:29",
        "IPTC:TimeCreated": "13:18:08+02:00",
        "IPTC:2:222": "unnamed",
        "File:CurrentIPTCDigest": hashlib.md5(block).hexdigest(),  # noqa: S324
        "Photoshop:IPTCDigest": "0" * 32,
    }


def test_a_field_longer_than_the_block_is_noted_and_the_others_stay() -> None:
    reading = read_iptc(data_set(90, b"Oslo") + data_set(101, b"Norway")[:-1], None)
    assert reading.tags["IPTC:City"] == "Oslo"
    assert reading.notes == ("broken IPTC block: data set 2:101 is longer than the block",)


def test_padding_after_the_block_is_fine() -> None:
    assert read_iptc(data_set(90, b"Oslo") + bytes(3), None).notes == ()


def test_an_extended_length_counts_its_own_bytes() -> None:
    block = b"\x1c\x02\x78\x80\x04" + struct.pack(">L", 40_000) + b"x" * 40_000
    assert list(data_sets(block)) == [DataSet(2, 120, b"x" * 40_000)]


def test_image_resources_are_found_by_number() -> None:
    block = resource(IPTC_RESOURCE, b"odd", name=b"ab") + resource(DIGEST_RESOURCE, b"digest")
    assert image_resources(block) == {IPTC_RESOURCE: b"odd", DIGEST_RESOURCE: b"digest"}


def test_resources_of_a_block_cut_short_are_those_before_the_cut() -> None:
    block = resource(IPTC_RESOURCE, b"IPTC") + resource(DIGEST_RESOURCE, b"digest")[:8]
    assert image_resources(block) == {IPTC_RESOURCE: b"IPTC"}


@given(st.binary(max_size=100))
def test_garbage_never_raises(garbage: bytes) -> None:
    for head in (b"", b"\x1c\x02", data_set(90, b"Oslo")):
        assert isinstance(read_iptc(head + garbage, garbage).tags, dict)
    assert isinstance(image_resources(b"8BIM" + garbage), dict)
