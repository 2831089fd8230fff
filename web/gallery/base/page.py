"""How a page is answered: a template with what every page has, and the headers of a page."""

import re
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from resources.display_text import plain_lines, plain_text
from web.gallery.base.changes import FIELD, cookie_of, keep_cookie, new_cookie, token_for
from web.gallery.base.gallery import gallery_of, may_change, visitor_of

TEMPLATES = Path(__file__).parents[1]
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
"""No inline script or style, nothing from elsewhere."""


BREAKS = re.compile(r"(?<=[_/])(?![_/])|(?=\.)")


@cache
def environment() -> Environment:
    """All templates; what is put into them is escaped, and a name that is not given is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["filled"] = filled
    made.filters["plain"] = lambda text: plain_text(str(text))
    made.filters["file_name"] = file_name
    made.filters["lines"] = lambda text: plain_lines(str(text)).rstrip("\n")
    made.filters["thousands"] = lambda number: f"{number:,}"
    return made


def file_name(text: str) -> Markup:
    """A name that a narrow column breaks after "_" and "/" and before ".", not within a word."""
    parts = BREAKS.split(plain_text(str(text)))
    return Markup("<wbr>").join(escape(part) for part in parts)


@pass_context
def filled(context: Context, template: str, values: dict[str, Any]) -> Markup:
    """Another template in this place, with values of its own besides those of the page."""
    return Markup(  # noqa: S704 - the template escaped what was put into it
        environment().get_template(template).render({**context.get_all(), **values})
    )


def page(
    request: Request, template: str, values: dict[str, Any], status: int = HTTPStatus.OK
) -> HTMLResponse:
    """The template, a path below ``web/gallery``, filled in.

    Every template knows ``path``, ``navigation``, ``visitor``, ``may_change``, ``token_field`` and
    ``form_token``.
    """
    cookie = cookie_of(request) or new_cookie()
    shared = {
        "path": request.url.path,
        "navigation": gallery_of(request).navigation,
        "visitor": visitor_of(request),
        "may_change": may_change(request),
        "token_field": FIELD,
        "form_token": token_for(request, cookie),
    }
    body = environment().get_template(template).render({**shared, **values})
    headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
    answer = HTMLResponse(body, status, headers)
    if cookie_of(request) is None:
        keep_cookie(answer, cookie)
    return answer
