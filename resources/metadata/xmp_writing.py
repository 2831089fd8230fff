"""Writes catalogue records as XMP sidecars (ISO 16684-1) that other programs read.

Properties are those that picture programs know: Dublin Core, the basic schema, Photoshop's, IPTC
Core and Extension and EXIF's GPS. All values go through the XML writer, which escapes them;
characters that XML cannot hold are left out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import (
    Element,
    SubElement,
    register_namespace,
    tostring,
)

from resources.metadata.xml_characters import NO_XML

TOOLKIT = "media-assets"
"""``x:xmptk`` of every packet written here: how a later export knows its own files."""

NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "exif": "http://ns.adobe.com/exif/1.0/",
}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
TAIL = '\n<?xpacket end="w"?>\n'


@dataclass(frozen=True)
class Property:
    """Where a field is written, and in which form: simple, Alt, Bag or Seq."""

    name: str
    form: str = "simple"


PROPERTIES: Mapping[str, Property] = {
    "title": Property("dc:title", "Alt"),
    "description": Property("dc:description", "Alt"),
    "keywords": Property("dc:subject", "Bag"),
    "creators": Property("dc:creator", "Seq"),
    "contributors": Property("dc:contributor", "Bag"),
    "people": Property("Iptc4xmpExt:PersonInImage", "Bag"),
    "events": Property("Iptc4xmpExt:Event", "joined"),
    "spatial_coverage": Property("dc:coverage", "joined"),
    "copyright": Property("dc:rights", "Alt"),
    "rating": Property("xmp:Rating"),
    "alternative_title": Property("photoshop:Headline"),
    "credit": Property("photoshop:Credit"),
    "creation_date": Property("photoshop:DateCreated"),
    "city": Property("photoshop:City"),
    "state": Property("photoshop:State"),
    "country": Property("photoshop:Country"),
    "location": Property("Iptc4xmpCore:Location"),
    "caption": Property("Iptc4xmpCore:AltTextAccessibility", "Alt"),
}
"""Field of a catalogue record -> property. Fields without one stay in the tables."""

ISO_DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?)?)?)?")


def xmp_packet(record: Mapping[str, object], identifier: str) -> bytes:
    """The sidecar of one record; ``identifier`` (dc:identifier) names the image it is about."""
    meta = Element(_qualified("x:xmpmeta"), {_qualified("x:xmptk"): TOOLKIT})
    rdf = SubElement(meta, _qualified("rdf:RDF"))
    description = SubElement(rdf, _qualified("rdf:Description"), {_qualified("rdf:about"): ""})
    _add(description, Property("dc:identifier"), [identifier])
    for field, kind in PROPERTIES.items():
        texts = texts_of(record.get(field))
        if field == "creation_date":
            texts = [text for text in texts if ISO_DATE.fullmatch(text)]
        if texts:
            _add(description, kind, texts)
    for name, text in gps(record).items():
        _add(description, Property(name), [text])
    return (HEAD + tostring(meta, encoding="unicode") + TAIL).encode("utf-8")


def is_written_here(content: bytes) -> bool:
    """Whether a file is a packet of ours."""
    return f'xmptk="{TOOLKIT}"'.encode() in content[:1000]


def texts_of(value: object) -> list[str]:
    """A field's value as texts that XML can hold; empty when there is none."""
    values = value if isinstance(value, list | tuple) else [value]
    texts = (NO_XML.sub("", str(one)).strip() for one in values if one is not None)
    return [text for text in texts if text]


def gps(record: Mapping[str, object]) -> dict[str, str]:
    """The position in XMP's form, degrees and decimal minutes; empty when half of it is missing."""
    latitude, longitude = record.get("latitude"), record.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return {}
    return {
        "exif:GPSLatitude": coordinate(latitude, "NS"),
        "exif:GPSLongitude": coordinate(longitude, "EW"),
    }


def coordinate(degrees: float, directions: str) -> str:
    """Signed degrees as ``47,30.5N``; seven decimals of a minute are a fifth of a millimetre."""
    whole, minutes = divmod(round(abs(degrees) * 60, 7), 60)
    return f"{int(whole)},{minutes:.7f}{directions[0] if degrees >= 0 else directions[1]}"


def _add(parent: Element, kind: Property, texts: Sequence[str]) -> None:
    element = SubElement(parent, _qualified(kind.name))
    if kind.form in ("simple", "joined"):
        element.text = "; ".join(texts)
        return
    container = SubElement(element, _qualified(f"rdf:{kind.form}"))
    for text in texts:
        item = SubElement(container, _qualified("rdf:li"))
        item.text = text
        if kind.form == "Alt":
            item.set(XML_LANG, "x-default")


def _qualified(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


for _prefix, _uri in NAMESPACES.items():
    register_namespace(_prefix, _uri)
