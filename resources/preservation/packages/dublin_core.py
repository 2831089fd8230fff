"""Dublin Core (the 15 elements, ISO 15836-1) as the XML of OAI-PMH's ``oai_dc``.

Which field of a catalogue record goes into which element is the table ELEMENTS; a field that
Dublin Core has no place for is in the package's other documents.
"""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from resources.metadata.xml_characters import DECLARATION
from resources.metadata.xmp_writing import texts_of

DC = "http://purl.org/dc/elements/1.1/"
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"

ELEMENTS: Mapping[str, str] = {
    "title": "title",
    "alternative_title": "title",
    "creators": "creator",
    "subject": "subject",
    "keywords": "subject",
    "tags": "subject",
    "themes": "subject",
    "people": "subject",
    "events": "subject",
    "caption": "description",
    "description": "description",
    "abstract": "description",
    "contributors": "contributor",
    "creation_date": "date",
    "spatial_coverage": "coverage",
    "temporal_coverage": "coverage",
    "creation_location": "coverage",
    "copyright": "rights",
}
"""Field of a catalogue record -> element, in the order in which they are written."""

STILL_IMAGE = "StillImage"
"""Of the DCMI Type Vocabulary."""


def dublin_core_xml(
    record: Mapping[str, object], *, identifiers: list[str], media_type: str
) -> bytes:
    """The document, in UTF-8; what is said twice is written once."""
    said = [(element, text) for field, element in ELEMENTS.items() for text in texts(record, field)]
    said += [("type", STILL_IMAGE), ("format", media_type)]
    said += [("identifier", one) for one in identifiers]
    root = Element(f"{{{OAI_DC}}}dc")
    for element, text in dict.fromkeys(said):
        SubElement(root, f"{{{DC}}}{element}").text = text
    indent(root)
    return f"{DECLARATION}{tostring(root, encoding='unicode')}\n".encode()


def texts(record: Mapping[str, object], field: str) -> list[str]:
    """What the record says in a field, as texts that XML can hold."""
    return texts_of(record.get(field))


register_namespace("dc", DC)
register_namespace("oai_dc", OAI_DC)
