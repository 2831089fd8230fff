"""A result as a file: JSON, CSV or Parquet."""

import io
from typing import Literal

import pydantic_core

from resources.warehouse.query_result import QueryResult
from resources.warehouse.result_frames import frame_of
from resources.warehouse.text_forms import write_csv

ResultFormat = Literal["json", "csv", "parquet"]

MEDIA_TYPES: dict[ResultFormat, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


def result_bytes(result: QueryResult, form: ResultFormat) -> bytes:
    """The whole result in this form."""
    if form == "csv":
        return write_csv(frame_of(result)).encode()
    if form == "parquet":
        return parquet_bytes(result)
    return json_bytes(result)


def parquet_bytes(result: QueryResult) -> bytes:
    """The result with the types of its columns."""
    file = io.BytesIO()
    frame_of(result).write_parquet(file)
    return file.getvalue()


def json_bytes(result: QueryResult) -> bytes:
    """``{"columns": [{"name", "type"}], "rows": [[...]]}``.

    What JSON lacks is a text: dates in ISO 8601, decimals, NaN, bytes in base64.
    """
    columns = [
        {"name": name, "type": kind.id}
        for name, kind in zip(result.names, result.kinds, strict=True)
    ]
    content = {"columns": columns, "rows": result.rows}
    return pydantic_core.to_json(content, inf_nan_mode="strings", bytes_mode="base64")
