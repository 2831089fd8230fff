import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.metadata.tags import DEEPEST
from resources.metadata.xmp_tags import read_xmp

PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:mine="http://example.org/my-own/1.0/">
<rdf:Description rdf:about="" xmp:Rating="4" exif:GPSLatitude="33,51.408S"
  exif:GPSLongitude="151,12,54W" mine:shelf="12b">
 <dc:title><rdf:Alt><rdf:li xml:lang="x-default">The port</rdf:li>
   <rdf:li xml:lang="fr">Le port</rdf:li></rdf:Alt></dc:title>
 <dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>東京</rdf:li></rdf:Bag></dc:subject>
 <exif:Flash exif:Fired="True" exif:Mode="1"/>
 <Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li rdf:parseType="Resource">
   <Iptc4xmpExt:City>Oslo</Iptc4xmpExt:City></rdf:li></rdf:Bag></Iptc4xmpExt:LocationShown>
 <xmp:CreatorTool>a &amp; b</xmp:CreatorTool>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def test_properties_have_exiftools_names_whether_attribute_or_element() -> None:
    reading = read_xmp(PACKET.encode())
    assert reading.notes == ()
    assert reading.tags == {
        "XMP-xmp:Rating": "4",
        "XMP-exif:GPSLatitude": pytest.approx(-33.8568),
        "XMP-exif:GPSLongitude": pytest.approx(-151.215),
        "XMP-my-own:Shelf": "12b",
        "XMP-dc:Title": "The port",
        "XMP-dc:Title-fr": "Le port",
        "XMP-dc:Subject": ["sea", "東京"],
        "XMP-exif:Flash": {"Fired": "True", "Mode": "1"},
        "XMP-iptcExt:LocationShown": [{"City": "Oslo"}],
        "XMP-xmp:CreatorTool": "a & b",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_packet_may_be_in_any_encoding_of_unicode(encoding: str) -> None:
    assert read_xmp(PACKET.encode(encoding)).tags["XMP-dc:Subject"] == ["sea", "東京"]


@pytest.mark.parametrize(
    "packet",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>',
        '<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]><x>&file;</x>',
        '<!DOCTYPE x SYSTEM "http://example.org/x.dtd"><x/>',
    ],
    ids=["bomb", "local file", "foreign document type"],
)
def test_a_packet_with_a_document_type_is_refused(packet: str) -> None:
    reading = read_xmp(packet.encode())
    assert reading.tags == {}
    assert reading.notes[0].startswith("unreadable XMP: ")


def test_well_formed_xml_without_rdf_is_noted() -> None:
    assert read_xmp(b"<x/>").notes == ("XMP packet without RDF",)


def test_structures_nested_without_end_are_cut() -> None:
    inner = '<mine:a rdf:parseType="Resource">' * 200 + "x" + "</mine:a>" * 200
    body = PACKET.replace("<xmp:CreatorTool>a &amp; b</xmp:CreatorTool>", inner)
    value = read_xmp(body.encode()).tags["XMP-my-own:A"]
    assert str(value).count("{") <= DEEPEST


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_garbage_never_raises(garbage: bytes) -> None:
    assert isinstance(read_xmp(garbage).tags, dict)


@given(st.integers(0, len(PACKET) - 1), st.text(max_size=3))
def test_a_damaged_packet_never_raises(place: int, damage: str) -> None:
    packet = PACKET[:place] + damage + PACKET[place + 1 :]
    assert all(name.startswith("XMP-") for name in read_xmp(packet.encode()).tags)
