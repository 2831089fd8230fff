"""The fields of a catalogue record: what can be said of a picture, by a person or a machine.

The names follow Dublin Core where it has one. Each field holds one text, several texts, or a
number; its values are kept as clean texts, from every source.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from resources.metadata.tags import LONGEST_LIST, LONGEST_TEXT, clean_text


class FieldError(ValueError):
    """The field does not exist, or cannot hold this value; the message says what it can hold."""


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    TEXTS = "texts"
    NUMBER = "number"


@dataclass(frozen=True)
class Field:
    """One field; a NUMBER is between ``lowest`` and ``highest``."""

    kind: FieldKind
    lowest: float = -math.inf
    highest: float = math.inf
    is_whole: bool = False


TEXT, TEXTS = Field(FieldKind.TEXT), Field(FieldKind.TEXTS)

FIELDS: Mapping[str, Field] = {
    "title": TEXT,
    "alternative_title": TEXT,
    "caption": TEXT,
    "description": TEXT,
    "abstract": TEXT,
    "subject": TEXTS,
    "tags": TEXTS,
    "keywords": TEXTS,
    "creators": TEXTS,
    "contributors": TEXTS,
    "people": TEXTS,
    "events": TEXTS,
    "spatial_coverage": TEXTS,
    "temporal_coverage": TEXTS,
    "themes": TEXTS,
    "objects_identified": TEXTS,
    "expressions_identified": TEXTS,
    "models_identified": TEXTS,
    "creation_date": TEXT,
    "creation_location": TEXT,
    "location": TEXT,
    "city": TEXT,
    "state": TEXT,
    "country": TEXT,
    "latitude": Field(FieldKind.NUMBER, -90, 90),
    "longitude": Field(FieldKind.NUMBER, -180, 180),
    "copyright": TEXT,
    "credit": TEXT,
    "rating": Field(FieldKind.NUMBER, -1, 5, is_whole=True),
}
"""All fields, in the order in which they are shown."""

SEPARATOR = ";"
"""Between the texts of one field, where they are typed in one piece."""


def typed_values(name: str, texts: Sequence[str]) -> list[str]:
    """What somebody typed for a field, clean and checked; at least one value.

    Raises FieldError, with a message for that person.
    """
    field = field_named(name)
    parts = [part for text in texts for part in text.split(SEPARATOR)]
    values = clean_values(parts if field.kind is FieldKind.TEXTS else texts)
    if not values:
        raise FieldError(f"{name} is empty; to remove what others say of it: --delete {name}")
    if field.kind is not FieldKind.TEXTS and len(values) > 1:
        raise FieldError(f"{name} holds one value, not {len(values)}")
    if field.kind is FieldKind.NUMBER:
        return [text_of_number(number_within(name, field, values[0]))]
    return values


def field_named(name: str) -> Field:
    """The field of this name. Raises FieldError."""
    if name not in FIELDS:
        raise FieldError(f"there is no field {name!r}; known: {', '.join(FIELDS)}")
    return FIELDS[name]


def number_within(name: str, field: Field, text: str) -> float:
    """The number that a text says. Raises FieldError unless the field can hold it."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    is_allowed = field.lowest <= number <= field.highest
    if not is_allowed or (field.is_whole and not number.is_integer()):
        what = "a whole number" if field.is_whole else "a number"
        raise FieldError(f"{name} is {what} from {field.lowest:g} to {field.highest:g}, not {text}")
    return number


def text_of_number(number: float) -> str:
    """The shortest text that reads back as this number; whole ones without a point."""
    number = float(number)
    return str(int(number)) if number.is_integer() else repr(number)


def clean_values(values: Sequence[str]) -> list[str]:
    """The texts without control characters, blank ones left out, each once, within bounds."""
    clean = (clean_text(value)[:LONGEST_TEXT] for value in values)
    return list(dict.fromkeys(value for value in clean if value))[:LONGEST_LIST]
