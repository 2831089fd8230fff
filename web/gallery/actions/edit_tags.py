"""Add keywords to the chosen pictures, or remove some: first a form, then the edits."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from web.gallery.actions.action import Action
from web.gallery.base.edits import LONGEST_NOTE
from web.gallery.base.page import page
from web.gallery.base.way_back import way_back


def ask_which(request: Request, image_ids: Sequence[str]) -> Response:
    """The form that asks for the keywords."""
    values = {"ids": image_ids, "longest_note": LONGEST_NOTE, "back": way_back(request)}
    return page(request, "actions/edit_tags.html", values)


ACTION = Action("edit_tags", "Edit keywords", ask_which)
