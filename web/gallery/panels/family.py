"""What the picture was made of, and what was made of it."""

from collections.abc import Sequence
from typing import Any

from media_assets.search.answers.place_text import place_of, place_text
from web.gallery.grid.pictures import pictures_of_ids
from web.gallery.panels.panel import Shown, Values, panel

MOST = 48
PARENTS = """
select parent_id as source_id, parent_medium as medium, place, is_current
from children
where child_id = ?
order by is_current desc, parent_id, place
limit ?
"""
CHILDREN = """
select child_id as source_id, child_medium as medium, place, is_current
from children
where parent_id = ?
order by is_current desc, place, child_id
limit ?
"""


def read(shown: Shown) -> Values | None:
    """``parents`` and ``children`` with their places in words."""
    parents, children = (
        relatives(shown, shown.published.records(sql, [shown.image_id, MOST]))
        for sql in (PARENTS, CHILDREN)
    )
    return {"parents": parents, "children": children} if parents or children else None


def relatives(shown: Shown, records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with its place in words, and its ``picture`` where it is one."""
    ids = [record["source_id"] for record in records]
    pictures = {one.image_id: one for one in pictures_of_ids(shown.published, ids)}
    return [
        {
            **record,
            "place": place_text(place_of(record["place"]) or {}),
            "picture": pictures.get(record["source_id"]),
        }
        for record in records
    ]


PANEL = panel(__file__, "Parent and children", read, is_wide=True)
