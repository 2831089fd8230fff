"""What people decide on pages, recorded with their names in the same rows as the command line's."""

import logging
from collections.abc import Mapping, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request

from media_assets.curation.person import person
from resources.metadata.catalogue_fields import FieldError, typed_values
from resources.sources.selected import Selected
from web.gallery.base.gallery import gallery_of, visitor_of
from web.gallery.base.runs import request_work

LONGEST_NOTE = 1000
LONG_NOTE = f"A note has at most {LONGEST_NOTE:,} characters."
RECORD = {"image": ["catalogue_record"]}

_log = logging.getLogger(__name__)


def decider(request: Request) -> str:
    """Who decides: the visitor's name; without a login, the user who runs the service."""
    return visitor_of(request).name or person(gallery_of(request).settings)


def typed(name: str, texts: Sequence[str]) -> list[str]:
    """What was typed for a field. Raises HTTPException (400) with the reason for that person."""
    try:
        return typed_values(name, texts)
    except FieldError as error:
        raise HTTPException(400, f"{error}. Go back and correct it: nothing was saved.") from error


def note_in(fields: Mapping[str, str]) -> str | None:
    """The note of a form; None without one. Raises HTTPException (400) for one too long."""
    note = fields.get("note", "").strip()
    if len(note) > LONGEST_NOTE:
        raise HTTPException(400, LONG_NOTE)
    return note or None


def renew_records(request: Request, image_ids: Sequence[str]) -> list[str]:
    """Request the runs that bring the records of these pictures up to date.

    What was decided is kept already: when Dagster takes no run now, the service's schedule finds
    the records outdated later.
    """
    try:
        return request_work(request, [Selected("image", one) for one in image_ids], RECORD)
    except HTTPException as error:
        _log.warning("the schedule renews %d records later: %s", len(image_ids), error.detail)
        return []
