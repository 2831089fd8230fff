"""Tests of SQL models: lines in a model's header, and ``tests/assert_*.sql`` for everything else.

Each is a SELECT of the rows that break it. After an update (see ``updated_tables``) a test that
held before looks only at rows of the sources that were touched; what is learned is remembered in
the file. ``test:`` must hold or nothing is published; ``warn:``
is reported and does not hold up the tables: what a user's files can cause must never do that.

    test: unique(image_id)
    test: unique(medium, asset)
    test: not_null(image_id)
    test: accepted_values(outcome, ok, degraded)
    warn: relationships(image_id, images.image_id)
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

import duckdb

from dbt_like_sql.model_files import FOLDER
from dbt_like_sql.models import ColumnTest, Model, ModelError, header_lines, load_models
from dbt_like_sql.narrow_models import Form

UNIQUE = Template(
    "select $columns, count(*) from $table where $are_known group by $columns having count(*) > 1"
)
NOT_NULL = Template("select * from $table where $column is null")
ACCEPTED_VALUES = Template("select $column from $table where $column not in ($values)")
RELATIONSHIPS = Template(
    "select $column from $table where $column is not null "
    "and $column not in (select $other_column from $other_table where $other_column is not null)"
)

TOUCHED = '(from "{model}" where {by} in (from fresh.touched))'
KNOWN = "from publication.check_result"
REMEMBER = """
create schema if not exists publication;
create or replace table publication.check_result (
    model varchar, name varchar, failing_rows bigint, examples varchar[]
)
"""
REMEMBERED = """
insert into publication.check_result
select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::bigint[]), unnest(?::varchar[][])
"""

EXAMPLES = 5
"""Failing rows shown with a check; SQL has them all."""


Known = tuple[int, tuple[str, ...]]
"""Failing rows, and the first few as text."""

CheckKey = tuple[str, str]
"""The names of a model and of a check of it."""


@dataclass(frozen=True)
class Check:
    """A SELECT of the rows of ``model`` that should not be there."""

    name: str
    model: str
    description: str
    sql: str
    is_blocking: bool
    touched_sql: str | None = None
    """The same of the sources that were touched; None where a row may clash with any other."""

    @property
    def key(self) -> CheckKey:
        """What names it: a check's name is unique within its model."""
        return self.model, self.name


@dataclass(frozen=True)
class CheckResult:
    """How a check went: number of failing rows, and the first few as text."""

    check: Check
    failing_rows: int
    examples: tuple[str, ...]
    is_news: bool
    """Whether the last publication learned something else, or nothing."""

    @property
    def is_stopping(self) -> bool:
        """Whether the tables must not be published."""
        return self.failing_rows > 0 and self.check.is_blocking


@cache
def load_checks(folder: Path = FOLDER) -> Sequence[Check]:
    """All checks, in the order of the models. Raises ModelError."""
    models = load_models(folder)
    of_columns = [column_check(model, test) for model in models.values() for test in model.tests]
    singular = [singular_check(path) for path in sorted((folder / "tests").glob("assert_*.sql"))]
    for check in singular:
        if check.model not in models:
            raise ModelError(f"tests/{check.name}.sql is of {check.model!r}, which is no model")
    return (*of_columns, *singular)


def run_checks(
    connection: duckdb.DuckDBPyConnection,
    forms: Mapping[str, Form] | None = None,
    folder: Path = FOLDER,
) -> Sequence[CheckResult]:
    """The results of all checks on built models.

    ``forms`` says what an update did with each model; None: all were made anew. Raises
    duckdb.Error.
    """
    known = {} if forms is None else known_results(connection)
    return [
        result_of(connection, check, known.get(check.key), (forms or {}).get(check.model, "anew"))
        for check in load_checks(folder)
    ]


def remember_results(connection: duckdb.DuckDBPyConnection, results: Sequence[CheckResult]) -> None:
    """Write them into the publication in the making. Raises duckdb.Error."""
    connection.execute(REMEMBER)
    rows = [(*one.check.key, one.failing_rows, list(one.examples)) for one in results]
    connection.execute(REMEMBERED, [list(column) for column in zip(*rows, strict=True)] or [[]] * 4)


