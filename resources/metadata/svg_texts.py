"""Title, description and metadata of an SVG (SVG 1.1, chapter 5.4; RDF in its metadata element).

Read here for both engines: only what is near the beginning, where programs write it, since a
drawing may have megabytes. Parsed with defusedxml: no entities, nothing fetched.
"""

import io
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from resources.metadata.tags import MetadataReading, Tags
from resources.metadata.xmp_tags import RDF, tags_of_rdf

LARGEST_SVG_BYTES = 1_048_576
"""Of a drawing that much is searched."""

NAMES = {"title": "SVG:Title", "desc": "SVG:Desc"}


def read_svg(content: bytes) -> MetadataReading:
    """What a drawing says of itself; a note where it is no XML or declares entities."""
    tags: Tags = {}
    try:
        for element in _children(content[:LARGEST_SVG_BYTES]):
            name = str(element.tag).rpartition("}")[2]
            if name in NAMES:
                tags.setdefault(NAMES[name], "".join(element.itertext()))
            elif name == "metadata":
                for rdf in element.iter(f"{RDF}RDF"):
                    tags |= tags_of_rdf(rdf)
    except (ParseError, ValueError, LookupError, DefusedXmlException) as error:
        if isinstance(error, DefusedXmlException) or len(content) <= LARGEST_SVG_BYTES:
            return MetadataReading(tags, (f"metadata of the drawing not read to its end: {error}",))
    return MetadataReading(tags)


def _children(content: bytes) -> Iterator[Element]:
    """The elements right below the first one, as far as they are whole."""
    depth = 0
    for event, element in iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=False):
        depth += 1 if event == "start" else -1
        if event == "end" and depth == 1:
            yield element
            element.clear()
