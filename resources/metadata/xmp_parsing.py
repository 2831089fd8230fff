"""XML of XMP packets, also where it is not quite XML.

Programs write control characters, bare ampersands, letters in another encoding and things before
and after the packet; copies break off. What can be mended is, with a note of it; of a packet that
is broken off, all before the damage is read.
"""

import io
import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from resources.metadata.text_encoding import decode_8bit
from resources.metadata.xml_characters import NO_XML

UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}

PACKET = re.compile(r"<(?:\w+:)?(?:xmpmeta|xapmeta|RDF)\b.*", re.DOTALL)
END = re.compile(r".*</(?:\w+:)?(?:xmpmeta|xapmeta|RDF)\s*>", re.DOTALL)

MOST_ELEMENTS = 20_000
"""Elements that are read: a thousand keywords, or regions, have fewer."""

REFERENCE = re.compile(r"&(?:#(?P<decimal>\d{1,8});|#x(?P<hex>[0-9A-Fa-f]{1,7});|(?P<name>\w+;)?)")
ENTITIES = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
"""The only ones that XML knows without a document type (XML 1.0, section 4.6)."""


class TooManyElements(Exception):
    """The packet has more elements than are read."""


def parse_xmp(packet: bytes) -> tuple[Element | None, tuple[str, ...]]:
    """The root of the packet, mended where needed, and notes; None where it is no XML."""
    whole = packet if packet[:2] in UTF_16 else packet.strip(b"\0 \t\r\n")
    root, problem = _parsed(whole)
    if isinstance(problem, TooManyElements):
        return root, (f"XMP read up to {MOST_ELEMENTS} elements",)
    if problem is None or isinstance(problem, DefusedXmlException):
        return root, () if problem is None else (f"unreadable XMP: {problem}",)
    mended_root, remaining = _parsed(mended(packet).encode("utf-8"))
    if isinstance(remaining, DefusedXmlException) or mended_root is None:
        return None, (f"unreadable XMP: {remaining or problem}",)
    state = "read after mending it" if remaining is None else "read up to the damage"
    return mended_root, (f"broken XMP, {state}: {problem}",)


def _parsed(packet: bytes) -> tuple[Element | None, Exception | None]:
    """The root with all that was read before a problem, and the problem."""
    root: Element | None = None
    try:
        elements = iterparse(io.BytesIO(packet), events=("start",), forbid_dtd=True)
        for number, (_, element) in enumerate(elements):
            root = element if root is None else root
            if number > MOST_ELEMENTS:
                return root, TooManyElements()
    except DefusedXmlException as error:
        return None, error
    except (ParseError, ValueError, LookupError) as error:
        return root, error
    return root, None


def mended(packet: bytes) -> str:
    """The packet alone, with the characters and references that XML allows."""
    encoding = UTF_16.get(packet[:2])
    text = packet[2:].decode(encoding, "replace") if encoding else decode_8bit(packet)
    start = PACKET.search(text)
    text = (start[0] if start else text).replace("\r", "\n")
    end = END.match(text)
    return REFERENCE.sub(_allowed, NO_XML.sub("", end[0] if end else text))


def _allowed(found: re.Match[str]) -> str:
    """The reference if XML allows it, nothing for a character that it does not, else plain text."""
    number = int(found["decimal"] or 0) or int(found["hex"] or "0", 16)
    if found["decimal"] or found["hex"]:
        is_allowed = 0 < number <= 0x10FFFF and not NO_XML.match(chr(number))
        return found[0] if is_allowed else ""
    return found[0] if found["name"] in ENTITIES else f"&amp;{found[0][1:]}"
