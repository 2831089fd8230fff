"""Rows come back from JSON exactly as they were."""

import math
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.preservation.packages.row_lines import InexactRow, RowLines, UnreadableRow

SCHEMA = pl.Schema(
    {
        "text": pl.String(),
        "whole": pl.Int64(),
        "number": pl.Float64(),
        "flag": pl.Boolean(),
        "path": pl.Binary(),
        "local": pl.Datetime("us"),
        "at": pl.Datetime("us", "UTC"),
        "vector": pl.List(pl.Float32()),
        "parts": pl.List(pl.Struct({"label": pl.String(), "box": pl.List(pl.Int64())})),
        "_seq": pl.String(),
    }
)
FIRST, LAST = (datetime.fromisoformat(f"{year}-01-01") for year in (1900, 2200))
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ROWS = st.fixed_dictionaries(
    {
        "text": st.none() | TEXT,
        "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
        "number": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "flag": st.none() | st.booleans(),
        "path": st.none() | st.binary(),
        "local": st.none() | st.datetimes(FIRST, LAST),
        "at": st.none() | st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
        "vector": st.none() | st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False)),
        "parts": st.none()
        | st.lists(
            st.fixed_dictionaries(
                {"label": st.none() | TEXT, "box": st.none() | st.lists(st.integers(0, 9))}
            )
        ),
        "_seq": TEXT,
    }
)


@given(st.lists(ROWS, max_size=3))
def test_any_row_comes_back_as_it_was(rows: list[dict[str, Any]]) -> None:
    forms = RowLines({"image/x": SCHEMA})
    frame = pl.DataFrame(rows, schema=SCHEMA)

    lines = forms.write("image/x", frame)

    assert not any(b"\n" in line for line in lines)
    assert forms.frame("image/x", [forms.read(line)[1] for line in lines]).equals(frame)


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_json_cannot_say_is_refused_and_not_lost(number: float) -> None:
    forms = RowLines({"image/x": SCHEMA})

    with pytest.raises(InexactRow, match="image/x"):
        forms.write("image/x", pl.DataFrame([{"number": number}], schema=SCHEMA))


def test_columns_that_came_later_are_null_and_unknown_ones_are_refused() -> None:
    forms = RowLines({"image/x": SCHEMA})

    table, row = forms.read(b'{"row": {"text": "a"}, "table": "image/x"}')

    assert (table, row) == ("image/x", {**dict.fromkeys(SCHEMA), "text": "a"})
    with pytest.raises(UnreadableRow, match="unknown field `colour`"):
        forms.read(b'{"row": {"colour": "red"}, "table": "image/x"}')
