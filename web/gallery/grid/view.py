"""What of the pictures is shown and how: read from an address, and written into addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from web.gallery.grid.facets import BY_NAME, FACETS, MOMENT

LONGEST_VALUE = 500
MOST_VALUES = 20


@dataclass(frozen=True)
class Sort:
    """``moment`` is the date that pictures are grouped by, None where dates are in no order."""

    label: str
    order: str
    moment: str | None
    is_descending: bool = True


SORTS: Mapping[str, Sort] = {
    "newest": Sort("Newest first", "moment desc, image_id desc", MOMENT),
    "oldest": Sort("Oldest first", "moment, image_id", MOMENT, is_descending=False),
    "added": Sort(
        "Last added first", "moment desc, image_id desc", "coalesce(landed_at::timestamp, taken_at)"
    ),
    "name": Sort("By file name", "lower(file_name), image_id", None),
    "largest": Sort("Largest files first", "size_bytes desc nulls last, image_id", None),
}
GROUPS: Mapping[str, str] = {
    "auto": "By date",
    "day": "By day",
    "month": "By month",
    "year": "By year",
    "batch": "By batch",
    "none": "Not grouped",
}


class BadView(ValueError):
    """The address asks for something that does not exist; the message says what there is."""


@dataclass(frozen=True)
class View:
    """Which pictures, in which order, under which headings; equal views have equal addresses."""

    sort: str = "newest"
    group: str = "auto"
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, asked: QueryParams) -> Self:
        """The view that an address asks for. Raises BadView."""
        sort, group = asked.get("sort") or "newest", asked.get("group") or "auto"
        if sort not in SORTS:
            raise BadView(f"Pictures can be sorted by: {', '.join(SORTS)}.")
        if group not in GROUPS:
            raise BadView(f"Pictures can be grouped by: {', '.join(GROUPS)}.")
        values = {
            facet.name: tuple(sorted(filter(None, set(asked.getlist(facet.name)))))
            for facet in FACETS
        }
        for found in values.values():
            if len(found) > MOST_VALUES or any(len(one) > LONGEST_VALUE for one in found):
                raise BadView(f"At most {MOST_VALUES} values can be chosen of each kind.")
        return cls(sort, group, tuple((name, found) for name, found in values.items() if found))

    @property
    def condition(self) -> tuple[str, list[object]]:
        """SQL that holds for these pictures, and the values for its ``?``."""
        facets = [(BY_NAME[name], names) for name, names in self.chosen]
        parts = [facet.condition for facet, _ in facets]
        return " and ".join(parts) or "true", [facet.values(names) for facet, names in facets]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Name and value of each parameter that is not as usual."""
        unusual = {"sort": (self.sort, "newest"), "group": (self.group, "auto")}
        first = [(name, value) for name, (value, usual) in unusual.items() if value != usual]
        return first + [(name, value) for name, values in self.chosen for value in values]

    def address(self, path: str = "/gallery", **more: str) -> str:
        """The address of this view."""
        pairs = self.pairs + [(name, value) for name, value in more.items() if value]
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def with_value(self, name: str, value: str) -> Self:
        """The view narrowed down to this value."""
        known = dict(self.chosen)
        known[name] = tuple(sorted({*known.get(name, ()), value}))
        return replace(
            self, chosen=tuple((f.name, known[f.name]) for f in FACETS if f.name in known)
        )

    def without_value(self, name: str, value: str) -> Self:
        """The view that does not ask for this value."""
        known = {key: tuple(v for v in vs if (key, v) != (name, value)) for key, vs in self.chosen}
        return replace(self, chosen=tuple((key, vs) for key, vs in known.items() if vs))

    @property
    def without_filters(self) -> Self:
        """All pictures, in the same order."""
        return replace(self, chosen=())

    @property
    def filters(self) -> list[tuple[str, str, Self]]:
        """Label and value of each filter, and the view without it."""
        return [
            (BY_NAME[name].label, value, self.without_value(name, value))
            for name, values in self.chosen
            for value in values
        ]
