"""What a person asks first of an image: what, when, where, who, text, tags. For ``media show``."""

from collections.abc import Iterable, Mapping

from rich.text import Text

from command_line.queries.tables import Record
from command_line.terminal.console import cell, human_bytes, show_labeled, show_lines
from resources.display_text import plain_text

LABEL_WIDTH = 9
LONGEST_TEXT = 500
"""Characters of recognized text; all of it: --json."""


def show_summary(facts: Record, described: Record | None, text: str | None) -> None:
    """Print it; what is not known is left out."""
    known: Mapping[str, object] = {**facts, **(described or {})}
    show_lines([Text(str(facts["source_id"]), style="bold")])
    for label, value in summary(facts, known, text).items():
        if value:
            show_labeled(label, value, width=LABEL_WIDTH)


def summary(facts: Record, known: Mapping[str, object], text: str | None) -> dict[str, str]:
    """Label -> answer."""
    return {
        "what": joined([known.get("title") or known.get("caption"), *technical(facts)]),
        "outcome": joined([facts["outcome"], facts.get("reason")], ": "),
        "when": when(facts, known),
        "where": where(known),
        "who": joined(known.get(name) for name in ("people", "creators", "contributors")),
        "camera": joined([facts.get("camera_make"), facts.get("camera_model")], " "),
        "about": cell(known.get("description") or known.get("caption")),
        "text": plain_text(" ".join((text or "").split()), longest=LONGEST_TEXT),
        "tags": joined(known.get(name) for name in ("keywords", "tags", "subject", "themes")),
    }


def technical(facts: Record) -> list[object]:
    """File name, format, size in pixels and in bytes, as far as known."""
    pixels = f"{facts['width_px']} x {facts['height_px']} px" if facts.get("width_px") else None
    size = facts.get("size_bytes")
    kind = facts.get("format")
    return [
        facts["file_name"],
        str(kind).upper() if kind else None,
        pixels,
        human_bytes(int(str(size))) if size is not None else None,
    ]


def when(facts: Record, known: Mapping[str, object]) -> str:
    """When it was taken or made, as precisely as that is known; else nothing."""
    taken = facts.get("taken_at")
    if taken is None:
        return cell(known.get("creation_date"))
    length = {"year": 4, "month": 7, "day": 10}.get(str(facts.get("taken_at_precision")), 19)
    return cell(taken)[:length]


def where(known: Mapping[str, object]) -> str:
    """Names of the place and its coordinates in degrees."""
    names = ("creation_location", "location", "city", "state", "country")
    latitude, longitude = known.get("latitude"), known.get("longitude")
    degrees = None
    if isinstance(latitude, float) and isinstance(longitude, float):
        degrees = f"{latitude:.5f}, {longitude:.5f}"
    return joined([*(known.get(name) for name in names), degrees], " · ")


def joined(values: Iterable[object], separator: str = " · ") -> str:
    """The values that are known, each once; lists with commas."""
    texts = [
        ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for value in values
        if value not in (None, "", [])
    ]
    return cell(separator.join(dict.fromkeys(texts)))
