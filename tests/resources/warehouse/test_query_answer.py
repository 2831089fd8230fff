"""Facts about answers of a query's process: read as data, whatever they say."""

import json

import pytest

from resources.warehouse.column_names import unique_names
from resources.warehouse.query_answer import QueryAnswer
from resources.warehouse.query_error import QueryError

INTEGER = ["integer", 0, []]

FORGED = {
    "no_json": b"\x80\x04cposix\nsystem\n",
    "nothing": b"\n",
    "a_list": b"[]\n",
    "no_end": b"{}\n",
    "rows_of_other_width": b'{"rows": [[1, 2]]}\n',
    "rows_that_are_none": b'{"rows": 7}\n',
    "kind_without_name": b'{"columns": [["a", [7, 0, []]]]}\n',
    "list_without_elements": b'{"columns": [["a", ["list", 0, []]]]}\n',
    "nested_without_end": b"[" * 200_000 + b"\n",
    "kinds_nested_without_end": b'{"columns": [["a", '
    + b'["list", 0, [["child", ' * 200
    + b'["integer", 0, []]'
    + b"]]]" * 200
    + b"]]}\n",
    "number_without_end": b'{"rows": [[' + b"9" * 10_000 + b"]]}\n",
}


@pytest.mark.parametrize("line", FORGED.values(), ids=FORGED)
def test_a_line_that_no_process_of_ours_writes_is_refused(line: bytes) -> None:
    answer = QueryAnswer()
    answer.take(json.dumps({"columns": [["a", INTEGER]]}).encode())

    with pytest.raises(QueryError, match="cannot be read"):
        answer.take(line)


def test_columns_that_come_again_begin_the_answer_anew() -> None:
    """A query that lost a file between listing and opening it is run again."""
    answer = QueryAnswer()
    for _ in range(2):
        answer.take(json.dumps({"columns": [["a", INTEGER]]}).encode())
        answer.take(b'{"rows": [[1]]}')
    answer.take(b'{"end": true, "again": false}')

    assert answer.result().rows == [(1,)]


def test_names_of_columns_are_told_apart() -> None:
    assert unique_names(["a", "a_2", "a", "a", "a_2"]) == ["a", "a_2", "a_3", "a_4", "a_2_2"]


def test_naming_columns_takes_steps_in_proportion_to_their_number() -> None:
    """It took cubic time: 10,000 columns of one name never came to an end."""
    names = unique_names(["a"] * 100_000 + [f"a_{n}" for n in range(100_000)])

    assert len(set(names)) == 200_000