def result_of(
    connection: duckdb.DuckDBPyConnection, check: Check, known: Known | None, form: Form
) -> CheckResult:
    """How one check goes now, learned from as few rows as will do."""
    if known is not None and form == "published" and check.touched_sql is not None:
        return CheckResult(check, *known, is_news=False)
    held = known is not None and known[0] == 0
    sql = check.touched_sql if held and form == "by_source" else None
    failing = connection.execute(sql or check.sql).fetchall()
    examples = tuple(", ".join(map(str, row)) for row in failing[:EXAMPLES])
    return CheckResult(check, len(failing), examples, (len(failing), examples) != known)


def known_results(connection: duckdb.DuckDBPyConnection) -> dict[CheckKey, Known]:
    """What the last publication learned; nothing of a file that does not remember it."""
    try:
        rows = connection.execute(KNOWN).fetchall()
    except duckdb.CatalogException:
        return {}
    return {(model, name): (failing, tuple(examples)) for model, name, failing, examples in rows}


def column_check(model: Model, test: ColumnTest) -> Check:
    """The check that a header line asks for. Raises ModelError for an unknown one."""
    if test.name not in COLUMN_CHECKS or not test.arguments[0]:
        known = ", ".join(sorted(COLUMN_CHECKS))
        raise ModelError(f"{model.name}.sql: no test {test.name}(...), only {known}")
    make = COLUMN_CHECKS[test.name]
    sql = make(model.name, *test.arguments)
    touched = TOUCHED.format(model=model.name, by=model.live_by)
    touched_sql = make(touched, *test.arguments) if is_of_one_source(model, test) else None
    column, *others = test.arguments
    checked = "_".join(test.arguments) if test.name == "unique" else column
    name = re.sub(r"\W+", "_", f"{test.name}_{checked}")
    described = f"{test.name}({', '.join([column, *others])})"
    return Check(name, model.name, described, sql, test.is_blocking, touched_sql)


def is_of_one_source(model: Model, test: ColumnTest) -> bool:
    """Whether rows of other sources cannot break the test when those of one source change."""
    return model.live_by is not None and (test.name != "unique" or model.live_by in test.arguments)


def singular_check(path: Path) -> Check:
    """The check in one file ``assert_*.sql``: purpose, then ``Model: name``."""
    sql = path.read_text(encoding="utf-8")
    header = list(header_lines(sql))
    model = [line.removeprefix("Model: ") for line in header if line.startswith("Model: ")]
    if len(model) != 1:
        raise ModelError(f"tests/{path.name}: its header must say '-- Model: name' once")
    prose = [line for line in header if not line.startswith(("Model: ", "Severity: "))]
    is_blocking = "Severity: warn" not in header
    return Check(path.stem, model[0], "\n".join(prose), sql, is_blocking)


def unique(table: str, *columns: str) -> str:
    """Values, or combinations of values, that more than one row has."""
    are_known = " and ".join(f"{column} is not null" for column in columns)
    return UNIQUE.substitute(table=table, columns=", ".join(columns), are_known=are_known)


def not_null(table: str, column: str) -> str:
    """Rows without a value."""
    return NOT_NULL.substitute(table=table, column=column)


def accepted_values(table: str, column: str, *values: str) -> str:
    """Values that are none of ``values``."""
    texts = ", ".join(f"'{value}'" for value in values)
    return ACCEPTED_VALUES.substitute(table=table, column=column, values=texts)


def relationships(table: str, column: str, target: str) -> str:
    """Values that ``target`` (model.column) does not have."""
    other_table, _, other_column = target.rpartition(".")
    return RELATIONSHIPS.substitute(
        table=table, column=column, other_table=other_table, other_column=other_column
    )


COLUMN_CHECKS: dict[str, Callable[..., str]] = {
    "unique": unique,
    "not_null": not_null,
    "accepted_values": accepted_values,
    "relationships": relationships,
}
