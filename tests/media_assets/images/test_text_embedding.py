import numpy as np
import pytest

from media_assets.images.catalogue_record import CatalogueRecord, merged
from media_assets.images.ocr_text import OcrText
from media_assets.images.text_embedding import TextEmbedding, make_text_embedding, texts_of
from resources.embedding.builtin_text_descriptor import BuiltinTextEncoder
from tests.media_assets.conftest import MakeSource
from tests.support.metadata_files import scene


def record(**said: object) -> CatalogueRecord:
    return CatalogueRecord(**{**vars(merged([])), **said})  # type: ignore[arg-type]


def page(text: str) -> OcrText:
    return OcrText(text, True, False, 0.9, "en", 0, 0.9, 1, 90, 60, [])


def test_the_parts_are_what_is_said_and_written() -> None:
    known = record(
        title="Barn",
        caption="A red barn in snow",
        subject=["farming", "winter"],
        keywords=["winter"],
        creation_location="Vermont",
    )
    assert texts_of(known, page("EGGS FOR SALE")) == {
        "names": "Barn. A red barn in snow",
        "subjects": "farming, winter",
        "place": "Vermont",
        "writing": "EGGS FOR SALE",
    }


def test_nothing_said_has_no_vector_and_harms_no_other(make_source: MakeSource) -> None:
    image = make_source(scene(60, 40))
    said = record(caption="A red barn in snow")
    made = make_text_embedding(
        [image, image, image], [said, record(), said], [None, None, page(" ")],
        model=BuiltinTextEncoder(),
    )  # fmt: skip
    first, nothing, third = made
    for one in (first, nothing, third):
        assert isinstance(one, TextEmbedding)
        assert (one.space, one.dimensions) == ("builtin-text-1", 512)

    assert isinstance(first, TextEmbedding)
    assert isinstance(nothing, TextEmbedding)
    assert (nothing.vector, nothing.parts) == (None, [])
    assert first == third
    assert np.linalg.norm(first.vector or []) == pytest.approx(1, abs=1e-5)
