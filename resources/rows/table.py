"""What a row table is: its name, its columns, what names a row of it, and what is in it."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Table:
    """One row table; the module that owns its rows defines it once, as a constant.

    ``name`` is written like ``ingest/original``: the SQL schema, then the table. ``key`` names
    the columns by which rows replace older ones; with an empty key every row counts (a log).
    ``description`` is for people: Dagster's UI shows it.
    """

    name: str
    schema: pl.Schema
    key: tuple[str, ...]
    description: str
