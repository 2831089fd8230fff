"""What Google Takeout writes beside a picture: JSON with its date, place, description and people.

The files are called ``photo.jpg.supplemental-metadata.json`` (also cut, numbered, or plain
``.json``); Google documents no schema, so that every part is optional and nothing is believed. What
they hold was known to Google Photos, partly from the file itself: it counts where the file says
nothing (landing decides which picture a file belongs to).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from resources.metadata.keywords_and_people import each_once
from resources.metadata.tags import LONGEST_LIST, LONGEST_TEXT
from resources.metadata.values import number_of, text_of

SUFFIX = ".json"

TAKEN_TAG = "GoogleTakeout:photoTakenTime"

LARGEST_TAKEOUT_BYTES = 1_048_576
"""Usual ones have 1 kB."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

KNOWN_KEYS = frozenset({"photoTakenTime", "geoData", "geoDataExif", "people", "googlePhotosOrigin"})
"""One of these is in every such file."""


@dataclass(frozen=True)
class TakeoutFacts:
    """What one file says; ``taken_at`` is UTC (naive), to the second, positions are WGS 84."""

    taken_at: datetime | None = None
    description: str | None = None
    people: list[str] = field(default_factory=list)
    latitude: float | None = None
    longitude: float | None = None


def read_takeout(content: bytes) -> tuple[TakeoutFacts, tuple[str, ...]]:
    """The facts in a file of Google Takeout, and notes about what cannot be read."""
    if len(content) > LARGEST_TAKEOUT_BYTES:
        return TakeoutFacts(), ("more than 1 MiB left unread",)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        return TakeoutFacts(), (f"unreadable JSON: {error}",)
    if not isinstance(found, dict) or not KNOWN_KEYS & found.keys():
        return TakeoutFacts(), ("not what Google Takeout writes about a picture",)
    latitude, longitude = _position(found)
    facts = TakeoutFacts(
        taken_at=_time(found.get("photoTakenTime")),
        description=(text_of(found.get("description")) or "")[:LONGEST_TEXT] or None,
        people=_people(found.get("people")),
        latitude=latitude,
        longitude=longitude,
    )
    return facts, ()


def _time(value: Any) -> datetime | None:
    """The moment of {"timestamp": "1258375918"}: seconds since 1970, before it negative."""
    seconds = number_of(value.get("timestamp")) if isinstance(value, dict) else None
    if seconds is None:
        return None
    try:
        moment = EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return moment.replace(tzinfo=None, microsecond=0)


def _position(found: Mapping[str, Any]) -> tuple[float, float] | tuple[None, None]:
    """The place that was set in Google Photos, else the file's; 0, 0 stands for none."""
    places = (found.get(name) for name in ("geoData", "geoDataExif"))
    for place in places:
        known = place if isinstance(place, dict) else {}
        latitude, longitude = (number_of(known.get(axis)) for axis in ("latitude", "longitude"))
        is_some = latitude is not None and longitude is not None and (latitude or longitude)
        if is_some and abs(latitude or 0) <= 90 and abs(longitude or 0) <= 180:
            return latitude or 0, longitude or 0
    return None, None


def _people(value: Any) -> list[str]:
    """The names in [{"name": "Anna"}]."""
    items = value if isinstance(value, list) else []
    names = (text_of(item.get("name")) for item in items[:LONGEST_LIST] if isinstance(item, dict))
    return each_once(name[:500] for name in names if name)
