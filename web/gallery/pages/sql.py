"""SQL: a box for one read-only query, its result, the tables there are, and queries kept by name.

A query is part of the address, so that a result can be linked and found again with the back
button. One that comes by a link from another site is shown and not run.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from media_assets.curation.saved_query import UnfitQuery, remove_query, save_query, saved_queries
from resources.display_text import plain_lines, plain_text
from resources.json_values import json_value
from resources.warehouse.query_error import QueryError
from resources.warehouse.query_result import QueryResult
from resources.warehouse.query_words import ALL_BUSY
from web.gallery.base.changes import change, form_values
from web.gallery.base.gallery import gallery_of, visitor_of
from web.gallery.base.page import page
from web.gallery.sql.result_bytes import MEDIA_TYPES, ResultFormat, result_bytes
from web.gallery.sql.table_list import listed_tables
from web.gallery.sql.visitor_queries import LIMITS, LONGEST_SQL, TooManyQueries, queries_of
from web.guard.origins import OWN_PAGES

PATH = "/gallery/sql"
ROWS_SHOWN = 200
LONGEST_CELL = 300
"""Characters of one value in the table; files have all of it."""

SHORT_CELL = 60
"""Characters of a value that is shown on one line."""

FROM_ELSEWHERE = "A page of another site led here with this query. Read it before you run it."
TOO_LONG = f"A query here has at most {LONGEST_SQL:,} characters; media sql takes longer ones."
NONE_OF_THIS_NAME = "There is no saved query of this name (any more)."
EXAMPLES = (
    (
        "Pictures of each format",
        (
            "select format, count(*) as pictures, sum(size_bytes) as bytes\n"
            "from images\ngroup by all\norder by pictures desc"
        ),
    ),
    (
        "What could not be read, and why",
        "select image_id, outcome, reason\nfrom images\nwhere outcome not in ('ok', 'degraded')",
    ),
    (
        "How long each derivative took",
        (
            "select asset, count(*) as pictures, round(avg(seconds), 2) as seconds\n"
            "from artifacts\ngroup by all\norder by seconds desc nulls last"
        ),
    ),
)
"""Shown while nothing is asked."""

DOWNLOADS: dict[str, ResultFormat] = {"csv": "csv", "parquet": "parquet"}


@dataclass(frozen=True)
class Cell:
    """A value as text; ``kind`` is its class, ``image`` the id of the picture that it names."""

    text: str
    kind: str
    image: str | None


async def sql_page(request: Request) -> Response:
    """The box, and under it the first rows of what it asks for."""
    gallery_of(request).published()
    sql = asked_sql(request)
    note, error, status, result = None, None, 200, None
    if sql and is_led_here(request):
        note = FROM_ELSEWHERE
    elif sql:
        try:
            result = await queries_of(request).ask(request, sql)
        except QueryError as failure:
            error, status = plain_lines(str(failure)), status_of(failure)
    shown: dict[str, object] = {"sql": sql, "note": note, "error": error, "result": result}
    return await run_in_threadpool(shown_page, request, shown, status)


def shown_page(request: Request, shown: dict[str, object], status: int) -> Response:
    """The page with tables and saved queries beside what was asked."""
    gallery = gallery_of(request)
    result = shown["result"]
    found = result if isinstance(result, QueryResult) else None
    values = {
        **shown,
        "name": request.query_params.get("name", ""),
        "rows": shown_rows(found.names, found.rows[:ROWS_SHOWN]) if found else [],
        "tables": gallery.published().remembered(listed_tables),
        "saved": saved_queries(gallery.settings.media_home),
        "examples": EXAMPLES,
        "limits": LIMITS,
        "longest": LONGEST_SQL,
    }
    return page(request, "pages/sql.html", values, status)


async def result_file(request: Request) -> Response:
    """The whole result as a download."""
    form = DOWNLOADS.get(str(request.path_params["form"]))
    if form is None:
        raise HTTPException(404)
    gallery_of(request).published()
    try:
        result = await queries_of(request).ask(request, asked_sql(request))
    except QueryError as error:
        raise HTTPException(status_of(error), str(error)) from error
    content = await run_in_threadpool(result_bytes, result, form)
    headers = {"Content-Disposition": f'attachment; filename="result.{form}"'}
    return Response(content, 200, headers, MEDIA_TYPES[form])


async def save(request: Request) -> Response:
    """Keep the query under the name of the form, and show it again."""
    form = await form_values(request)
    home, visitor = gallery_of(request).settings.media_home, visitor_of(request).name
    sql = within_limit(form.get("q", ""))
    try:
        kept = await run_in_threadpool(save_query, home, form.get("name", ""), sql, visitor)
    except UnfitQuery as error:
        raise HTTPException(400, str(error)) from error
    return RedirectResponse(f"{PATH}?{urlencode({'q': kept.sql, 'name': kept.name})}", 303)


async def remove(request: Request) -> Response:
    """Keep the query of this name no longer."""
    name = (await form_values(request)).get("name", "")
    home, visitor = gallery_of(request).settings.media_home, visitor_of(request).name
    if not await run_in_threadpool(remove_query, home, name, visitor):
        raise HTTPException(404, NONE_OF_THIS_NAME)
    return RedirectResponse(PATH, 303)


def is_led_here(request: Request) -> bool:
    """Whether the browser says that another site's page led to this address."""
    return not OWN_PAGES.issuperset(request.headers.getlist("sec-fetch-site"))


def asked_sql(request: Request) -> str:
    """The query of the address. Raises HTTPException (400) when it is too long."""
    return within_limit(request.query_params.get("q", ""))


def within_limit(sql: str) -> str:
    """The query without blank ends. Raises HTTPException (400) when it is too long."""
    if len(sql) > LONGEST_SQL:
        raise HTTPException(400, TOO_LONG)
    return sql.strip()


def status_of(error: QueryError) -> int:
    """How an answer with this error begins."""
    if isinstance(error, TooManyQueries):
        return 429
    return 503 if str(error) == ALL_BUSY else 400


def shown_rows(names: Sequence[str], rows: Sequence[Sequence[object]]) -> list[list[Cell]]:
    """The rows as texts."""
    return [[cell(name, one) for name, one in zip(names, row, strict=True)] for row in rows]


def cell(name: str, value: object) -> Cell:
    """One value; ids of pictures become links."""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, default=json_value)
    elif isinstance(value, bytes):
        value = f"{len(value):,} bytes"
    text = plain_text(str(value), longest=LONGEST_CELL)
    is_image = name == "image_id" and isinstance(value, str)
    return Cell(text, look_of(value, text), str(value) if is_image else None)


def look_of(value: object, text: str) -> str:
    """The class of a cell in the style sheet."""
    if value is None:
        return "null"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "figure"
    return "long" if len(text) > SHORT_CELL else ""


ROUTES: tuple[BaseRoute, ...] = (
    Route(PATH, sql_page, name="sql"),
    Route(f"{PATH}/result.{{form}}", result_file, name="sql_result"),
    change(f"{PATH}/save", save, name="save_query"),
    change(f"{PATH}/remove", remove, name="remove_query"),
)
