"""Facts about reading order: every piece once, columns before rows, cells beside their row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.ocr.reading_order import Box, reading_order


def line(left: float, top: float, width: float = 200, height: float = 20) -> Box:
    return Box(left, top, left + width, top + height)


def order(boxes: list[Box]) -> list[int]:
    return [place for block in reading_order(boxes) for row in block for place in row]


def test_lines_are_read_from_top_to_bottom_in_whatever_order_they_were_found() -> None:
    assert order([line(0, 60), line(0, 0), line(0, 30)]) == [1, 2, 0]


def test_lines_that_follow_each_other_are_a_block_and_a_wide_gap_begins_another() -> None:
    boxes = [line(0, 0), line(0, 28), line(0, 110), line(0, 138)]
    assert reading_order(boxes) == [((0,), (1,)), ((2,), (3,))]


def test_the_left_column_is_read_before_the_right_one_under_a_headline_of_both() -> None:
    headline = line(0, 0, 460, 22)
    left = [line(0, 30 + 28 * number) for number in range(4)]
    right = [line(260, 30 + 28 * number) for number in range(4)]
    assert order([headline, *left, *right]) == list(range(9))
    assert order([*right, *left, headline]) == [8, 4, 5, 6, 7, 0, 1, 2, 3]


def test_columns_are_kept_apart_where_their_lines_and_paragraphs_do_not_align() -> None:
    left = [line(0, top) for top in (0, 28, 56, 130, 158)]
    right = [line(260, top) for top in (9, 37, 100, 128, 156)]
    assert order([*left, *right]) == list(range(10))


def test_a_footer_across_both_columns_comes_last() -> None:
    left = [line(0, 28 * number) for number in range(3)]
    right = [line(260, 28 * number) for number in range(3)]
    assert order([line(0, 200, 460), *right, *left]) == [4, 5, 6, 1, 2, 3, 0]


def test_pieces_of_one_line_are_joined() -> None:
    boxes = [line(210, 2, 80), line(0, 0)]
    assert reading_order(boxes) == [((1, 0),)]


def test_prices_stand_in_the_row_of_what_they_are_for() -> None:
    names = [line(0, 30 * number, 180) for number in range(3)]
    prices = [line(400, 30 * number + 3, 50) for number in range(3)]
    assert reading_order([*names, *prices]) == [((0, 3), (1, 4), (2, 5))]


def test_numbers_stand_before_the_lines_that_they_number() -> None:
    numbers = [line(0, 30 * number, 15) for number in range(3)]
    texts = [line(60, 30 * number, 300) for number in range(3)]
    assert reading_order([*texts, *numbers]) == [((3, 0), (4, 1), (5, 2))]


def test_a_headline_in_large_letters_is_a_block_of_its_own() -> None:
    assert reading_order([line(0, 0, 300, 50), line(0, 60), line(0, 88)]) == [
        ((0,),),
        ((1,), (2,)),
    ]


@pytest.mark.parametrize("boxes", [[], [line(0, 0)]], ids=["none", "one"])
def test_few_boxes_are_no_special_case(boxes: list[Box]) -> None:
    assert order(boxes) == list(range(len(boxes)))


sides = st.floats(0, 1000, allow_nan=False)
any_box = st.builds(
    lambda left, top, width, height: Box(left, top, left + width, top + height),
    sides,
    sides,
    sides,
    sides,
)


@given(st.lists(any_box, max_size=25))
def test_every_piece_is_read_exactly_once(boxes: list[Box]) -> None:
    assert sorted(order(boxes)) == list(range(len(boxes)))
