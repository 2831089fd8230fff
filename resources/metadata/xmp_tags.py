"""Tags from an XMP packet (ISO 16684-1: RDF in XML), named as exiftool does.

Parsed with defusedxml: no document type, no entities, nothing fetched. One bad character does not
lose the packet: see ``xmp_parsing``.
"""

import re
from xml.etree.ElementTree import Element

from resources.metadata.tags import DEEPEST, MetadataReading, Tags, TagValue
from resources.metadata.xmp_parsing import parse_xmp

LARGEST_PACKET_BYTES = 16 * 1_048_576
"""A packet in a JPEG segment has at most 64 kB; maps of depth make larger ones elsewhere."""

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ARRAYS = (f"{RDF}Bag", f"{RDF}Seq", f"{RDF}Alt")

GROUPS = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://ns.adobe.com/camera-raw-settings/1.0/": "crs",
    "http://ns.adobe.com/pdf/1.3/": "pdf",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "iptcCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "iptcExt",
    "http://ns.microsoft.com/photo/1.0/": "microsoft",
    "http://ns.microsoft.com/photo/1.2/": "MP",
    "http://ns.microsoft.com/expressionmedia/1.0/": "expressionmedia",
    "http://ns.iview-multimedia.com/mediapro/1.0/": "mediapro",
    "http://ns.acdsee.com/regions/": "acdsee-rs",
    "http://www.digikam.org/ns/1.0/": "digiKam",
    "http://www.metadataworkinggroup.com/schemas/regions/": "mwg-rs",
    "http://www.metadataworkinggroup.com/schemas/keywords/": "mwg-kw",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://creativecommons.org/ns#": "cc",
    "adobe:ns:meta/": "x",
}
"""exiftool's group of a namespace; others are named after the last word of their address."""

EXIFTOOL_NAMES = {
    "XMP-exif:ISOSpeedRatings": "XMP-exif:ISO",
    "XMP-x:Xmptk": "XMP-x:XMPToolkit",
    "XMP-mwg-rs:Regions": "XMP-mwg-rs:RegionInfo",
    "XMP-mwg-kw:Keywords": "XMP-mwg-kw:KeywordInfo",
    "XMP-MP:RegionInfo": "XMP-MP:RegionInfoMP",
}

COORDINATE = re.compile(r"(\d{1,3}),(\d{1,3}(?:\.\d+)?)(?:,(\d{1,3}(?:\.\d+)?))?([NSEW])")
"""XMP's GPSCoordinate: degrees, minutes and seconds (or minutes with decimals), direction."""


def read_xmp(packet: bytes) -> MetadataReading:
    """The tags of a packet; none and a note when it is not XML or uses a DTD.

    Of a packet that is broken off, those before the damage.
    """
    if len(packet) > LARGEST_PACKET_BYTES:
        return MetadataReading({}, ("XMP packet of more than 16 MiB left unread",))
    root, notes = parse_xmp(packet)
    if root is None:
        return MetadataReading({}, notes)
    rdf = root if root.tag == f"{RDF}RDF" else root.find(f".//{RDF}RDF")
    if rdf is None:
        return MetadataReading({}, notes or ("XMP packet without RDF",))
    return MetadataReading(tags_of_rdf(rdf), notes)


def tags_of_rdf(rdf: Element) -> Tags:
    """The tags of an rdf:RDF element: of rdf:Description and of nodes that name their type."""
    tags: Tags = {}
    for description in rdf:
        _add_properties(tags, description)
    return tags


def _add_properties(tags: Tags, description: Element) -> None:
    for name, text in description.attrib.items():
        if not name.startswith((RDF, XML_LANG)):
            tags[tag_name(name)] = _converted(tag_name(name), text)
    for element in description:
        name = tag_name(element.tag)
        languages = _languages(element)
        if languages is None:
            tags[name] = _converted(name, _value(element, 1))
        for language, text in (languages or {}).items():
            tags[name if language == "x-default" else f"{name}-{language}"] = text


def tag_name(qualified: str) -> str:
    """The name exiftool gives a property, such as XMP-dc:Title for Dublin Core's title."""
    uri, _, local = qualified.removeprefix("{").rpartition("}")
    group = (
        GROUPS.get(uri)
        or GROUPS.get(f"{uri}/")
        or re.sub(r"[\d./#]+$", "", uri).rpartition("/")[2]
        or "unknown"
    )
    name = f"XMP-{group}:{local[:1].upper()}{local[1:]}"
    return EXIFTOOL_NAMES.get(name, name)


def _languages(element: Element) -> dict[str, str] | None:
    """The alternatives of a text by language, None when the property is no such list."""
    items = element.findall(f"{RDF}Alt/{RDF}li")
    if not any(XML_LANG in item.attrib for item in items):
        return None
    return {item.get(XML_LANG, "x-default"): item.text or "" for item in items}


def _value(element: Element, depth: int) -> TagValue:
    """A simple text, a list, or a structure, as deep as DEEPEST."""
    if depth > DEEPEST:
        return "..."
    array = next((child for child in element if child.tag in ARRAYS), None)
    if array is not None:
        return [_value(item, depth + 1) for item in array]
    inner = element.find(f"{RDF}Description")
    fields = _fields(element if inner is None else inner, depth)
    if fields:
        return fields
    return element.get(f"{RDF}resource") or element.text or ""


def _fields(element: Element, depth: int) -> Tags:
    attributes: Tags = {
        _field_name(name): text
        for name, text in element.attrib.items()
        if not name.startswith((RDF, XML_LANG))
    }
    return attributes | {_field_name(child.tag): _value(child, depth + 1) for child in element}


def _field_name(qualified: str) -> str:
    return tag_name(qualified).partition(":")[2]


def _converted(name: str, value: TagValue) -> TagValue:
    """Coordinates as signed degrees; everything else as it is."""
    if not name.startswith("XMP-exif:GPS") or not isinstance(value, str):
        return value
    match = COORDINATE.fullmatch(value.strip())
    if match is None:
        return value
    degrees = int(match[1]) + float(match[2]) / 60 + float(match[3] or 0) / 3600
    return -degrees if match[4] in "SW" else degrees
