"""Which column of a model comes from which columns of the tables that it reads.

sqlglot follows each column through the model's WITH clauses. The columns of the tables must be
known, so this runs on a connection where the models are built.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from sqlglot import exp, parse_one
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer import build_scope, qualify
from sqlglot.schema import MappingSchema

from dbt_like_sql.models import Model

COLUMNS = """
select schema_name, table_name, column_name, data_type
from duckdb_columns()
where database_name = current_database() and schema_name not in ('publication')
order by schema_name, table_name, column_index
"""


@dataclass(frozen=True)
class Column:
    """One column: table as written in SQL (``images``, ``image.viewing_copy``), name, type."""

    table: str
    name: str
    type: str


@dataclass(frozen=True)
class ColumnSource:
    """A column that another one is made from."""

    table: str
    column: str


def read_columns(connection: duckdb.DuckDBPyConnection) -> Sequence[Column]:
    """The columns of all tables and views of the default database, in order."""
    return [
        Column(table if schema == "main" else f"{schema}.{table}", name, kind)
        for schema, table, name, kind in connection.execute(COLUMNS).fetchall()
    ]


def column_lineage(
    model: Model, columns: Sequence[Column]
) -> Mapping[str, frozenset[ColumnSource]]:
    """Column of ``model`` -> the columns of its inputs that it is made from."""
    schema = schema_of([column for column in columns if column.table in model.reads])
    tree = qualify.qualify(parse_one(model.sql, dialect="duckdb"), schema=schema, dialect="duckdb")
    nodes = lineage(
        None,
        tree,
        schema=schema,
        scope=build_scope(tree),
        dialect="duckdb",
        trim_selects=False,  # it would copy the tree for every column
        copy=False,
    )
    names = [column.name for column in columns if column.table == model.name]
    return {name: sources_of(nodes[name]) for name in names}


def schema_of(columns: Sequence[Column]) -> MappingSchema:
    """The columns in the form in which sqlglot looks them up."""
    tables: dict[str, Any] = {}
    for column in columns:
        schema, _, table = column.table.rpartition(".")
        tables.setdefault(schema or "main", {}).setdefault(table, {})[column.name] = "unknown"
    return MappingSchema(tables, dialect="duckdb")


def sources_of(node: Node) -> frozenset[ColumnSource]:
    """The leaves of a lineage tree that are columns of tables."""
    return frozenset(
        ColumnSource(table_name(leaf.source), leaf.name.rpartition(".")[2].strip('"'))
        for leaf in node.walk()
        if isinstance(leaf.source, exp.Table) and not leaf.downstream
    )


def table_name(table: exp.Table) -> str:
    """A table as written in SQL, without the default schema."""
    return f"{table.db}.{table.name}" if table.db not in ("", "main") else table.name
