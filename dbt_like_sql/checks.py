"""Tests of SQL models: lines in a model's header, and ``tests/assert_*.sql`` for everything else.

Each is a SELECT of the rows that break it. ``test:`` must hold or nothing is published; ``warn:``
is reported and does not hold up the tables: what a user's files can cause must never do that.

    test: unique(image_id)
    test: unique(medium, asset)
    test: not_null(image_id)
    test: accepted_values(outcome, ok, degraded)
    warn: relationships(image_id, images.image_id)
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

import duckdb

from dbt_like_sql.model_files import FOLDER
from dbt_like_sql.models import ColumnTest, Model, ModelError, header_lines, load_models

UNIQUE = Template(
    "select $columns, count(*) from $table where $are_known group by $columns having count(*) > 1"
)
NOT_NULL = Template("select * from $table where $column is null")
ACCEPTED_VALUES = Template("select $column from $table where $column not in ($values)")
RELATIONSHIPS = Template(
    "select $column from $table where $column is not null "
    "and $column not in (select $other_column from $other_table where $other_column is not null)"
)

EXAMPLES = 5
"""Failing rows shown with a check; SQL has them all."""


@dataclass(frozen=True)
class Check:
    """A SELECT of the rows of ``model`` that should not be there."""

    name: str
    model: str
    description: str
    sql: str
    is_blocking: bool


@dataclass(frozen=True)
class CheckResult:
    """How a check went: number of failing rows, and the first few as text."""

    check: Check
    failing_rows: int
    examples: tuple[str, ...]

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
    connection: duckdb.DuckDBPyConnection, folder: Path = FOLDER
) -> Iterator[CheckResult]:
    """Run every check on built models. Raises duckdb.Error."""
    for check in load_checks(folder):
        failing = connection.execute(check.sql).fetchall()
        examples = tuple(", ".join(map(str, row)) for row in failing[:EXAMPLES])
        yield CheckResult(check, len(failing), examples)


def column_check(model: Model, test: ColumnTest) -> Check:
    """The check that a header line asks for. Raises ModelError for an unknown one."""
    if test.name not in COLUMN_CHECKS or not test.arguments[0]:
        known = ", ".join(sorted(COLUMN_CHECKS))
        raise ModelError(f"{model.name}.sql: no test {test.name}(...), only {known}")
    sql = COLUMN_CHECKS[test.name](model.name, *test.arguments)
    column, *others = test.arguments
    checked = "_".join(test.arguments) if test.name == "unique" else column
    name = re.sub(r"\W+", "_", f"{test.name}_{checked}")
    described = f"{test.name}({', '.join([column, *others])})"
    return Check(name, model.name, described, sql, test.is_blocking)


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
