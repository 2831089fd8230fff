"""Facts about tesseract, the program itself: CI installs it."""

from pathlib import Path

import pytest

from resources.models.failures import ModelUnavailable
from resources.ocr.page_text import turned
from resources.ocr.tesseract_engine import (
    blocks_of,
    language_data,
    open_tesseract,
    tesseract_version,
)
from tests.support.text_pictures import LINES, page, pixels

HEADER = (
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
)


def test_it_tells_its_version_and_its_languages() -> None:
    version = tesseract_version()
    assert version is not None
    assert version[0].isdigit()
    assert language_data()["eng"].is_file()


@pytest.mark.parametrize("rotation", [0, 180])
def test_a_page_is_read_whichever_way_it_lies(rotation: int) -> None:
    lying = turned(pixels(page(LINES * 2, font_px=28)), (360 - rotation) % 360)
    found = open_tesseract(("eng",), 1).read_page(lying, 36)
    assert found.rotation == rotation
    assert [line.text for line in found.lines] == list(LINES * 2)
    assert all(0.8 < line.confidence <= 1 for line in found.lines)
    assert found.lines[0].box.left == pytest.approx(30, abs=6)


def test_small_print_is_enlarged_and_its_boxes_are_not() -> None:
    small = page(font_px=14)
    found = open_tesseract(("eng",), 1).read_page(pixels(small), 18)
    assert len(found.lines) == len(LINES)
    assert found.lines[0].text == LINES[0]
    assert found.lines[0].box.top == pytest.approx(31, abs=5)
    assert found.lines[-1].box.bottom < small.height


def test_lines_come_in_blocks_with_a_confidence_per_character() -> None:
    table = "\n".join(
        [
            HEADER,
            "5\t1\t1\t1\t1\t1\t10\t20\t30\t10\t90\tHello",
            '5\t1\t1\t1\t1\t2\t50\t22\t30\t10\t60\t"y\x1b[0m"',
            "5\t1\t1\t1\t1\t3\t90\t22\t30\t10\t95\t ",
            "5\t1\t2\t1\t1\t1\t10\t90\t30\t10\t80\tBye",
        ]
    )
    first, second = blocks_of(table, scale=2.0)
    assert [line.text for line in first] == ['Hello "y [0m"']
    assert first[0].confidence == pytest.approx((5 * 0.9 + 7 * 0.6) / 12)
    assert (first[0].box.left, first[0].box.top, first[0].box.right) == (5, 10, 40)
    assert second[0].text == "Bye"


def test_a_language_without_data_is_named() -> None:
    with pytest.raises(ModelUnavailable, match="apt-get install tesseract-ocr-xyz"):
        open_tesseract(("eng", "xyz"), 1)


def test_where_it_is_not_installed_a_person_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tesseract_version() is None
    assert language_data() == {}
    with pytest.raises(ModelUnavailable, match="apt-get install tesseract-ocr"):
        open_tesseract(("eng",), 1)
