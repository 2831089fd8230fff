"""Frames as CSV and as JSON lines, safe to open in a spreadsheet."""

import json
from decimal import Decimal

import polars as pl

from resources.display_text import plain_json
from resources.json_values import json_value

FORMULA_STARTS = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")
"""A spreadsheet runs a cell that begins so, also in full-width characters; OWASP's advice ("CSV
Injection") is a quote before it."""


def write_csv(frame: pl.DataFrame) -> str:
    """CSV with a header; lists and structs as JSON, text that looks like a formula quoted.

    So are the names of columns: whoever wrote the query chose them.
    """
    cells = [[csv_cell(one) for one in (series.name, *series)] for series in frame]
    columns = [pl.Series(str(place), column) for place, column in enumerate(cells)]
    return pl.DataFrame(columns).write_csv(include_header=False)


def csv_cell(value: object) -> str | None:
    """One value as text."""
    if value is None:
        return None
    if isinstance(value, str):
        return no_formula(value)
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, pl.Series):
        value = value.to_list()
    text = json.dumps(value, ensure_ascii=False, default=json_value)
    if isinstance(value, dict | list | Decimal):
        return text
    return no_formula(text.strip('"'))


def no_formula(text: str) -> str:
    """The text with a quote before it where a spreadsheet would run it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def write_ndjson(frame: pl.DataFrame) -> str:
    """One JSON object a line."""
    lines = (json.dumps(row, ensure_ascii=False, default=json_value) for row in frame.to_dicts())
    return "".join(f"{plain_json(line)}\n" for line in lines)
