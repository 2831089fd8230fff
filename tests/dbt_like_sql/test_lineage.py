"""Facts about column lineage: it follows a column through WITH clauses to the tables read."""

from pathlib import Path

import duckdb

from dbt_like_sql.lineage import ColumnSource, column_lineage, read_columns
from dbt_like_sql.models import build as build_models
from dbt_like_sql.models import load_models

HEADER = "-- A model.\n-- Grain: one row per thing.\n"
MODEL = """
with items as (select * from shop.item), names as (select * from names)

select items.item_id, upper(names.name) as label, count(*) as item_count
from items
left join names using (item_id)
group by all
"""
NAMES = "select item_id, title as name from shop.item"


def test_each_column_comes_from_the_tables_that_it_is_made_from(tmp_path: Path) -> None:
    (tmp_path / "marts").mkdir()
    (tmp_path / "marts" / "labels.sql").write_text(HEADER + MODEL)
    (tmp_path / "marts" / "names.sql").write_text(HEADER + NAMES)
    with duckdb.connect() as connection:
        connection.execute("create schema shop; create table shop.item (item_id int, title text)")
        build_models(connection, "table", tmp_path)
        columns = read_columns(connection)
    models = load_models(tmp_path)

    assert column_lineage(models["labels"], columns) == {
        "item_id": {ColumnSource("shop.item", "item_id")},
        "label": {ColumnSource("names", "name")},
        "item_count": frozenset(),
    }
    assert column_lineage(models["names"], columns)["name"] == {ColumnSource("shop.item", "title")}
