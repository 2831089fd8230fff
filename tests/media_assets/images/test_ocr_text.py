import dagster as dg
import polars as pl
import pytest
from PIL import Image

from media_assets.execution.derivative_rows import payload_of_row, payload_schema, row_of_attempt
from media_assets.execution.materializations import materialization
from media_assets.execution.recipe import Engine, Recipe, Terms
from media_assets.images.caption import Caption
from media_assets.images.ocr_text import OcrText, make_ocr_text
from media_assets.images.source_record import make_source_record
from resources.configuration.settings import Settings
from resources.decoding.decoder_pool import Attempt
from resources.ocr.text_recognizer import TextRecognizer, choose_text_recognizer
from resources.outcomes import Outcome
from tests.media_assets.conftest import MakeSource
from tests.support.metadata_files import viewing_copy_of
from tests.support.text_pictures import LINES, ink, page

RECIPE = Recipe(make_ocr_text, "1", lambda: Terms(Engine("rapidocr", "3.10.0"), {})).today()


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory: pytest.TempPathFactory) -> TextRecognizer:
    return choose_text_recognizer(Settings(home=tmp_path_factory.mktemp("home"))).load()


def read(
    make_source: MakeSource,
    recognizer: TextRecognizer,
    picture: Image.Image,
    caption: str | None = None,
) -> OcrText:
    source = make_source(picture)
    told = Caption(caption, 1, None, None, None, None, None) if caption else None
    return make_ocr_text(
        source, make_source_record(source), viewing_copy_of(source), told, model=recognizer
    )


def test_lines_lie_on_the_original_although_a_smaller_copy_was_read(
    make_source: MakeSource, recognizer: TextRecognizer
) -> None:
    large = Image.new("RGB", (3000, 1500), "white")
    large.paste(page(font_px=90), (200, 300))
    found = read(make_source, recognizer, large)
    lines = [line for block in found.blocks for line in block.lines]

    assert (found.width_px, found.height_px) == large.size
    assert found.text.replace("\n\n", "\n") == "\n".join(LINES)
    assert (found.was_recognised, found.was_gated_out, found.line_count) == (True, False, 3)
    assert found.language == "en"
    assert found.mean_confidence is not None
    assert 0.9 < found.mean_confidence <= 1
    for line, (top, bottom) in zip(lines, ink(large), strict=True):
        assert line.top <= top + 5
        assert line.bottom >= bottom - 5
        assert line.bottom - line.top < 2.5 * (bottom - top)
        assert line.left == pytest.approx(230, abs=25)


def test_a_picture_without_text_is_a_result_with_its_score(
    make_source: MakeSource, recognizer: TextRecognizer
) -> None:
    gray = Image.new("RGB", (300, 200), "grey")
    found = read(make_source, recognizer, gray, "A gray wall")
    assert (found.text, found.blocks, found.line_count) == ("", [], 0)
    assert (found.was_recognised, found.was_gated_out, found.gate_score) == (False, True, 0.0)
    assert (found.language, found.mean_confidence) == (None, None)

    asked = read(make_source, recognizer, gray, "A sign on a gray wall")
    assert (asked.text, asked.was_recognised, asked.was_gated_out) == ("", True, False)


def test_a_single_pixel_has_no_text(make_source: MakeSource, recognizer: TextRecognizer) -> None:
    assert read(make_source, recognizer, Image.new("RGB", (1, 1))).text == ""


def test_a_row_gives_back_what_it_was_made_from(
    make_source: MakeSource, recognizer: TextRecognizer
) -> None:
    found = read(make_source, recognizer, page())
    row = row_of_attempt(RECIPE, "picture", "f" * 64, {}, Attempt(Outcome.OK, None, found, (), 0.5))
    frame = pl.DataFrame([row], schema=payload_schema(OcrText))
    assert payload_of_row(OcrText, frame.row(0, named=True)) == found


def test_hostile_text_is_shown_as_plain_text_only() -> None:
    """Models cannot write control characters, but what they read must never be trusted."""
    hostile = "![x](http://example.org/)\x1b[31m\u202eevil\x07"
    found = OcrText(hostile, True, False, 0.9, None, 0, 0.9, 1, 9, 9, [])
    row = row_of_attempt(RECIPE, "picture", "f" * 64, {}, Attempt(Outcome.OK, None, found, (), 0.5))
    metadata = materialization(dg.AssetKey(["image", "ocr_text"]), row).metadata
    shown = metadata["text"]
    assert isinstance(shown, dg.TextMetadataValue)
    assert shown.value == "![x](http://example.org/)\\u001b[31m\\u202eevil\\u0007"
