"""Rows of image tables: the same envelope for every asset, then the payload's own columns.

Payload fields of type StoredFile are kept in the envelope's ``files`` under their field name, so
that every table lists its files alike.
"""

import dataclasses
import types
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import polars as pl
from pydantic import TypeAdapter

from media_assets.execution.recipe import TodaysRecipe, canonical_json
from resources.decoding.decoder_pool import Attempt
from resources.outcomes import Outcome
from resources.rows.row_envelope import ENVELOPE
from resources.stores.content_store import StoredFile

Row = dict[str, Any]
"""One row as polars reads and writes it: column name -> Python value."""

SCALARS: dict[type, pl.DataType | type[pl.DataType]] = {
    str: pl.String,
    int: pl.Int64,
    float: pl.Float64,
    bool: pl.Boolean,
    bytes: pl.Binary,
    datetime: pl.Datetime("us"),
}


@cache
def table_schema(payload_type: type) -> pl.Schema:
    """The envelope, then one column per payload field that is not a file. Not to be changed."""
    hints = get_type_hints(payload_type, include_extras=True)
    columns = {name: polars_type(hint) for name, hint in hints.items() if not is_file(hint)}
    return pl.Schema({**ENVELOPE, **columns})


def polars_type(hint: Any) -> pl.DataType | type[pl.DataType]:
    """The column type for a payload field. Raises TypeError for a type that rows cannot hold.

    ``Annotated[list[float], pl.List(pl.Float32)]`` names its column type itself.
    """
    hint = without_none(hint)
    if get_origin(hint) is Annotated:
        column: pl.DataType = get_args(hint)[1]
        return column
    if hint in SCALARS:
        return SCALARS[hint]
    if get_origin(hint) in (list, tuple):
        return pl.List(polars_type(get_args(hint)[0]))
    if dataclasses.is_dataclass(hint):
        fields = get_type_hints(hint, include_extras=True)
        return pl.Struct({name: polars_type(inner) for name, inner in fields.items()})
    raise TypeError(f"{hint!r} cannot be a column: see SCALARS in {__name__}")


def without_none(hint: Any) -> Any:
    """``X`` for ``X | None``, else ``hint`` itself."""
    if get_origin(hint) in (Union, types.UnionType):
        return next(inner for inner in get_args(hint) if inner is not types.NoneType)
    return hint


def is_file(hint: Any) -> bool:
    """Whether a payload field is a file of the content store."""
    return without_none(hint) is StoredFile


@cache
def field_names(payload_type: type) -> frozenset[str]:
    """The payload's fields."""
    return frozenset(get_type_hints(payload_type))


@cache
def file_fields(payload_type: type) -> frozenset[str]:
    """Those payload fields that are files."""
    hints = get_type_hints(payload_type)
    return frozenset(name for name, hint in hints.items() if is_file(hint))


@cache
def adapter(payload_type: type) -> TypeAdapter[Any]:
    """Pydantic's converter between a payload dataclass and plain values."""
    return TypeAdapter(payload_type)


def row_of_attempt(
    today: TodaysRecipe,
    image_id: str,
    fingerprint: str,
    inputs: Mapping[str, str],
    attempt: Attempt,
) -> Row:
    """The row that records one attempt; payload columns are null unless it is usable."""
    recipe, engine = today.recipe, today.engine
    values = adapter(recipe.payload_type).dump_python(attempt.value) if attempt.value else {}
    roles = file_fields(recipe.payload_type)
    files = {name: values.pop(name) for name in list(values) if name in roles}
    return {
        **dict.fromkeys(table_schema(recipe.payload_type)),
        **values,
        "image_id": image_id,
        "outcome": attempt.outcome.value,
        "reason": attempt.reason,
        "is_unfinished": attempt.outcome == Outcome.FAILED,
        "warnings": list(attempt.warnings),
        "fingerprint": fingerprint,
        "code_version": recipe.code_version,
        "engine": engine.name,
        "engine_version": engine.version,
        "parameters": today.parameters_json,
        "inputs": canonical_json(inputs),
        "seconds": attempt.seconds,
        "made_at": datetime.now(UTC),
        "files": [{"role": role, **file} for role, file in files.items() if file],
    }


def payload_of_row(payload_type: type, row: Row) -> object:
    """The payload dataclass that a usable row was made from."""
    values = {name: row[name] for name in field_names(payload_type) if name in row}
    for file in row["files"]:
        values[file["role"]] = {key: value for key, value in file.items() if key != "role"}
    payload: object = adapter(payload_type).validate_python(values)
    return payload
