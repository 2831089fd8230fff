"""PREMIS 3: the files of a picture, what happened to them, and who did it.

Elements come in the order of the Library of Congress's premis.xsd of 18 January 2016. Values are
text of strangers: the XML writer escapes them, and characters that XML cannot hold are left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from resources.metadata.xml_characters import DECLARATION, NO_XML

NAMESPACE = "http://www.loc.gov/premis/v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA = f"{NAMESPACE} https://www.loc.gov/standards/premis/premis.xsd"
SOFTWARE, PERSON = "software", "person"
"""Kinds of agents, of the Library of Congress's list."""

LOCAL = "local"
"""The type of identifiers that mean something inside one package."""


@dataclass(frozen=True)
class PremisFile:
    """One file. ``made_of`` is the file that it derives from, by the event ``made_in``."""

    identifier: str
    sha256: str
    size_bytes: int
    format_name: str
    place: str
    original_name: str | None = None
    made_of: str | None = None
    made_in: str | None = None
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class PremisAgent:
    """Who did it: a program, or a person."""

    identifier: str
    name: str
    kind: str
    version: str | None = None


@dataclass(frozen=True)
class PremisEvent:
    """Something that happened; ``kind`` is of the Library of Congress's list of event types."""

    identifier: str
    kind: str
    at: datetime
    detail: str
    outcome: str
    note: str | None
    agent: PremisAgent
    sources: tuple[str, ...]
    results: tuple[str, ...] = ()


def premis_xml(files: Sequence[PremisFile], events: Sequence[PremisEvent]) -> bytes:
    """The document of these files, at least one, in UTF-8, with the agents of the events."""
    root = Element(_name("premis"), {"version": "3.0", f"{{{XSI}}}schemaLocation": SCHEMA})
    for file in files:
        _add_file(root, file)
    for event in events:
        _add_event(root, event)
    for agent in {event.agent.identifier: event.agent for event in events}.values():
        _add_agent(root, agent)
    indent(root)
    return f"{DECLARATION}{tostring(root, encoding='unicode')}\n".encode()


def _add_file(root: Element, file: PremisFile) -> None:
    element = SubElement(root, _name("object"), {f"{{{XSI}}}type": "premis:file"})
    _identify(element, "objectIdentifier", file.identifier)
    _identify(element, "objectIdentifier", f"urn:sha256:{file.sha256}", kind="URI")
    characteristics = _part(element, "objectCharacteristics")
    _text(characteristics, "compositionLevel", "0")
    fixity = _part(characteristics, "fixity")
    _text(fixity, "messageDigestAlgorithm", "SHA-256")
    _text(fixity, "messageDigest", file.sha256)
    _text(characteristics, "size", str(file.size_bytes))
    designation = _part(_part(characteristics, "format"), "formatDesignation")
    _text(designation, "formatName", file.format_name)
    if file.original_name:
        _text(element, "originalName", file.original_name)
    location = _part(_part(element, "storage"), "contentLocation")
    _text(location, "contentLocationType", "path in the package")
    _text(location, "contentLocationValue", file.place)
    if file.made_of:
        _add_relationship(element, file.made_of, file.made_in)
    _link(element, "linkingEventIdentifier", file.events)


def _add_relationship(element: Element, made_of: str, made_in: str | None) -> None:
    relationship = _part(element, "relationship")
    _text(relationship, "relationshipType", "derivation")
    _text(relationship, "relationshipSubType", "has source")
    _link(relationship, "relatedObjectIdentifier", [made_of])
    _link(relationship, "relatedEventIdentifier", [made_in] if made_in else [])


def _add_event(root: Element, event: PremisEvent) -> None:
    element = _part(root, "event")
    _identify(element, "eventIdentifier", event.identifier)
    _text(element, "eventType", event.kind)
    _text(element, "eventDateTime", event.at.isoformat())
    _text(_part(element, "eventDetailInformation"), "eventDetail", event.detail)
    outcome = _part(element, "eventOutcomeInformation")
    _text(outcome, "eventOutcome", event.outcome)
    if event.note:
        _text(_part(outcome, "eventOutcomeDetail"), "eventOutcomeDetailNote", event.note)
    role = "implementer" if event.agent.kind == PERSON else "executing program"
    _link(element, "linkingAgentIdentifier", [event.agent.identifier], role=role)
    _link(element, "linkingObjectIdentifier", event.sources, role="source")
    _link(element, "linkingObjectIdentifier", event.results, role="outcome")


def _add_agent(root: Element, agent: PremisAgent) -> None:
    element = _part(root, "agent")
    _identify(element, "agentIdentifier", agent.identifier)
    _text(element, "agentName", agent.name)
    _text(element, "agentType", agent.kind)
    if agent.version:
        _text(element, "agentVersion", agent.version)


def _identify(parent: Element, name: str, value: str, *, kind: str = LOCAL) -> None:
    element = _part(parent, name)
    _text(element, f"{name}Type", kind)
    _text(element, f"{name}Value", value)


def _link(parent: Element, name: str, values: Iterable[str], *, role: str | None = None) -> None:
    for value in values:
        _identify(parent, name, value)
        if role:
            _text(parent[-1], f"{name.removesuffix('Identifier')}Role", role)


def _part(parent: Element, name: str) -> Element:
    return SubElement(parent, _name(name))


def _text(parent: Element, name: str, text: str) -> None:
    _part(parent, name).text = NO_XML.sub("", text)


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


register_namespace("premis", NAMESPACE)
register_namespace("xsi", XSI)
