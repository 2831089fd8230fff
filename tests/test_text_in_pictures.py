"""From pictures with writing in the landing folder to lines in SQL, with the real engines."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from command_line.queries.tables import prepare
from media_assets.execution.repair import repair_requests
from media_assets.images.medium import images
from tests.support.main_job import MainJob, copy_home, main_job
from tests.support.text_pictures import LINES, page


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def read_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two pages, one on its head, and a picture without text."""
    home = tmp_path_factory.mktemp("read") / "home"
    with main_job(home) as job:
        job.add(
            "pages",
            {
                "page.png": png(page()),
                "on_its_head.png": png(page(LINES[:2]).rotate(180)),
                "grey.png": png(Image.new("RGB", (300, 200), "grey")),
            },
        )
    return home


@pytest.fixture
def job(read_home: Path, tmp_path: Path) -> Iterator[MainJob]:
    with main_job(copy_home(read_home, tmp_path / "home")) as running:
        yield running


def test_lines_are_asked_for_in_sql(job: MainJob) -> None:
    query = """
    select file_name, line_number, text, rotation, right_px - left_px > 200, ocr_lines.engine
    from ocr_lines join images using (image_id) order by all
    """
    assert job.sql(query) == [
        *(("on_its_head.png", at + 1, LINES[at], 180, True, "rapidocr") for at in range(2)),
        *(("page.png", at + 1, LINES[at], 0, True, "rapidocr") for at in range(3)),
    ]
    counted = "select count(*), sum(was_recognised), sum(was_gated_out) from image.ocr_text"
    assert job.sql(counted.replace("sum(", "count_if(")) == [(3, 2, 1)]
    assert job.sql("select distinct outcome from image.ocr_text") == [("ok",)]


def test_words_in_pictures_take_part_in_search(job: MainJob) -> None:
    query = "select file_name from search_documents where contains(document, 'room 204')"
    assert job.sql(query) == [("page.png",)]


def test_a_second_run_opens_no_model_and_makes_nothing(
    job: MainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the models were opened although every image is up to date")

    monkeypatch.setattr("resources.ocr.text_recognizer.open_rapidocr", never)
    before = job.row_count()
    ended = job.carry_out(
        list(repair_requests(images, job.keys(), job.keys(), assets=["ocr_text"]))
    )

    assert {status.value for status in ended} == {"SUCCESS"}
    assert job.row_count() == before


def test_another_engine_makes_text_stale_and_reads_it_anew(
    job: MainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIA_OCR__ENGINE", "tesseract")
    prepare(job.settings.media_home)  # as every command and the service do
    job.carry_out([])
    (why,) = job.sql("select distinct why from gaps where gap = 'stale' and asset = 'ocr_text'")[0]
    assert "engine" in str(why)

    job.carry_out(list(repair_requests(images, job.keys(), job.keys(), assets=["ocr_text"])))

    assert job.sql("select distinct engine from image.ocr_text") == [("tesseract",)]
    lines = job.sql(
        "select text from ocr_lines join images using (image_id) where file_name = ?", "page.png"
    )
    assert [text for (text,) in lines] == list(LINES)
    assert job.sql("select count(*) from image_history.ocr_text") == [(6,)]
