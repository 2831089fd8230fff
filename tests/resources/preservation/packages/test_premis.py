"""The documents of a package follow their schemas."""

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from resources.preservation.packages.dublin_core import DC, dublin_core_xml
from resources.preservation.packages.premis import (
    NAMESPACE,
    XSI,
    PremisAgent,
    PremisEvent,
    PremisFile,
    premis_xml,
)

AT = datetime(2026, 5, 14, 18, 30, tzinfo=UTC)
FILE = PremisFile("dunes", "0" * 64, 9, "image/png", "dunes/original.png", "dünes\x00 <1>.png")
MADE = PremisFile("t", "1" * 64, 3, "image/webp", "t.webp", None, "dunes", "e1", ("e1",))
AGENT = PremisAgent("a", "libvips", "software", "8.17")
EVENT = PremisEvent("e1", "creation", AT, "made", "ok", "note", AGENT, ("dunes",), ("t",))

ORDER = {
    "premis": "object+ event* agent* rights*",
    "object": "objectIdentifier+ preservationLevel* significantProperties* "
    "objectCharacteristics+ originalName? storage* signatureInformation* relationship* "
    "linkingEventIdentifier* linkingRightsStatementIdentifier*",
    "objectIdentifier": "objectIdentifierType objectIdentifierValue",
    "objectCharacteristics": "compositionLevel? fixity* size? format+ creatingApplication* "
    "inhibitors* objectCharacteristicsExtension*",
    "fixity": "messageDigestAlgorithm messageDigest messageDigestOriginator?",
    "format": "formatDesignation formatRegistry? formatNote*",
    "formatDesignation": "formatName formatVersion?",
    "storage": "contentLocation storageMedium?",
    "contentLocation": "contentLocationType contentLocationValue",
    "relationship": "relationshipType relationshipSubType relatedObjectIdentifier+ "
    "relatedEventIdentifier* relatedEnvironmentPurpose* relatedEnvironmentCharacteristic?",
    "relatedObjectIdentifier": "relatedObjectIdentifierType relatedObjectIdentifierValue "
    "relatedObjectSequence?",
    "relatedEventIdentifier": "relatedEventIdentifierType relatedEventIdentifierValue "
    "relatedEventSequence?",
    "linkingEventIdentifier": "linkingEventIdentifierType linkingEventIdentifierValue",
    "event": "eventIdentifier eventType eventDateTime eventDetailInformation* "
    "eventOutcomeInformation* linkingAgentIdentifier* linkingObjectIdentifier*",
    "eventIdentifier": "eventIdentifierType eventIdentifierValue",
    "eventDetailInformation": "eventDetail? eventDetailExtension*",
    "eventOutcomeInformation": "eventOutcome eventOutcomeDetail*",
    "eventOutcomeDetail": "eventOutcomeDetailNote eventOutcomeDetailExtension*",
    "linkingAgentIdentifier": "linkingAgentIdentifierType linkingAgentIdentifierValue "
    "linkingAgentRole*",
    "linkingObjectIdentifier": "linkingObjectIdentifierType linkingObjectIdentifierValue "
    "linkingObjectRole*",
    "agent": "agentIdentifier+ agentName* agentType? agentVersion? agentNote* agentExtension* "
    "linkingEventIdentifier* linkingRightsStatementIdentifier* linkingEnvironmentIdentifier*",
    "agentIdentifier": "agentIdentifierType agentIdentifierValue",
}
"""Element -> what may be in it, in this order, as premis.xsd 3.0 (18 January 2016) has it in its
complex types (of ``object``: the type ``file``). Elements that are not listed hold text."""


def problems(element: Element) -> Iterator[str]:
    """What the schema forbids in an element and all below it."""
    name = local(element)
    children = [local(child) for child in element]
    if name not in ORDER:
        yield from (f"{name} holds {child}" for child in children)
        return
    left = list(children)
    for wanted in ORDER[name].split():
        part, least, most = wanted.rstrip("?*+"), wanted[-1] not in "?*", wanted[-1] in "*+"
        count = 0
        while left and left[0] == part and (most or not count):
            left.pop(0)
            count += 1
        if least and not count:
            yield f"{name} lacks {part}"
    yield from (f"{name}: {child} is unknown or out of order" for child in left)
    for child in element:
        yield from problems(child)


def local(element: Element) -> str:
    assert element.tag.startswith(f"{{{NAMESPACE}}}"), element.tag
    return element.tag.rpartition("}")[2]


def test_the_elements_come_in_the_order_of_the_schema() -> None:
    root = fromstring(premis_xml([FILE, MADE], [EVENT]))

    assert list(problems(root)) == []
    assert root.get("version") == "3.0"
    kinds = {one.get(f"{{{XSI}}}type") for one in root if local(one) == "object"}
    assert kinds == {"premis:file"}
    names = [one.text for one in root.iter(f"{{{NAMESPACE}}}originalName")]
    assert names == ["dünes <1>.png"]


def test_the_table_of_the_order_finds_what_is_wrong() -> None:
    """Else the test above would prove nothing."""
    root = fromstring(premis_xml([FILE], [EVENT]))
    root.append(root[0])
    event = root[1]
    event.remove(event[1])

    found = list(problems(root))

    assert found == ["premis: object is unknown or out of order", "event lacks eventType"]


def test_dublin_core_says_each_thing_once_and_in_its_element() -> None:
    record = {
        "title": "Last <light>",
        "alternative_title": "Last <light>",
        "keywords": ["dunes", "sea\x1b"],
        "creators": ["Anna"],
        "copyright": None,
        "latitude": 46.37,
    }

    root = fromstring(dublin_core_xml(record, identifiers=["dunes"], media_type="image/png"))

    said = [(one.tag.removeprefix(f"{{{DC}}}"), one.text) for one in root]
    assert said == [
        ("title", "Last <light>"),
        ("creator", "Anna"),
        ("subject", "dunes"),
        ("subject", "sea"),
        ("type", "StillImage"),
        ("format", "image/png"),
        ("identifier", "dunes"),
    ]
