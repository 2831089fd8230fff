"""Append-only Parquet rows: the truth from which every table can be made again."""
