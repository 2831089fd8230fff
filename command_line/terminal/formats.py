"""The formats in which results leave the program; ``warehouse.text_forms`` writes them."""

from enum import StrEnum


class SqlFormat(StrEnum):
    """How query results are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


class ExportFormat(StrEnum):
    """How exports are written."""

    JSONL = "jsonl"
    PARQUET = "parquet"
    CSV = "csv"
