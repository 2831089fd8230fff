"""What is said of the picture, and by whom; people say it here, as with ``media edit``."""

from typing import Any

from media_assets.curation.human_record import HUMAN_RECORD, HumanRecord, current_record
from resources.metadata.catalogue_fields import FIELDS, FieldKind, text_of_number
from resources.rows.row_store import RowStore
from web.gallery.base.gallery import may_change
from web.gallery.panels.panel import Shown, Values, panel

USUAL = (
    "title",
    "caption",
    "description",
    "tags",
    "keywords",
    "people",
    "creators",
    "creation_date",
    "location",
    "city",
    "country",
    "latitude",
    "longitude",
    "copyright",
    "rating",
)
"""Fields that the form shows at once; the others are below them."""

ON_THE_MAP = ("latitude", "longitude")
"""Shown by another section."""

LONG = ("caption", "description", "abstract")
PERSON = "human"
RECORD = "select * from descriptions where image_id = ?"


def read(shown: Shown) -> Values | None:
    """``fields`` that hold something, and every field for the form, as text."""
    record = next(iter(shown.published.records(RECORD, [shown.image_id])), {})
    said = with_people(record_texts(record), people_of(shown))
    order = (*USUAL, *(name for name in FIELDS if name not in USUAL))
    return {
        "fields": [said[name] for name in order if name in said and name not in ON_THE_MAP],
        "usual": [form_field(name, said) for name in USUAL],
        "others": [form_field(name, said) for name in FIELDS if name not in USUAL],
        "image_id": shown.image_id,
        "edit_open": "edit" in shown.request.query_params,
        "may_edit": may_change(shown.request),
    }


def record_texts(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Field -> what the catalogue record says, and who said it."""
    sources = {one["field"]: one for one in record.get("sources") or ()}
    return {
        name: {
            "name": name,
            "texts": texts_of(record[name]),
            "source": sources.get(name, {}).get("source", ""),
            "asset": sources.get(name, {}).get("asset", ""),
        }
        for name in FIELDS
        if record.get(name) not in (None, [], "")
    }


def people_of(shown: Shown) -> HumanRecord | None:
    """What people have said by now, also what is not in the published tables yet."""
    store = RowStore(shown.gallery.settings.media_home.rows)
    if HUMAN_RECORD.name not in store.tables():
        return None
    return current_record(store, shown.image_id)


def with_people(
    said: dict[str, dict[str, Any]], people: HumanRecord | None
) -> dict[str, dict[str, Any]]:
    """The fields as people left them, above all others."""
    for field in people.fields if people else ():
        if field.is_deleted:
            said.pop(field.name, None)
        else:
            said[field.name] = {
                "name": field.name,
                "texts": list(field.values),
                "source": PERSON,
                "asset": field.edited_by,
            }
    return said


def texts_of(value: object) -> list[str]:
    """A field's values as texts, as people type them."""
    if isinstance(value, list):
        return [str(one) for one in value]
    return [text_of_number(value) if isinstance(value, float) else str(value)]


def form_field(name: str, said: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One field of the form."""
    kind = FIELDS[name].kind
    is_long = name in LONG or kind is FieldKind.TEXTS
    text = "\n".join(said[name]["texts"]) if name in said else ""
    return {"name": name, "text": text, "is_long": is_long, "several": kind is FieldKind.TEXTS}


PANEL = panel(__file__, "Description", read, asset="catalogue_record")
