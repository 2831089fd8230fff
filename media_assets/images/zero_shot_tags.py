"""Zero-shot tags: what is measured of the picture, and the labels that an open_clip model gives it.

The labels are chosen from a file of candidates, `tags.labels` or the one shipped, by the embedding:
nothing is trained, and editing the file changes the tags at the next run, and nothing else. Without
a model only measured facts are given: form, colors, whether there is writing. Tags are hints for
search; they are never merged into what people say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from media_assets.images.dominant_colors import DominantColors
from media_assets.images.embedding import Embedding
from media_assets.images.medium import images
from media_assets.images.ocr_text import OcrText
from media_assets.images.source_record import SourceRecord
from resources.configuration.settings import Settings
from resources.embedding.image_encoder import BUILTIN, choose_image_encoder, refusing
from resources.embedding.tag_labels import ScoredLabel, best, label_scorer
from resources.language.color_names import color_name
from resources.models.failures import ModelUnavailable
from resources.models.model_choice import ModelChoice
from resources.models.model_files import RememberedFacts
from resources.outcomes import ImageProblem
from resources.sources.originals import Source

SHIPPED_LABELS = Path(__file__).parent / "labels" / "common.txt"
MEASURED, LABEL = "measured", "label"

IMAGES_PER_CALL = 100
"""A matrix product of the vectors: the limit is a commit's worth of images."""

PANORAMA_RATIO = 2.0
"""Wider than this is a panorama: cameras take 3:2, 4:3 and 16:9."""

SQUARE_RATIO = 1.02
LEADING_SHARE = 0.25
"""A color that covers a quarter of the picture is one that people would name."""

GRAY_SPREAD = 12
"""Largest difference of the channels (0 to 255) that still looks gray: JPEG adds a few."""


@dataclass(frozen=True)
class Tag:
    """One tag.

    `source` is "measured" or "label". A label has its share of the softmax over all labels
    (`score`, 0 to 1) and the `cosine` between picture and words (-1 to 1); both are null for what
    is measured.
    """

    label: str
    source: str
    score: float | None = None
    cosine: float | None = None


@dataclass(frozen=True)
class ZeroShotTags:
    """One picture's tags, labels first, best first. `space` is that of the labels, or null."""

    tags: list[Tag]
    space: str | None


class Tagger(Protocol):
    """Chooses labels for vectors of one space (None: it knows no labels)."""

    space: str | None

    def labels(self, vector: Sequence[float]) -> Sequence[ScoredLabel]:
        """The labels worth keeping, best first."""
        ...


class NoLabels:
    """The tagger without a model."""

    space: str | None = None

    def labels(self, vector: Sequence[float]) -> Sequence[ScoredLabel]:
        """Never any."""
        del vector
        return ()


class LabelTagger:
    """The tagger of a label file, in the space of an open_clip model."""

    def __init__(self, file: Path, sha256: str, settings: Settings) -> None:
        encoder = choose_image_encoder(settings).load()
        self._scorer = label_scorer(file, sha256, encoder)
        self._limits = settings.tags
        self.space: str | None = encoder.space

    def labels(self, vector: Sequence[float]) -> Sequence[ScoredLabel]:
        """The best labels that have the share of the softmax that the settings ask for."""
        limits = self._limits
        scored = self._scorer.score(vector)
        return best(scored, at_most=limits.at_most, least_score=limits.least_score)


def choose_tagger(settings: Settings) -> ModelChoice[Tagger]:
    """Labels when a model embeds the pictures, else measured facts only."""
    pictures = choose_image_encoder(settings)
    if pictures.engine == BUILTIN:
        why = f"measured facts only, no labels: {pictures.why}"
        return ModelChoice(BUILTIN, "1", {}, NoLabels, why, IMAGES_PER_CALL)
    file = (settings.tags.labels or SHIPPED_LABELS).expanduser()
    try:
        sha256 = RememberedFacts(settings.media_home).sha256(file)
    except OSError as error:
        missing = ModelUnavailable(f"tags.labels: {file} cannot be read ({error})")
        return ModelChoice(pictures.engine, "", {"labels": None}, refusing(missing), str(missing))
    return ModelChoice(
        engine=pictures.engine,
        version=pictures.version,
        parameters={
            "space": pictures.parameters.get("space"),
            "labels_sha256": sha256,
            "at_most": settings.tags.at_most,
            "least_score": settings.tags.least_score,
        },
        load=partial(LabelTagger, file, sha256, settings),
        why=f"labels of {file} by {pictures.why}",
        images_per_call=IMAGES_PER_CALL,
    )


def make_zero_shot_tags(
    images: Sequence[Source],
    embedding: Sequence[Embedding],
    source_record: Sequence[SourceRecord],
    dominant_colors: Sequence[DominantColors],
    ocr_text: Sequence[OcrText | None],
    *,
    model: Tagger,
) -> Sequence[ZeroShotTags | ImageProblem]:
    """Tags from the vectors and facts; no picture is read. Raises ModelUnavailable, see below."""
    del images
    facts = zip(source_record, dominant_colors, ocr_text, strict=True)
    return [
        ZeroShotTags([*label_tags(model, vector), *measured_tags(*known)], model.space)
        for vector, known in zip(embedding, facts, strict=True)
    ]


def label_tags(model: Tagger, embedding: Embedding) -> Iterator[Tag]:
    """The labels of one vector. Raises ModelUnavailable when it is another model's."""
    if model.space not in (None, embedding.space):
        raise ModelUnavailable(
            f"the embedding is of {embedding.space}, the labels are of {model.space}: embed it "
            "first (media models update)"
        )
    for label in model.labels(embedding.vector):
        yield Tag(label.name, LABEL, round(label.score, 4), round(label.cosine, 4))


def measured_tags(
    record: SourceRecord, colors: DominantColors, page: OcrText | None
) -> Iterator[Tag]:
    """Form, colors and writing of one picture."""
    yield Tag(form_of(record.width_px, record.height_px), MEASURED)
    if all(is_gray(color) for color in colors.colors):
        yield Tag("greyscale", MEASURED)
    named = zip(colors.colors, colors.shares, strict=True)
    leading = [color_name(color) for color, share in named if share >= LEADING_SHARE]
    yield from (Tag(f"mostly {name}", MEASURED) for name in dict.fromkeys(leading))
    if page and page.line_count:
        yield Tag("writing", MEASURED)


def form_of(width: int, height: int) -> str:
    """The picture's form by its sides in px."""
    long, short = max(width, height), max(1, min(width, height))
    if long <= SQUARE_RATIO * short:
        return "square format"
    if long >= PANORAMA_RATIO * short:
        return "panorama" if width > height else "tall format"
    return "landscape format" if width > height else "portrait format"


def is_gray(color: str) -> bool:
    """Whether ``#rrggbb`` looks gray."""
    channels = bytes.fromhex(color.removeprefix("#"))
    return max(channels) - min(channels) <= GRAY_SPREAD


zero_shot_tags = images.model_asset(
    make_zero_shot_tags,
    group_name="recognition",
    kinds={"torch"},
    code_version="1",
    choose=choose_tagger,
)
