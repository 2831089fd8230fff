"""Row tables that no asset makes, as Dagster shows them: what came in, and what people decided."""

from collections.abc import Sequence

import dagster as dg

from resources.rows.table import Table


def ingest_tables(tables: Sequence[Table]) -> list[dg.AssetSpec]:
    """One asset per table that it shows and does not make; the roots of the lineage."""
    return [table_spec(table) for table in tables]


def table_spec(table: Table) -> dg.AssetSpec:
    """One row table as Dagster shows it."""
    schema, name = table.name.split("/")
    return dg.AssetSpec(
        [schema, name],
        description=table.description,
        group_name=schema,
        kinds={"parquet"},
        owners=["team:media"],
        metadata={"dagster/table_name": f"{schema}.{name}"},
    )
