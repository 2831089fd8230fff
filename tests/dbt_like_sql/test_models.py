"""Facts about the loader: files say everything, and a file that does not is refused by name."""

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dbt_like_sql.model_files import FOLDER, models_version
from dbt_like_sql.models import ModelError, build, load_models

HEADER = "-- Orders as they came.\n-- Grain: one row per order.\n-- test: unique(order_id)\n"
SHOUTED = re.compile(r"\b(SELECT|FROM|WHERE|JOIN|CASE|WHEN|AS)\b")


def orders(sql: str) -> str:
    """A model that says what it must."""
    return f"{HEADER}\n{sql}"


def write(folder: Path, **files: str) -> Path:
    """SQL files, named layer__model."""
    for name, sql in files.items():
        layer, _, model = name.partition("__")
        path = folder / layer / f"{model}.sql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(sql)
    return folder


def test_the_header_is_the_documentation(tmp_path: Path) -> None:
    sql = orders("-- warn: accepted_values(state, new, paid)\nselect 1 as order_id, 'new' as state")
    write(tmp_path, marts__orders=sql.replace(")\n\n--", ")\n--"))

    model = load_models(tmp_path)["orders"]

    assert model.description == "Orders as they came.\nGrain: one row per order."
    assert [(test.name, test.arguments, test.is_blocking) for test in model.tests] == [
        ("unique", ("order_id",), True),
        ("accepted_values", ("state", "new", "paid"), False),
    ]


def test_models_come_after_those_that_they_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        marts__a=orders("with b as (select * from b) select * from b"),
        marts__b=orders("select * from c join lateral (select * from shop.item) on true"),
        staging__c=orders("select * from shop.orders, unnest([1]) as t(x)"),
    )
    models = load_models(tmp_path)

    assert list(models) == ["c", "b", "a"]
    assert models["a"].reads == {"b"}
    assert models["b"].reads == {"c", "shop.item"}
    assert models["c"].reads == {"shop.orders"}


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select 1", "Grain"),
        (orders("select * from ordres"), "orders.sql reads ordres, which is no model"),
        (orders("select 1; select 2"), "exactly one SELECT"),
        (orders("drop table orders"), "exactly one SELECT"),
        (orders("select from where"), "orders.sql"),
    ],
    ids=["no_grain", "unknown_model", "two_statements", "no_select", "no_sql"],
)
def test_a_file_that_is_no_model_is_refused_by_name(tmp_path: Path, sql: str, message: str) -> None:
    write(tmp_path, marts__orders=sql)

    with pytest.raises(ModelError, match=message):
        load_models(tmp_path)


def test_two_models_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path, marts__orders=orders("select 1"), staging__orders=orders("select 1"))

    with pytest.raises(ModelError, match="two models of one name"):
        load_models(tmp_path)


def test_the_version_changes_with_any_model(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one = write(tmp_path / "one", marts__orders=orders("select 1 as order_id"))
    two = write(tmp_path / "two", marts__orders=orders("select 2 as order_id"))

    assert models_version(one) != models_version(two)
    assert models_version(one) == models_version(one)


def test_staging_is_always_views_and_marts_are_what_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path, staging__c=orders("select 1 as x"), marts__b=orders("select * from c"))
    with duckdb.connect() as connection:
        build(connection, "table", tmp_path)
        assert connection.execute("select view_name from duckdb_views() where not internal")
        assert connection.execute("select table_name from duckdb_tables()").fetchall() == [("b",)]

        build(connection, "view", tmp_path)
        assert connection.execute("select table_name from duckdb_tables()").fetchall() == []
        assert connection.execute("select x from b").fetchall() == [(1,)]


def test_an_error_names_the_model(tmp_path: Path) -> None:
    write(tmp_path, marts__b=orders("select no_such_column"))
    with duckdb.connect() as connection, pytest.raises(duckdb.BinderException) as failure:
        build(connection, "table", tmp_path)

    assert failure.value.__notes__ == ["while making marts/b.sql"]


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.sql")), ids=lambda path: path.stem)
def test_our_sql_keeps_the_house_style(path: Path) -> None:
    sql = path.read_text()

    assert max(map(len, sql.splitlines())) <= 100
    assert sql.startswith("-- ")
    assert not SHOUTED.search(sql)


def test_every_process_gives_the_models_the_same_version() -> None:
    """Else the service would publish again and again; Python orders sets anew in each process."""
    code = "from dbt_like_sql.model_files import models_version; print(models_version())"
    versions = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(FOLDER.parent)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(versions) == 1
