"""SQL models: one SELECT per file, found, ordered and described by what is in the files.

``staging`` gives row tables plain names and types and is always views; ``marts`` holds what people
ask: tables in media.duckdb, views in live.duckdb. A file's header is its documentation: purpose,
then ``Grain: ...``, then on which source a row depends (``live: by(image_id)``, see
``narrow_models``), then lines ``test: unique(column)`` (see ``checks``). What a model reads is
found by parsing it, so nothing is declared twice.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Literal

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.optimizer import traverse_scope

from dbt_like_sql.model_files import FOLDER, model_paths
from resources.warehouse.live_tables import ARTIFACT_VIEWS

BUILT = """
select table_name, 'table' from duckdb_tables()
where database_name = current_database() and schema_name = 'main'
union all
select view_name, 'view' from duckdb_views()
where database_name = current_database() and schema_name = 'main' and not internal
"""

TEST = re.compile(r"(test|warn): (\w+)\((.*)\)")
LIVE = re.compile(r"live: (?:by\((\w+)\)|anew, .+)")


class ModelError(ValueError):
    """A model file cannot be used; the message names the file and what is wrong."""


@dataclass(frozen=True)
class ColumnTest:
    """A line ``test: name(arguments)``; one that begins with ``warn:`` does not block."""

    name: str
    arguments: tuple[str, ...]
    is_blocking: bool


@dataclass(frozen=True)
class Model:
    """One SELECT. ``reads`` are its inputs as written: ``images`` or ``image.viewing_copy``."""

    name: str
    layer: str
    description: str
    sql: str
    tests: tuple[ColumnTest, ...]
    reads: frozenset[str]
    live_by: str | None = None
    """The column that names the one source on which a row depends; see ``narrow_models``."""


def load_models(folder: Path = FOLDER) -> Mapping[str, Model]:
    """Every model by name, each after those that it reads. Raises ModelError."""
    return models_in(folder)


@cache
def models_in(folder: Path) -> Mapping[str, Model]:
    """The models below a folder, parsed once per process. Raises ModelError."""
    found = [read_model(path) for path in model_paths(folder)]
    models = {model.name: model for model in found}
    if len(models) < len(found):
        raise ModelError(f"two models of one name below {folder}")
    for model in found:
        for name in model.reads - models.keys() - set(ARTIFACT_VIEWS):
            if "." not in name:
                raise ModelError(f"{model.layer}/{model.name}.sql reads {name}, which is no model")
    graph = {model.name: model.reads & models.keys() for model in found}
    return {name: models[name] for name in TopologicalSorter(graph).static_order()}


def read_model(path: Path) -> Model:
    """The model in one file. Raises ModelError."""
    sql = path.read_text(encoding="utf-8")
    header = list(header_lines(sql))
    matches = [match for line in header if (match := TEST.fullmatch(line))]
    lives = [match for line in header if (match := LIVE.fullmatch(line))]
    prose = [line for line in header if not TEST.fullmatch(line) and not LIVE.fullmatch(line)]
    tests = tuple(test_of(match) for match in matches)
    if not any(line.startswith("Grain: ") for line in prose):
        raise ModelError(f"{path.name}: its header must say '-- Grain: one row per ...'")
    description, live_by = "\n".join(prose).strip(), next((match[1] for match in lives), None)
    reads = tables_read(path, sql)
    return Model(path.stem, path.parent.name, description, sql, tests, reads, live_by)


def header_lines(sql: str) -> Iterator[str]:
    """The comment lines at the top of a file, without dashes."""
    for line in sql.splitlines():
        if not line.startswith("--"):
            return
        yield line.removeprefix("--").strip()


def test_of(match: re.Match[str]) -> ColumnTest:
    """The test that a header line asks for."""
    arguments = tuple(argument.strip() for argument in match[3].split(","))
    return ColumnTest(match[2], arguments, is_blocking=match[1] == "test")


def tables_read(path: Path, sql: str) -> frozenset[str]:
    """Names of the tables that ``sql`` reads; its WITH clauses are not. Raises ModelError."""
    try:
        statements = sqlglot.parse(sql, dialect="duckdb")
    except sqlglot.ParseError as error:
        raise ModelError(f"{path.name}: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ModelError(f"{path.name}: exactly one SELECT is expected")
    sources = (
        source for scope in traverse_scope(statements[0]) for source in scope.sources.values()
    )
    tables = (source for source in sources if isinstance(source, exp.Table) and source.name)
    return frozenset(f"{table.db}.{table.name}" if table.db else table.name for table in tables)


def build_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make every mart a table on ``connection``. Raises duckdb.Error."""
    build(connection, "table")


def build_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Make every mart a view on ``connection``. Raises duckdb.Error."""
    build(connection, "view")


def build(
    connection: duckdb.DuckDBPyConnection,
    mart_kind: Literal["table", "view"],
    folder: Path = FOLDER,
) -> None:
    """Make every model again, each after those that it reads, and drop those that are no more.

    Raises duckdb.Error with a note that names the model.
    """
    drop_models(connection)
    for model in load_models(folder).values():
        kind = mart_kind if model.layer == "marts" else "view"
        try:
            connection.execute(f'create {kind} "{model.name}" as {model.sql}')
        except duckdb.Error as error:
            error.add_note(f"while making {model.layer}/{model.name}.sql")
            raise


def drop_models(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what an earlier build made: all of schema main but the base layer's own views."""
    for name, kind in connection.execute(BUILT).fetchall():
        if name not in ARTIFACT_VIEWS:
            connection.execute(f'drop {kind} "{name}"')
