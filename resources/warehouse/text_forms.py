"""Frames as CSV and as JSON lines, safe to open in a spreadsheet."""

import json

import polars as pl

from resources.display_text import plain_json
from resources.json_values import json_value

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that begins so; OWASP's advice is a quote before it."""


def write_csv(frame: pl.DataFrame) -> str:
    """CSV with a header; lists and structs as JSON, text that looks like a formula quoted."""
    columns = [pl.Series(series.name, [csv_cell(v) for v in series]) for series in frame]
    return pl.DataFrame(columns).write_csv()


def csv_cell(value: object) -> str | None:
    """One value as text."""
    if value is None:
        return None
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, pl.Series):
        value = value.to_list()
    text = json.dumps(value, ensure_ascii=False, default=json_value)
    return text.strip('"') if not isinstance(value, dict | list) else text


def write_ndjson(frame: pl.DataFrame) -> str:
    """One JSON object a line."""
    lines = (json.dumps(row, ensure_ascii=False, default=json_value) for row in frame.to_dicts())
    return "".join(f"{plain_json(line)}\n" for line in lines)
