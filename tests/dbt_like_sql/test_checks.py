"""Facts about checks: each finds exactly the rows that break it."""

from pathlib import Path

import duckdb
import pytest

from dbt_like_sql.checks import load_checks, run_checks
from dbt_like_sql.models import ModelError, build

HEADER = "-- Orders.\n-- Grain: one row per order.\n"
ROWS = "select * from (values ('a', 1), ('a', 2), (null, 3), ('b', null)) as t(name, number)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for layer in ("staging", "marts", "tests"):
        (tmp_path / layer).mkdir()
    people = "-- People.\n-- Grain: one row per person.\nselect 'a' as name"
    (tmp_path / "staging" / "people.sql").write_text(people)
    return tmp_path


def failing(folder: Path, test: str) -> tuple[int, tuple[str, ...], bool]:
    (folder / "marts" / "orders.sql").write_text(f"{HEADER}-- {test}\n\n{ROWS}")
    with duckdb.connect() as connection:
        build(connection, "table", folder)
        (result,) = run_checks(connection, folder=folder)
    return result.failing_rows, result.examples, result.is_stopping


@pytest.mark.parametrize(
    ("test", "rows", "examples"),
    [
        ("test: unique(name)", 1, ("a, 2",)),
        ("test: unique(number)", 0, ()),
        ("test: unique(name, number)", 0, ()),
        ("test: not_null(name)", 1, ("None, 3",)),
        ("test: accepted_values(name, a)", 1, ("b",)),
        ("test: accepted_values(name, a, b)", 0, ()),
        ("test: relationships(name, people.name)", 1, ("b",)),
    ],
)
def test_a_check_finds_the_rows_that_break_it(
    folder: Path, test: str, rows: int, examples: tuple[str, ...]
) -> None:
    assert failing(folder, test) == (rows, examples, rows > 0)


def test_a_combination_of_values_is_unique_or_not(folder: Path) -> None:
    (folder / "marts" / "orders.sql").write_text(
        f"{HEADER}-- test: unique(name, number)\n\n{ROWS} union all select 'a', 2"
    )
    with duckdb.connect() as connection:
        build(connection, "table", folder)
        (result,) = run_checks(connection, folder=folder)

    assert (result.check.name, result.examples) == ("unique_name_number", ("a, 2, 2",))


def test_a_warning_never_stops_a_publication(folder: Path) -> None:
    assert failing(folder, "warn: not_null(name)") == (1, ("None, 3",), False)


def test_a_singular_check_belongs_to_the_model_that_it_names(folder: Path) -> None:
    assertion = "-- Numbers are small.\n-- Model: orders\n\nselect * from orders where number > 2"
    (folder / "tests" / "assert_small.sql").write_text(assertion)
    (folder / "marts" / "orders.sql").write_text(HEADER + ROWS)

    (check,) = load_checks(folder)

    assert (check.name, check.model, check.description) == (
        "assert_small",
        "orders",
        "Numbers are small.",
    )
    assert check.is_blocking


@pytest.mark.parametrize(
    ("test", "message"),
    [("test: uniqe(name)", "no test uniqe"), ("test: unique()", "no test unique")],
)
def test_an_unknown_check_is_refused(folder: Path, test: str, message: str) -> None:
    (folder / "marts" / "orders.sql").write_text(f"{HEADER}-- {test}\n\n{ROWS}")

    with pytest.raises(ModelError, match=message):
        load_checks(folder)


@pytest.mark.parametrize("header", ["-- Small.", "-- Small.\n-- Model: ordres"])
def test_a_singular_check_without_a_model_is_refused(folder: Path, header: str) -> None:
    (folder / "tests" / "assert_small.sql").write_text(f"{header}\n\nselect 1")

    with pytest.raises(ModelError, match="assert_small"):
        load_checks(folder)
