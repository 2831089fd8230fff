"""What is written as XMP is read back by this project's reader and by exiftool."""

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_assets.images.catalogue_record import SIDECAR, said_in_metadata
from media_assets.images.sidecar_metadata import said_by
from resources.metadata.boilerplate import is_boilerplate
from resources.metadata.tags import clean_text
from resources.metadata.xmp_tags import read_xmp
from resources.metadata.xmp_writing import PROPERTIES, is_written_here, xmp_packet
from resources.stores.content_store import StoredFile

RECORD: dict[str, object] = {
    "title": 'The <old> mill & "river"',
    "alternative_title": '=HYPERLINK("http://example.org")',
    "caption": "A mill.",
    "description": "Two\nlines, and ]]> too",
    "keywords": ["mill", "Größe 大", "a;b"],
    "creators": ["Ada", "Bo"],
    "contributors": ["Cy"],
    "people": ["Anna Example", "安娜"],
    "events": ["Harvest fair"],
    "spatial_coverage": ["Carinthia"],
    "copyright": "© 1912",
    "credit": "Archive",
    "creation_date": "1912-05",
    "location": "Mill lane",
    "city": "Bled",
    "state": "Upper Carniola",
    "country": "Slovenia",
    "rating": 4,
    "latitude": -46.3691667,
    "longitude": 14.1136111,
}
FILE = StoredFile("derivatives/x", "0" * 64, 0, "application/json")


def read_back(packet: bytes) -> dict[str, list[str]]:
    """What our own sidecar asset says of the packet."""
    reading = read_xmp(packet)
    assert reading.notes == ()
    said = said_by(dict(reading.tags), FILE, ["a.xmp"])
    values = said_in_metadata(SIDECAR, "sidecar_metadata", said).values
    return {name: list(texts) for name, texts in values.items()}


def as_texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def test_every_field_that_has_a_property_is_read_back_as_it_was() -> None:
    found = read_back(xmp_packet(RECORD, "urn:sha256:00"))

    position = {name: float(found.pop(name)[0]) for name in ("latitude", "longitude")}
    assert found == {
        name: as_texts(value) for name, value in RECORD.items() if name not in position
    }
    assert position == pytest.approx({name: RECORD[name] for name in position}, abs=1e-8)
    assert RECORD.keys() == PROPERTIES.keys() | position.keys()


def test_exiftool_reads_what_was_written(tmp_path: Path) -> None:
    file = tmp_path / "a.xmp"
    file.write_bytes(xmp_packet(RECORD, "urn:sha256:00"))

    answer = subprocess.run(
        ["exiftool", "-json", "-G1", "-n", "-struct", file],
        capture_output=True,
        check=True,
        timeout=60,
    )

    (tags,) = json.loads(answer.stdout)
    assert "ExifTool:Warning" not in tags
    wanted = {
        "XMP-dc:Title": RECORD["title"],
        "XMP-dc:Description": RECORD["description"],
        "XMP-dc:Subject": RECORD["keywords"],
        "XMP-dc:Creator": RECORD["creators"],
        "XMP-dc:Rights": RECORD["copyright"],
        "XMP-dc:Identifier": "urn:sha256:00",
        "XMP-xmp:Rating": 4,
        "XMP-iptcExt:PersonInImage": RECORD["people"],
        "XMP-iptcExt:Event": "Harvest fair",
        "XMP-photoshop:Headline": RECORD["alternative_title"],
        "XMP-photoshop:DateCreated": "1912:05",
        "XMP-photoshop:City": "Bled",
        "XMP-iptcCore:Location": "Mill lane",
        "XMP-iptcCore:AltTextAccessibility": "A mill.",
    }
    assert {name: tags.get(name) for name in wanted} == wanted
    assert tags["XMP-exif:GPSLatitude"] == pytest.approx(RECORD["latitude"], abs=1e-8)
    assert tags["XMP-exif:GPSLongitude"] == pytest.approx(RECORD["longitude"], abs=1e-8)


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_text_makes_a_well_formed_packet_and_loses_no_printable_character(
    title: str, keywords: list[str]
) -> None:
    packet = xmp_packet({"title": title, "keywords": keywords}, "x")

    ElementTree.fromstring(packet.partition(b"?>")[2])  # noqa: S314 - our own
    assert is_written_here(packet)
    printable = "".join(char for char in clean_text(title) if char.isprintable()).strip()
    if printable and printable == title and not is_boilerplate(title):
        assert read_back(packet)["title"] == [title[:500]]


def test_half_a_position_and_a_date_in_words_are_left_out() -> None:
    packet = xmp_packet({"latitude": 1.0, "creation_date": "around 1900"}, "x")

    assert b"GPS" not in packet
    assert b"DateCreated" not in packet
