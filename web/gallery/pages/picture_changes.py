"""What an editor does on a picture's page: edits its record, or prefers a version."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from media_assets.curation.human_record import Edit, edit_record
from media_assets.curation.preference import Preference, prefer
from media_assets.curation.version_list import NoSuchVersion, one_version, versions_of
from media_assets.media import image_recipes
from resources.metadata.catalogue_fields import FIELDS
from resources.rows.row_store import RowStore
from web.gallery.base.changes import change, form_values
from web.gallery.base.edits import decider, note_in, renew_records, typed
from web.gallery.base.gallery import gallery_of
from web.gallery.grid.asked import asked_of

PATH = "/gallery/pictures/{image_id}"
IS_THERE = "select 1 from images where image_id = ?"
GONE = "There is no picture with this id (any more)."
NEWEST = "newest"
"""Sent in place of a version: no preference any more."""

Changes = Mapping[str, Sequence[str] | None]


async def edit(request: Request) -> Response:
    """Record the fields of the form that were changed."""
    return await run_in_threadpool(edited, request, await form_values(request))


async def choose(request: Request) -> Response:
    """Let the version that the form names count from now on."""
    return await run_in_threadpool(chosen, request, await form_values(request))


def edited(request: Request, fields: Mapping[str, str]) -> Response:
    """Record the changes, and have renewed what is made of them."""
    image_id = image_of(request)
    if not (changes := changes_in(fields)):
        return back(request, image_id, "nothing", [])
    edit = Edit(changes, decider(request), note_in(fields))
    edit_record(gallery_of(request).settings.media_home, image_id, edit)
    return back(request, image_id, "edit", renew_records(request, [image_id]))


def changes_in(fields: Mapping[str, str]) -> Changes:
    """Field -> its new values, None for one that was emptied; those left alone are not in it.

    A field is compared with what the form showed at first, not with what is true now: what somebody
    else has changed meanwhile stays. Raises HTTPException (400) for what a field cannot hold.
    """
    changes: dict[str, Sequence[str] | None] = {}
    for name in FIELDS:
        now, before = (lines_of(fields.get(f"{kind}_{name}", "")) for kind in ("field", "was"))
        if f"field_{name}" in fields and now != before:
            changes[name] = typed(name, now) if now else None
    return changes


def lines_of(text: str) -> list[str]:
    """The lines that say something; browsers send each with CR LF."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def chosen(request: Request, fields: Mapping[str, str]) -> Response:
    """Append the preference, and have renewed what is made of it."""
    image_id, asset, name = image_of(request), fields.get("asset", ""), fields.get("version", "")
    gallery = gallery_of(request)
    if asset not in image_recipes():
        raise HTTPException(400, "There is no such derivative.")
    version = None if name == NEWEST else version_named(request, image_id, asset, name)
    preference = Preference(image_id, asset, version, decider(request), note_in(fields))
    prefer(RowStore(gallery.settings.media_home.rows), preference)
    return back(request, image_id, "prefer", renew_records(request, [image_id]))


def version_named(request: Request, image_id: str, asset: str, name: str) -> str:
    """The whole name of a version to choose. Raises HTTPException (400) when it is none."""
    records = gallery_of(request).published().records
    try:
        return str(one_version(versions_of(records, image_id, asset), name)["version"])
    except NoSuchVersion as error:
        raise HTTPException(400, f"{error}. Load the page again.") from error


def image_of(request: Request) -> str:
    """The picture that the address names. Raises HTTPException (404)."""
    image_id = str(request.path_params["image_id"])
    if not gallery_of(request).published().rows(IS_THERE, [image_id]).rows:
        raise HTTPException(404, GONE)
    return image_id


def back(request: Request, image_id: str, saved: str, runs: Sequence[str]) -> Response:
    """To the picture's page, which says what was done, and keeps in mind where one came from."""
    said = {"saved": saved, **({"run": runs[0]} if runs else {})}
    view, question = asked_of(request)
    path = f"/gallery/pictures/{quote(image_id)}"
    return RedirectResponse(view.address(path, q=question, **said), 303)


ROUTES: tuple[BaseRoute, ...] = (
    change(f"{PATH}/edit", edit, name="edit_picture"),
    change(f"{PATH}/prefer", choose, name="prefer_version"),
)
