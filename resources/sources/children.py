"""Children: sources that come out of another source, such as the frames of a film.

The pure function of a derivative keeps a child's bytes and names it in its payload, in a field
``children: list[Child]``. The executor then has them accepted and writes their ids into the row.
A child is an ordinary source from there on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from resources.sources.originals import Source

Place = Mapping[str, str | int | float]


@dataclass(frozen=True)
class Child:
    """One child, as its parent's row names it.

    ``path`` is where its bytes are, relative to MEDIA_HOME. ``place`` says in JSON where in the
    parent it is: ``{"seconds": 12.48}``, ``{"page": 3}``. ``medium`` is what kind of source it is,
    null for an image. ``source_id`` is set when it has been accepted.
    """

    sha256: str
    path: str
    size_bytes: int
    name: str
    place: str
    medium: str | None = None
    source_id: str | None = None


def keep_child(parent: Source, content: bytes, *, name: str, suffix: str, place: Place) -> Child:
    """Keep the bytes of an image that was found in ``parent``, durably; return the child.

    ``name`` gives its id a readable first half, ``suffix`` is like ".png". Harmless when repeated.
    Raises OSError when the disk refuses.
    """
    kept = parent.originals.put(content, suffix, "")
    place_text = json.dumps(place, sort_keys=True, ensure_ascii=False)
    return Child(kept.sha256, kept.path, kept.size_bytes, f"{name}{suffix}", place_text)
