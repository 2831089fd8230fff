"""Where in its parent a child is, in words: "at 12.48 s", "page 3", "chapter 2, scene 5".

A place is a small JSON object, written by the asset that found the child there.
"""

import json
from collections.abc import Mapping


def place_of(text: str | None) -> dict[str, object] | None:
    """The place as stored, ``{"page": 3}``; None for a source that is no child."""
    found = json.loads(text) if text else None
    return found if isinstance(found, dict) else None


def place_text(place: Mapping[str, object]) -> str:
    """The place in words, in its own order: seconds as "at 12.48 s", all else as "key value"."""
    return ", ".join(
        f"at {value} s" if key == "seconds" else f"{key} {value}" for key, value in place.items()
    )


def parent_text(parent_id: str | None, place: Mapping[str, object] | None) -> str | None:
    """Such as "from film-3f2a9c41b7de at 12.48 s"; None for a source without a parent."""
    if parent_id is None:
        return None
    return " ".join(filter(None, ("from", parent_id, place_text(place or {}))))
