import pytest

from media_assets.images.dominant_colors import DominantColors
from media_assets.images.embedding import Embedding
from media_assets.images.ocr_text import OcrText
from media_assets.images.source_record import make_source_record
from media_assets.images.zero_shot_tags import (
    NoLabels,
    choose_tagger,
    form_of,
    is_gray,
    label_tags,
    measured_tags,
)
from resources.configuration.settings import Settings
from resources.models.failures import ModelUnavailable
from tests.media_assets.conftest import MakeSource
from tests.models.drawn_pictures import TINY_CLIP
from tests.support.metadata_files import scene


@pytest.mark.parametrize(
    ("width", "height", "form"),
    [
        (300, 200, "landscape format"),
        (200, 300, "portrait format"),
        (200, 201, "square format"),
        (900, 300, "panorama"),
        (100, 800, "tall format"),
        (1, 1, "square format"),
    ],
)
def test_the_form_follows_from_the_sides(width: int, height: int, form: str) -> None:
    assert form_of(width, height) == form


def test_grey_is_what_looks_grey() -> None:
    assert is_gray("#808489")
    assert not is_gray("#808aa0")


def test_measured_tags_name_the_leading_colors_once(make_source: MakeSource) -> None:
    record = make_source_record(make_source(scene(90, 60)))
    colors = DominantColors(["#ff0000", "#8b0000", "#00ff00"], [0.5, 0.3, 0.2])

    assert [tag.label for tag in measured_tags(record, colors, None)] == [
        "landscape format",
        "mostly red",
    ]
    gray = DominantColors(["#707070", "#fafafa"], [0.9, 0.1])
    assert [tag.label for tag in measured_tags(record, gray, page(3))][1:] == [
        "greyscale",
        "mostly gray",
        "writing",
    ]


def page(lines: int) -> OcrText:
    return OcrText("Bread", True, False, 0.9, None, 0, 0.9, lines, 90, 60, [])


def test_no_writing_is_no_tag(make_source: MakeSource) -> None:
    record = make_source_record(make_source(scene(90, 60)))
    tags = measured_tags(record, DominantColors(["#ff0000"], [1.0]), page(0))
    assert "writing" not in [tag.label for tag in tags]


def test_without_a_model_there_are_no_labels(settings: Settings) -> None:
    choice = choose_tagger(settings)
    assert (choice.engine, choice.parameters) == ("builtin", {})
    vector = Embedding("builtin-visual-1", "builtin", 1, [1.0])
    assert list(label_tags(choice.load(), vector)) == []
    assert isinstance(choice.load(), NoLabels)


def test_a_vector_of_another_model_is_refused_with_advice(settings: Settings) -> None:
    wanted = settings.embedding.model_copy(update={"model": str(TINY_CLIP)})
    tagger = choose_tagger(settings.model_copy(update={"embedding": wanted})).load()
    with pytest.raises(ModelUnavailable, match="media models update"):
        list(label_tags(tagger, Embedding("other-1a2b3c4d", "other", 64, [0.1] * 64)))


def test_a_missing_label_file_is_told(settings: Settings) -> None:
    wanted = settings.embedding.model_copy(update={"model": str(TINY_CLIP)})
    tags = settings.tags.model_copy(update={"labels": settings.home / "no.txt"})
    choice = choose_tagger(settings.model_copy(update={"embedding": wanted, "tags": tags}))
    with pytest.raises(ModelUnavailable, match=r"tags\.labels: .*no\.txt cannot be read"):
        choice.load()
