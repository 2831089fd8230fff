"""One bad character never loses the packet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.metadata.xmp_parsing import MOST_ELEMENTS
from resources.metadata.xmp_tags import read_xmp

HEAD = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="'
)
BODY = '"><photoshop:Credit>'
TAIL = "</photoshop:Credit></rdf:Description></rdf:RDF></x:xmpmeta>"


def packet(city: bytes, credit: bytes) -> bytes:
    return HEAD.encode() + city + BODY.encode() + credit + TAIL.encode()


@pytest.mark.parametrize(
    ("content", "city", "credit"),
    [
        (packet(b"Bl\x0bed", b"A\x1b[31mda"), "Bled", "A[31mda"),
        (packet(b"Bled\0", b"Ada"), "Bled", "Ada"),
        (packet(b"Bled", b"A&#11;d&#x0;a"), "Bled", "Ada"),
        (packet(b"AT&T", b"A&nbsp;da"), "AT&T", "A&nbsp;da"),
        (packet(b"Bled", b"R&D &amp; more"), "Bled", "R&D & more"),
        (packet("Zürich".encode("cp1252"), b"Ada"), "Zürich", "Ada"),
        (packet("Київ".encode()[:-1], b"Ada"), "Ки\N{CYRILLIC SMALL LETTER YI}", "Ada"),
        (b"GIF89a" + packet(b"Bled", b"Ada") + b"\0\x01trailer", "Bled", "Ada"),
        (
            b"\xff\xfe" + (HEAD + "Bl\x0bed" + BODY + "Ada" + TAIL).encode("utf-16-le"),
            "Bled",
            "Ada",
        ),
    ],
    ids=[
        "control characters",
        "NUL",
        "references to control characters",
        "bare ampersand and entity",
        "ampersands mixed",
        "another encoding",
        "half a letter",
        "things around it",
        "UTF-16",
    ],
)
def test_what_xml_does_not_allow_is_left_out_and_the_rest_read(
    content: bytes, city: str, credit: str
) -> None:
    reading = read_xmp(content)
    found = {
        name: str(value).rstrip("\N{REPLACEMENT CHARACTER}") for name, value in reading.tags.items()
    }
    assert found == {"XMP-photoshop:City": city, "XMP-photoshop:Credit": credit}
    assert len(reading.notes) == 1
    assert reading.notes[0].startswith("broken XMP, read after mending it: ")


def test_of_a_packet_that_breaks_off_the_beginning_is_read() -> None:
    reading = read_xmp(packet(b"Bled", b"Ada")[: -len(TAIL) - 2])
    assert reading.tags["XMP-photoshop:City"] == "Bled"
    assert reading.notes[0].startswith("broken XMP, read up to the damage: ")


def test_a_document_type_stays_forbidden_also_while_mending() -> None:
    hostile = b'<!DOCTYPE a [<!ENTITY b "c">]>' + packet(b"Bl\x0bed", b"&b;")
    assert read_xmp(hostile).tags == {}


def test_of_a_packet_with_a_million_elements_the_first_are_read() -> None:
    many = packet(b"Bled", b"Ada").replace(
        b"</rdf:Desc", b"<photoshop:A/>" * 1_000_000 + b"</rdf:Desc"
    )
    reading = read_xmp(many)
    assert reading.tags["XMP-photoshop:Credit"] == "Ada"
    assert reading.notes == (f"XMP read up to {MOST_ELEMENTS} elements",)


@given(st.binary(), st.binary())
def test_no_bytes_break_it(city: bytes, credit: bytes) -> None:
    assert isinstance(read_xmp(packet(city, credit)).tags, dict)
