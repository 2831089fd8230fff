"""Protection of every route that answers POST: ``change`` is the only way to make one.

The guard has refused what pages of other sites send. Besides, a form must carry the token that only
a page of ours could know: an HMAC of a random cookie (SameSite=Strict, out of reach of scripts)
and the visitor's name, as OWASP's "signed double-submit cookie" describes it.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from hashlib import sha256

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route

from web.gallery.base.gallery import gallery_of, visitor_of
from web.gallery.base.whole_form import whole_form
from web.guard.roles import Role

COOKIE = "media-form"
FIELD = "form_token"
HEADER = "x-form-token"
"""The token is in this field of a form, or in this header of what a script sends."""

LONGEST_COOKIE = 100
NOT_OURS = (
    "This form is out of date (the browser was closed since), or it is not from here. "
    "Go back, load the page again, and send it once more."
)
NO_EDITOR = "You may look but not change: your role is viewer."

Endpoint = Callable[[Request], Awaitable[Response]]


async def has_token(request: Request) -> bool:
    """Whether the request carries the token of its cookie and visitor."""
    given = request.headers.get(HEADER)
    if given is None:
        given = (await form_values(request)).get(FIELD)
    return fits(request, given)


def change(
    path: str,
    endpoint: Endpoint,
    *,
    name: str | None = None,
    needs: Role = Role.EDITOR,
    is_ours: Callable[[Request], Awaitable[bool]] = has_token,
) -> Route:
    """A route for POST that calls ``endpoint`` for who may, with a token that fits.

    ``needs=Role.VIEWER`` is for what changes nothing and is no GET for another reason, such as a
    long list of pictures. ``is_ours`` is for a form that cannot be read as a whole: it finds the
    token and asks ``fits``.
    """

    async def protected(request: Request) -> Response:
        if needs is Role.EDITOR and visitor_of(request).role is not Role.EDITOR:
            raise HTTPException(403, NO_EDITOR)
        if not await is_ours(request):
            raise HTTPException(403, NOT_OURS)
        return await endpoint(request)

    protected.__doc__ = endpoint.__doc__
    return ProtectedRoute(path, protected, methods=["POST"], name=name or endpoint.__name__)


class ProtectedRoute(Route):
    """A route made by ``change``: a test looks for others that answer POST."""


def token_for(connection: HTTPConnection, cookie: str) -> str:
    """What a form of this visitor carries."""
    message = f"{visitor_of(connection).name}\n{cookie}".encode()
    return hmac.new(gallery_of(connection).key, message, sha256).hexdigest()


def cookie_of(connection: HTTPConnection) -> str | None:
    """The browser's random cookie, None when it has none that we made."""
    found = connection.cookies.get(COOKIE, "")
    return found if 0 < len(found) <= LONGEST_COOKIE else None


def new_cookie() -> str:
    """A random cookie."""
    return secrets.token_urlsafe(32)


def keep_cookie(response: Response, cookie: str) -> None:
    """Let the browser keep it until it is closed."""
    response.set_cookie(COOKIE, cookie, httponly=True, samesite="strict", path="/")


def fits(request: Request, given: object) -> bool:
    """Whether this is the token of the request's cookie and visitor."""
    cookie = cookie_of(request)
    expected = token_for(request, cookie) if cookie else None
    return bool(
        expected
        and isinstance(given, str)
        and hmac.compare_digest(given.encode(), expected.encode())
    )


async def form_values(request: Request) -> dict[str, str]:
    """The last value of each field of a form; empty for a body that is none.

    Raises HTTPException as ``whole_form`` does.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return {}
    form = await whole_form(request)
    return {name: value for name, value in form.items() if isinstance(value, str)}
