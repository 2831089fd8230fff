"""What an action is: a button below chosen pictures, and what happens with them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from web.gallery.base.changes import change
from web.gallery.base.gallery import may_change
from web.gallery.base.whole_form import whole_form
from web.guard.roles import Role

MOST_PICTURES = 10_000
NONE_CHOSEN = "No picture was chosen: tick some, then press the button again."
TOO_MANY = f"At most {MOST_PICTURES:,} pictures can be chosen at a time."


@dataclass(frozen=True)
class Action:
    """``run`` gets the request and the ids of the pictures, and returns the answer.

    ``changes`` is false for what only reads: then viewers have it, too.
    """

    name: str
    label: str
    run: Callable[[Request, Sequence[str]], Response]
    changes: bool = True

    @property
    def path(self) -> str:
        """Where the button sends the chosen pictures."""
        return f"/gallery/actions/{self.name}"

    def route(self) -> Route:
        """Its route, protected like every change."""

        async def endpoint(request: Request) -> Response:
            ids = await chosen_ids(request)
            return await run_in_threadpool(self.run, request, ids)

        needs = Role.EDITOR if self.changes else Role.VIEWER
        return change(self.path, endpoint, name=self.name, needs=needs)


def actions_for(request: Request) -> list[Action]:
    """What this visitor may do with chosen pictures."""
    allowed = may_change(request)
    return [one for one in request.app.state.actions if allowed or not one.changes]


async def chosen_ids(request: Request) -> list[str]:
    """The values of ``id`` of the form, each once. Raises HTTPException for none or too many."""
    form = await whole_form(request)
    ids = list(dict.fromkeys(str(value) for value in form.getlist("id")))
    if not ids:
        raise HTTPException(400, NONE_CHOSEN)
    if len(ids) > MOST_PICTURES:
        raise HTTPException(413, TOO_MANY)
    return ids
