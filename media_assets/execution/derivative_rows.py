"""Rows of derivatives: the same envelope for every asset, then the payload's own columns.

Payload fields of type StoredFile are kept in the envelope's ``files`` under their field name, so
that every table lists its files in the same way. Files in lists (a crop per region) stay where they
are and are listed there too, under their place in the payload: ``regions.0.crop``.
"""

import dataclasses
import inspect
import sys
import types
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import polars as pl
from pydantic import TypeAdapter

from media_assets.execution.code_digest import code_digest
from media_assets.execution.recipe import Recipe, TodaysRecipe, canonical_json
from resources.decoding.decoder_pool import Attempt
from resources.outcomes import PARTIAL_PREVIEW, Outcome
from resources.rows.row_envelope import CODE_DIGEST, FAILURE_CLASS, IMAGE_ID, envelope
from resources.rows.table import Table
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


def table_schema(recipe: Recipe) -> pl.Schema:
    """The columns of a derivative's table. Not to be changed."""
    return payload_schema(recipe.payload_type, recipe.id_column)


@cache
def payload_schema(payload_type: type, id_column: str = IMAGE_ID) -> pl.Schema:
    """The envelope, then one column per payload field that is not a file. Not to be changed."""
    hints = get_type_hints(payload_type, include_extras=True)
    columns = {name: polars_type(hint) for name, hint in hints.items() if not is_file(hint)}
    return pl.Schema({**envelope(id_column), **columns})


def table_of(recipe: Recipe) -> Table:
    """A derivative's row table, described as in the UI."""
    module = sys.modules[recipe.make.__module__]
    return Table(
        recipe.table, table_schema(recipe), (recipe.id_column,), inspect.getdoc(module) or ""
    )


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


def nested_files(value: object, place: str = "") -> Iterator[tuple[str, StoredFile]]:
    """Every file in a payload, with its place: ``file``, ``regions.0.crop``."""
    if isinstance(value, StoredFile):
        yield place, value
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from nested_files(one, f"{place}.{number}")
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            inner = f"{place}.{field.name}" if place else field.name
            yield from nested_files(getattr(value, field.name), inner)


def row_of_attempt(
    today: TodaysRecipe,
    source_id: str,
    fingerprint: str,
    inputs: Mapping[str, str],
    attempt: Attempt,
) -> Row:
    """The row that records one attempt; payload columns are null unless it is usable."""
    recipe, engine = today.recipe, today.engine
    values = adapter(recipe.payload_type).dump_python(attempt.value) if attempt.value else {}
    for name in file_fields(recipe.payload_type):
        values.pop(name, None)
    files = [*nested_files(attempt.value)]
    if attempt.partial_preview:
        files.append((PARTIAL_PREVIEW, attempt.partial_preview))
    return {
        **dict.fromkeys(table_schema(recipe)),
        **values,
        recipe.id_column: source_id,
        "outcome": attempt.outcome.value,
        "reason": attempt.reason,
        "is_unfinished": attempt.outcome == Outcome.FAILED,
        "warnings": list(attempt.warnings),
        "fingerprint": fingerprint,
        "code_version": recipe.code_version,
        "engine": engine.name,
        "engine_version": engine.version,
        "parameters": today.parameters_json,
        CODE_DIGEST: code_digest(recipe.make),
        FAILURE_CLASS: attempt.failure_class and attempt.failure_class.value,
        "inputs": canonical_json(inputs),
        "seconds": attempt.seconds,
        "made_at": datetime.now(UTC),
        "files": [{"role": role, **vars(file)} for role, file in files],
    }


def payload_of_row(payload_type: type, row: Row) -> object:
    """The payload dataclass that a usable row was made from."""
    values = {name: row[name] for name in field_names(payload_type) if name in row}
    roles = file_fields(payload_type)
    for file in row["files"]:
        if file["role"] in roles:
            values[file["role"]] = {key: value for key, value in file.items() if key != "role"}
    payload: object = adapter(payload_type).validate_python(values)
    return payload
