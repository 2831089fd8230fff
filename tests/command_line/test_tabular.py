"""Tables in narrow and wide terminals: nothing that may be copied is ever split."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from command_line.terminal.tabular import lines_of, tabular

COLUMNS = ["image_id", "file_name", "reason", "bytes"]
ROWS = [
    ["mountain_lake_broken_download-d9cec96fdf3a", "lake.jpg", "damaged JPEG: it ends early", "12"],
    ["한국-0123456789ab", "한국_여행_서울.jpg", "", "4096"],
]


def printed(width: int, columns: list[str], rows: list[list[str]]) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width)
    console.print(tabular(console, columns, rows, numeric=frozenset({3})), crop=False)
    return stream.getvalue()


@pytest.mark.parametrize("width", [20, 40, 80, 99, 120, 200])
def test_no_id_is_split_at_any_width(width: int) -> None:
    text = printed(width, COLUMNS, ROWS)
    for row in ROWS:
        assert row[0] in text
        assert row[1] in text
    assert {"damaged", "JPEG:", "it", "ends", "early"} <= set(text.replace("│", " ").split())


def test_a_table_is_a_table_where_it_fits_and_records_where_not() -> None:
    wide, narrow = printed(120, COLUMNS, ROWS), printed(80, COLUMNS, ROWS)
    assert "│" in wide
    assert "│" not in narrow
    assert narrow.splitlines()[0] == f"image_id   {ROWS[0][0]}"
    assert "reason" not in narrow.split("\n\n")[1], "what is empty is left out"


def test_lines_of_a_table_are_as_wide_as_the_terminal_at_most() -> None:
    long = [["a", "b", "words " * 40, "1"]]
    for width in (60, 80, 200):
        assert all(cell_len(line) <= width for line in printed(width, COLUMNS, long).splitlines())


def test_texts_in_records_are_broken_between_words_and_set_below_each_other() -> None:
    text = printed(40, ["id", "why"], [["x" * 50, "the header of the file cannot be read at all"]])
    assert text.splitlines() == [
        f"id   {'x' * 50}",
        "why  the header of the file cannot be",
        "     read at all",
    ]


def test_lines_have_as_many_columns_as_there_are_however_wide_a_letter() -> None:
    assert lines_of("한국 여행 서울", 9) == ["한국 여행", "서울"]
    assert lines_of("", 9) == [""]
    assert lines_of("a" * 30, 9) == ["a" * 30]
