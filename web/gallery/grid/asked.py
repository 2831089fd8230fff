"""The pictures that an address asks for: a view of the grid, and a question among them."""

from starlette.exceptions import HTTPException
from starlette.requests import Request

from web.gallery.grid.hits import LongQuestion, question_in
from web.gallery.grid.view import BadView, View


def asked_of(request: Request) -> tuple[View, str]:
    """The view, and the question or "". Raises HTTPException (400)."""
    try:
        return View.of(request.query_params), question_in(request.query_params.get("q"))
    except (BadView, LongQuestion) as error:
        raise HTTPException(400, str(error)) from error
