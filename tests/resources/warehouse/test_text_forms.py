"""CSV that a spreadsheet opens and nobody regrets."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest

from resources.warehouse.text_forms import FORMULA_STARTS, write_csv


@pytest.mark.parametrize("start", list("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"))
@pytest.mark.parametrize("encode", [str, str.encode], ids=["text", "bytes"])
def test_no_cell_and_no_heading_is_a_formula(start: str, encode: type[str]) -> None:
    """Whoever saves a query or sends a link to one names its columns."""
    formula = f"{start}HYPERLINK(1)"
    found = write_csv(pl.DataFrame({formula: [encode(formula)]}))
    cells = [cell for row in csv.reader(io.StringIO(found, newline="")) for cell in row]

    assert cells[0] == f"'{formula}"
    assert [cell for cell in cells if cell.startswith(FORMULA_STARTS)] == []


def test_numbers_stay_numbers() -> None:
    frame = pl.DataFrame({"n": [-1, None], "d": [Decimal("-1.5"), None], "f": [-0.5, None]})

    assert write_csv(frame) == "n,d,f\n-1,-1.5,-0.5\n,,\n"


def test_headings_may_become_the_same() -> None:
    assert write_csv(pl.DataFrame({"=a": [1], "'=a": [2]})) == "'=a,'=a\n1,2\n"


def test_a_result_without_rows_has_its_headings() -> None:
    assert write_csv(pl.DataFrame({"a": [], "b": []})) == "a,b\n"
    assert write_csv(pl.DataFrame({"t": [timedelta(days=1)]})) == 't\n"1 day, 0:00:00"\n'
