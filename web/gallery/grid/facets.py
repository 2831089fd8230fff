"""By what pictures can be narrowed down: each facet is one value here, with a value per picture.

A derivative that knows something new adds its ``Facet`` to FACETS; pages, links and the API show
it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from resources.language.color_names import color_name
from resources.warehouse.published_file import PublishedFile

MOST_SHOWN = 24
"""Values of one facet, those with most pictures."""

MOST_COUNTED = 5000
"""Values that are counted before they are put together under names."""

MOMENT = "coalesce(taken_at, landed_at::timestamp)"
"""When a picture was taken; one without a date stands on the day on which it was added."""


CAMERA = """
if(
    starts_with(lower(camera_model), lower(split_part(camera_make, ' ', 1))),
    camera_model,
    coalesce(camera_make || ' ' || camera_model, camera_model, camera_make)
)
"""
"""Many models begin with their maker: a "Canon Canon PowerShot" is nobody's camera."""


class Count(NamedTuple):
    """One value of a facet and how many pictures have it."""

    value: str
    pictures: int


@dataclass(frozen=True)
class Facet:
    """One question about pictures: ``expression`` on columns of ``table`` is each one's answer.

    The table has one row per picture; ``is_list`` where a picture has several values. ``shown``
    names the value that is stored, ``stored`` gives all values of a name.
    """

    name: str
    label: str
    expression: str
    table: str = "images"
    is_list: bool = False
    shown: Callable[[str], str] = str
    stored: Callable[[str], Sequence[str]] = lambda name: [name]

    @property
    def condition(self) -> str:
        """SQL that holds for pictures with one of the values in the list ``?``."""
        found = (
            f"list_has_any({self.expression}, ?::varchar[])"
            if self.is_list
            else f"({self.expression}) in (select unnest(?::varchar[]))"
        )
        if self.table == "images":
            return found
        return f"image_id in (select image_id from {self.table} where {found})"  # noqa: S608 - names of ours

    def values(self, names: Sequence[str]) -> list[str]:
        """What to put for the ``?`` of ``condition``."""
        return [value for name in names for value in self.stored(name)]

    def counts(self, published: PublishedFile, condition: str, given: list[object]) -> list[Count]:
        """The values in the rows for which ``condition`` holds, the most frequent first."""
        value = f"unnest({self.expression})" if self.is_list else self.expression
        sql = (
            f"select value::varchar, count(*) from (select {value} as value from {self.table} "  # noqa: S608 - expressions of ours
            f"where {condition}) "
            f"where value is not null group by value order by 2 desc, 1 limit {MOST_COUNTED}"
        )
        totals: Counter[str] = Counter()
        for stored, pictures in published.rows(sql, given).rows:
            totals[self.shown(stored)] += pictures
        return [Count(*one) for one in totals.most_common(MOST_SHOWN)]


def name_of_code(code: str) -> str:
    """The basic color term for three hexadecimal digits."""
    return codes()[code]


def codes_of_name(name: str) -> list[str]:
    """All codes of a basic color term; none of another word."""
    return [code for code, known in codes().items() if known == name]


@cache
def codes() -> Mapping[str, str]:
    """Three hexadecimal digits, one per channel -> the basic color term, for all 4096."""
    known = (f"{number:03x}" for number in range(16**3))
    return {code: color_name("#" + "".join(digit * 2 for digit in code)) for code in known}


FACETS = (
    Facet("year", "Year", f"year({MOMENT})::varchar"),
    Facet(
        "camera",
        "Camera",
        CAMERA,
    ),
    Facet("place", "Place", "coalesce(city, location, state, country)"),
    Facet(
        "tag",
        "Tag",
        "list_distinct(string_split(tags, ', '))",
        table="search_documents",
        is_list=True,
    ),
    Facet(
        "color",
        "Color",
        "lower(dominant_color[2] || dominant_color[4] || dominant_color[6])",
        shown=name_of_code,
        stored=codes_of_name,
    ),
    Facet(
        "text",
        "Text in the picture",
        "if(ocr_text is null, 'no', 'yes')",
        table="search_documents",
    ),
    Facet("format", "Format", "format"),
    Facet("batch", "Batch", "batch"),
    Facet("folder", "Folder", "folder"),
    Facet("outcome", "Outcome", "outcome"),
)
BY_NAME = {facet.name: facet for facet in FACETS}
