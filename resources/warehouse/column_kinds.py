"""The types of a result's columns, without DuckDB: who only shows a result need not import it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resources.warehouse.query_error import QueryError

if TYPE_CHECKING:
    from duckdb.sqltypes import DuckDBPyType

NESTED = frozenset({"list", "array", "struct"})
"""DuckDB's types whose parts are told apart; maps, unions and the like are shown as texts."""

DEEPEST = 50
"""Lists within lists; each level costs a call in whatever reads them."""


@dataclass(frozen=True)
class ColumnKind:
    """A type by DuckDB's name for it, in lower case; ``parts`` of a record by field name.

    The one part of a list is "child"; ``scale`` is that of a decimal: digits after the point.
    """

    id: str
    parts: tuple[tuple[str, "ColumnKind"], ...] = ()
    scale: int = 0

    @property
    def child(self) -> "ColumnKind":
        """The kind of a list's elements."""
        return dict(self.parts)["child"]


def kind_of(found: "DuckDBPyType", level: int = 0) -> ColumnKind:
    """DuckDB's own description of a type. Raises QueryError for one that nests too deep."""
    if level > DEEPEST:
        raise QueryError(f"lists and records nest more than {DEEPEST} deep: ask for their parts")
    if found.id == "decimal":
        return ColumnKind("decimal", scale=int(str(dict(found.children)["scale"])))
    children: Any = found.children if found.id in NESTED else []
    known = children[:1] if found.id == "array" else children  # after the child comes its size
    return ColumnKind(found.id, tuple((name, kind_of(kind, level + 1)) for name, kind in known))


def kind_as_json(kind: ColumnKind) -> list[Any]:
    """The kind as a JSON list."""
    return [kind.id, kind.scale, [[name, kind_as_json(part)] for name, part in kind.parts]]


def kind_from_json(value: Any, level: int = 0) -> ColumnKind:
    """What ``kind_as_json`` made. Raises ValueError, TypeError for anything else."""
    if level > DEEPEST + 1:
        raise ValueError("the kinds nest too deep")
    name, scale, parts = value
    if not isinstance(name, str) or not isinstance(scale, int):
        raise TypeError("a kind is a name, a number and its parts")
    known = tuple((str(part), kind_from_json(kind, level + 1)) for part, kind in parts)
    if name in ("list", "array") and [part for part, _ in known] != ["child"]:
        raise ValueError("a list has one kind of elements")
    return ColumnKind(name, known, scale)


def parts_within(kind: ColumnKind) -> Iterator[ColumnKind]:
    """The kind itself and all that it is made of."""
    yield kind
    for _, part in kind.parts:
        yield from parts_within(part)
