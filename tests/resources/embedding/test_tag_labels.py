from pathlib import Path

import numpy as np
import pytest

from media_assets.images.zero_shot_tags import SHIPPED_LABELS
from resources.configuration.settings import Settings
from resources.embedding.image_encoder import choose_image_encoder
from resources.embedding.tag_labels import (
    Labels,
    LabelScorer,
    UnusableLabels,
    best,
    label_scorer,
    read_labels,
)
from tests.models.drawn_pictures import TINY_CLIP, pngs
from tests.models.shapes import COLORS, DRAWINGS, SHAPES

HELD_OUT = [drawing for drawing in DRAWINGS if drawing.is_held_out]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("labels")
    return Settings(home=home, embedding={"model": str(TINY_CLIP)})  # type: ignore[arg-type]


def test_the_shipped_labels_are_many_and_plain() -> None:
    labels = read_labels(SHIPPED_LABELS)
    assert len(labels.names) > 400
    assert len(labels.templates) > 1
    assert "dog" in labels.names
    assert dict(zip(labels.names, labels.words, strict=True))["crane"] == "a construction crane"


def test_words_templates_and_comments_are_read(tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_text("# ours\n\ntemplate: a {}\ncircle\nblob | {round} thing\n")
    assert read_labels(file) == Labels(("circle", "blob"), ("circle", "{round} thing"), ("a {}",))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "at least two labels"),
        ("one", "at least two labels"),
        ("a\nb\na", "a is there more than once"),
        ("template: a photo\na\nb", r"needs \{\} once"),
    ],
    ids=["empty", "one_label", "twice", "template_without_place"],
)
def test_a_useless_file_is_refused_with_advice(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "labels.txt"
    file.write_text(content)
    with pytest.raises(UnusableLabels, match=words):
        read_labels(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableLabels, match=r"labels\.txt cannot be read"):
        read_labels(tmp_path / "labels.txt")


@pytest.mark.parametrize(
    ("field", "labels", "template", "least"),
    [
        ("shape", SHAPES, "a {}", 0.85),
        ("color", tuple(COLORS), "something {}", 0.8),
        ("background", tuple(COLORS), "a {} background", 0.95),
    ],
    ids=["shape", "color", "background"],
)
def test_held_out_drawings_get_the_right_label(
    settings: Settings, field: str, labels: tuple[str, ...], template: str, least: float
) -> None:
    encoder = choose_image_encoder(settings).load()
    scorer = LabelScorer(Labels(labels, labels, (template,)), encoder)
    scored = [scorer.score(vector) for vector in encoder.encode_images(pngs(HELD_OUT)).tolist()]
    right = [
        found[0].name == getattr(drawing, field)
        for found, drawing in zip(scored, HELD_OUT, strict=True)
    ]

    assert np.mean(right) >= least
    for found in scored:
        assert sum(label.score for label in found) == pytest.approx(1)
        assert [label.cosine for label in found] == sorted(
            (label.cosine for label in found), reverse=True
        )


def test_only_the_best_labels_above_the_threshold_are_kept(settings: Settings) -> None:
    encoder = choose_image_encoder(settings).load()
    scorer = LabelScorer(Labels(SHAPES, SHAPES, ("a {}",)), encoder)
    scored = scorer.score(encoder.encode_images(pngs(HELD_OUT[:1]))[0].tolist())

    assert len(best(scored, at_most=2, least_score=0)) == 2
    assert all(label.score >= 0.5 for label in best(scored, at_most=6, least_score=0.5))
    assert best(scored, at_most=6, least_score=1.1) == []


def test_labels_are_encoded_once_per_content(settings: Settings, tmp_path: Path) -> None:
    encoder = choose_image_encoder(settings).load()
    file = tmp_path / "labels.txt"
    file.write_text("circle\nstar\n")
    first = label_scorer(file, "1", encoder)
    file.write_text("circle\nring\n")

    assert label_scorer(file, "1", encoder) is first
    assert label_scorer(file, "2", encoder).names == ("circle", "ring")
