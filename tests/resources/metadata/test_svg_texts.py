"""What a drawing says of itself, by either engine."""

import pytest

from resources.metadata.embedded_metadata_reader import read_embedded_metadata
from resources.metadata.svg_texts import LARGEST_SVG_BYTES, read_svg

HEAD = (
    '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://example.org/s.dtd">'
    '<svg xmlns="http://www.w3.org/2000/svg"><title>The <tspan>old</tspan> mill</title>'
    "<desc>Föhr</desc><metadata>"
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:cc="http://creativecommons.org/ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    '<cc:Work rdf:about=""><dc:subject><rdf:Bag><rdf:li>mill</rdf:li></rdf:Bag></dc:subject>'
    "</cc:Work></rdf:RDF></metadata><g><title>a part of it</title></g>"
)
TOLD = {"SVG:Title": "The old mill", "SVG:Desc": "Föhr", "XMP-dc:Subject": ["mill"]}


@pytest.mark.parametrize("engine", ["exiftool", "pillow"])
def test_title_description_and_rdf_of_the_whole_drawing_are_read(engine: str) -> None:
    reading = read_embedded_metadata(f"{HEAD}</svg>".encode(), "svg", engine)
    assert (reading.tags, reading.notes) == (TOLD, ())


def test_of_a_drawing_of_megabytes_the_beginning_is_read() -> None:
    paths = '<path d="M 1 2 L 3 4"/>' * (2 * LARGEST_SVG_BYTES // 20)
    reading = read_svg(f"{HEAD}{paths}</svg>".encode())
    assert (reading.tags, reading.notes) == (TOLD, ())


@pytest.mark.parametrize(
    "content",
    [b"", b"no XML", HEAD.encode(), b'<!DOCTYPE a [<!ENTITY b "c">]><svg><title>&b;</title></svg>'],
    ids=["nothing", "no XML", "broken off", "entities"],
)
def test_what_cannot_be_read_is_noted(content: bytes) -> None:
    assert len(read_svg(content).notes) == 1
    assert read_svg(content).tags.get("SVG:Title") != "c"
