"""``/api/tables`` and ``/api/sql``: which tables there are, and what a query finds in them."""

from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from resources.warehouse.query_error import QueryError
from web.gallery.api.view_parameters import KnownParameters
from web.gallery.base.gallery import gallery_of
from web.gallery.pages.sql import status_of
from web.gallery.sql.result_bytes import MEDIA_TYPES, ResultFormat, result_bytes
from web.gallery.sql.table_list import ListedTable, listed_tables
from web.gallery.sql.visitor_queries import LIMITS, LONGEST_SQL, queries_of

router = APIRouter(tags=["tables"])

FILE = {"schema": {"type": "string", "format": "binary"}}
FILES = {"text/csv": FILE, MEDIA_TYPES["parquet"]: FILE}


class Column(BaseModel):
    """A column, with its type in DuckDB's words, in lower case."""

    name: str
    type: str


class Table(BaseModel):
    """A table that can be asked; ``history`` has all versions of its rows."""

    name: str
    description: str
    grain: str | None = Field(description="What one row stands for.")
    columns: list[Column]
    history: str | None


class SqlParameters(KnownParameters):
    """A query and the form of its answer."""

    q: str = Field(
        min_length=1,
        max_length=LONGEST_SQL,
        description="One SELECT in DuckDB's SQL.",
        examples=["select format, count(*) as images from images group by all"],
    )
    format: ResultFormat = "json"


class SqlResult(BaseModel):
    """All rows. Dates, decimals, NaN and bytes (base64) are texts."""

    columns: list[Column]
    rows: list[list[Any]]


@router.get("/tables")
def list_tables(request: Request) -> list[Table]:
    """All tables that SQL can ask, with their columns; some sixty."""
    found = gallery_of(request).published().remembered(listed_tables)
    return [table_of(one) for one in found]


@router.get(
    "/sql",
    response_model=SqlResult,
    description=f"The answer to a query that only reads. {LIMITS}",
    responses={200: {"content": FILES}},
)
async def ask_sql(request: Request, asked: Annotated[SqlParameters, Query()]) -> Response:
    """The whole result in the form asked for."""
    gallery_of(request).published()
    try:
        result = await queries_of(request).ask(request, asked.q)
    except QueryError as error:
        status = status_of(error)
        raise HTTPException(status, str(error), retry_later(status)) from error
    content = await anyio.to_thread.run_sync(result_bytes, result, asked.format)
    return Response(content, media_type=MEDIA_TYPES[asked.format])


def retry_later(status: int) -> dict[str, str] | None:
    """The header that says when to ask again."""
    return {"Retry-After": "5"} if status in (429, 503) else None


def table_of(found: ListedTable) -> Table:
    """One table as JSON."""
    columns = [Column(name=one.name, type=one.type) for one in found.columns]
    return Table(
        name=found.name,
        description=found.description,
        grain=found.grain,
        columns=columns,
        history=found.history,
    )
