"""Make derivatives of the chosen pictures again: first a form, then the runs."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from media_assets.media import image_recipes
from resources.language.hints import LONGEST_HINT
from web.gallery.actions.action import Action
from web.gallery.base.page import page
from web.gallery.base.way_back import way_back


def ask_what(request: Request, image_ids: Sequence[str]) -> Response:
    """The form that asks what to make again."""
    values = {
        "ids": image_ids,
        "of_models": [name for name, recipe in image_recipes().items() if recipe.needs_model],
        "others": [name for name, recipe in image_recipes().items() if not recipe.needs_model],
        "longest_hint": LONGEST_HINT,
        "back": way_back(request),
    }
    return page(request, "actions/reprocess.html", values)


ACTION = Action("reprocess", "Reprocess", ask_what)
