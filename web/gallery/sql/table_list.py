"""The tables that SQL can ask, with what they are for and their columns."""

from collections.abc import Mapping
from dataclasses import dataclass

from dbt_like_sql.models import load_models
from media_assets.tables import all_tables
from resources.warehouse.live_tables import history_of
from resources.warehouse.published_file import PublishedFile

COLUMNS = """
select
    if(schema_name = 'main', table_name, schema_name || '.' || table_name) as name,
    list({'name': column_name, 'type': lower(data_type)} order by column_index) as columns
from duckdb_columns()
where
    database_name = 'media'
    and schema_name not in ('publication', 'information_schema', 'pg_catalog')
    and not ends_with(schema_name, '_history')
    and (schema_name != 'main' or not (
        starts_with(table_name, 'stg_') or table_name in (
            'artifact_rows', 'artifact_row_history', 'parent_row_history'
        )
    ))
group by all
order by max(schema_name) != 'main', name
"""
HISTORY = """
select schema_name || '.' || table_name as name
from duckdb_tables()
where database_name = 'media' and ends_with(schema_name, '_history')
"""
OTHER = "Rows as they were written."


@dataclass(frozen=True)
class Column:
    """A column of a table, with its DuckDB type in lower case."""

    name: str
    type: str


@dataclass(frozen=True)
class ListedTable:
    """``name`` is as written in SQL; ``history`` the table with all versions of its rows."""

    name: str
    description: str
    grain: str | None
    columns: tuple[Column, ...]
    history: str | None

    @property
    def sample(self) -> str:
        """SQL that shows some rows."""
        return f"from {self.name} limit 100"


def listed_tables(published: PublishedFile) -> list[ListedTable]:
    """All tables, those made for asking first: ``published.remembered(listed_tables)``."""
    descriptions = table_descriptions()
    histories = {name for (name,) in published.rows(HISTORY).rows}
    return [
        listed_table(row["name"], row["columns"], descriptions, histories)
        for row in published.records(COLUMNS)
    ]


def listed_table(
    name: str,
    columns: list[dict[str, str]],
    descriptions: Mapping[str, str],
    histories: set[str],
) -> ListedTable:
    """One table; its grain is the line that the header of a model has."""
    text, _, grain = descriptions.get(name, OTHER).partition("Grain: ")
    history = history_of(name)
    return ListedTable(
        name,
        " ".join(text.split()),
        " ".join(grain.split()) or None,
        tuple(Column(one["name"], one["type"]) for one in columns),
        history if history in histories else None,
    )


def table_descriptions() -> dict[str, str]:
    """Name as written in SQL -> what the table is, for models and for row tables."""
    models = {model.name: model.description for model in load_models().values()}
    rows = {table.name.replace("/", "."): table.description for table in all_tables()}
    return {**rows, **models}
