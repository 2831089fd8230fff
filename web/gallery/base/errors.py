"""What people see when a page cannot be shown: what happened and what to do, in plain words."""

import logging
from http import HTTPStatus

import duckdb
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from resources.warehouse.published_file import NotPublished
from web.gallery.base.gallery import gallery_of
from web.gallery.base.page import page

API = "/api/"
TITLES = {
    400: "This address cannot be understood",
    403: "This is not allowed",
    404: "There is no such page",
    405: "This page cannot be asked in this way",
    408: "This came too slowly",
    413: "This is too much at once",
    503: "Not published yet",
}
NO_PAGE = "The address is wrong, or what it named is gone."
FAILED = "Something went wrong here. The service's log says more: media_home/dagster/logs."
OUTDATED = "The tables are being made again after an update of the program. Look again in a minute."

_log = logging.getLogger(__name__)


async def on_http_error(request: Request, error: Exception) -> Response:
    """A refusal, or a page that does not exist."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    status = error.status_code
    is_plain = error.detail == HTTPStatus(status).phrase
    return told(request, status, NO_PAGE if is_plain else error.detail, dict(error.headers or {}))


async def on_not_published(request: Request, error: Exception) -> Response:
    """No tables to read yet: a new installation, or the first pictures are being worked on."""
    _log.info("not published: %s", error)
    landing = ", ".join(str(root.path) for root in gallery_of(request).settings.roots)
    why = f"No pictures yet: put files in {landing}. The first ones show here within a minute."
    return told(request, HTTPStatus.SERVICE_UNAVAILABLE, why, {"Retry-After": "5"})


async def on_outdated(request: Request, error: Exception) -> Response:
    """The published tables lack a column that this program asks for."""
    _log.warning("the published tables are from another version: %s", error)
    return told(request, HTTPStatus.SERVICE_UNAVAILABLE, OUTDATED, {"Retry-After": "30"})


async def on_failure(request: Request, error: Exception) -> Response:
    """A fault of ours; Starlette logs it with its traceback."""
    del error
    return told(request, HTTPStatus.INTERNAL_SERVER_ERROR, FAILED, {})


def told(request: Request, status: int, why: str, headers: dict[str, str]) -> Response:
    """The error as a page, or as JSON below ``/api``."""
    if request.url.path.startswith(API):
        return JSONResponse({"detail": why}, status, headers)
    title = TITLES.get(status, "This page cannot be shown")
    answer = page(request, "base/error.html", {"title": title, "why": why}, status)
    answer.headers.update(headers)
    return answer


HANDLERS = {
    HTTPException: on_http_error,
    NotPublished: on_not_published,
    duckdb.CatalogException: on_outdated,
    duckdb.BinderException: on_outdated,
    Exception: on_failure,
}
"""Which fault is told by what."""
