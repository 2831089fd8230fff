import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.metadata.tags import TagValue
from resources.metadata.values import (
    decimal_degrees,
    number_of,
    text_of,
    texts_of,
    whole_number_of,
)

scalars = st.one_of(st.text(), st.integers(), st.floats(), st.booleans())
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2.8, 2.8),
        ("1/250", 0.004),
        ("2.80", 2.8),
        ([100, 0], 100),
        ("100 200", 100),
        ("undef", None),
        ("inf", None),
        ("0/0", None),
        ("5/0", None),
        ("1e999", None),
        ("", None),
        ({"a": 1}, None),
        (None, None),
    ],
)
def test_numbers_are_found_in_texts_lists_and_fractions(
    value: TagValue | None, expected: float | None
) -> None:
    assert number_of(value) == expected


def test_a_whole_number_has_no_fraction() -> None:
    assert (whole_number_of("3.0"), whole_number_of(2.5)) == (3, None)


def test_texts_are_clean_distinct_and_in_order() -> None:
    assert texts_of(["b\x00", " a ", "", "b", ["c"], {"d": "e"}]) == ["b", "a", "c"]
    assert text_of(7) == "7"


def test_degrees_need_every_part() -> None:
    assert decimal_degrees([51, 30, 36]) == 51.51
    assert decimal_degrees([51, float("nan"), 0]) is None
    assert decimal_degrees([]) is None


@given(values)
def test_no_value_breaks_a_reader_of_values(value: TagValue) -> None:
    assert all("\x00" not in text for text in texts_of(value))
    number, whole = number_of(value), whole_number_of(value)
    assert whole is None or whole == number
