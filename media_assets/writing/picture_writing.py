"""What captions and descriptions have in common: what the writer is told, and how it answered.

No asset of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from media_assets.images.dominant_colors import DominantColors
from media_assets.images.embedded_metadata import EmbeddedMetadata
from media_assets.images.model_input import ModelInput
from media_assets.images.source_record import SourceRecord
from media_assets.images.viewing_copy import ViewingCopy
from resources.decoding.renditions import read_rendition
from resources.language.color_names import color_name
from resources.language.model_questions import Answered
from resources.language.picture_answers import A
from resources.language.picture_facts import PictureFacts
from resources.outcomes import ImageProblem
from resources.sources.originals import SourceImage
from resources.stores.content_store import StoredFile

PROMPTS = Path(__file__).parent / "prompts"

NAMED_SHARE = 0.1
"""A colour that covers less of the picture is not mentioned."""

TIME_FORMATS = {
    "year": "%Y",
    "month": "%Y-%m",
    "day": "%Y-%m-%d",
    "minute": "%Y-%m-%dT%H:%M",
    "second": "%Y-%m-%dT%H:%M:%S",
}

P = TypeVar("P")


@dataclass(frozen=True)
class Circumstances:
    """One image's inputs that say something about it; None: not known."""

    source_record: SourceRecord
    embedded_metadata: EmbeddedMetadata | None
    dominant_colors: DominantColors | None


def picture_facts(image: SourceImage, known: Circumstances) -> PictureFacts:
    """The facts that a writer is told."""
    embedded = known.embedded_metadata
    return PictureFacts(
        file_name=image.file_name,
        format=known.source_record.format,
        width_px=known.source_record.width_px,
        height_px=known.source_record.height_px,
        colors=color_words(known.dominant_colors),
        taken_at=time_text(embedded) if embedded else None,
        camera=embedded.camera_model if embedded else None,
        latitude=embedded.latitude if embedded else None,
        longitude=embedded.longitude if embedded else None,
        texts=embedded_texts(embedded) if embedded else {},
    )


def color_words(found: DominantColors | None) -> tuple[str, ...]:
    """Names of the colours that cover a tenth of the picture or more, largest first, each once."""
    if found is None:
        return ()
    pairs = zip(found.colors, found.shares, strict=True)
    return tuple(dict.fromkeys(color_name(color) for color, share in pairs if share >= NAMED_SHARE))


def time_text(embedded: EmbeddedMetadata) -> str | None:
    """When it was taken, ISO 8601 on the camera's clock, as precise as is known."""
    if embedded.taken_at is None:
        return None
    return embedded.taken_at.strftime(TIME_FORMATS[embedded.taken_at_precision or "second"])


def embedded_texts(embedded: EmbeddedMetadata) -> Mapping[str, str]:
    """What the file itself says about the picture, untrusted."""
    place = (embedded.location, embedded.city, embedded.state, embedded.country)
    texts = {
        "title in the file": embedded.title,
        "description in the file": embedded.description,
        "keywords in the file": ", ".join(embedded.keywords),
        "creators in the file": ", ".join(embedded.creators),
        "place in the file": ", ".join(part for part in place if part),
    }
    return {name: text for name, text in texts.items() if text}


def reader(
    image: SourceImage, model_input: ModelInput | None, viewing_copy: ViewingCopy
) -> Callable[[], bytes]:
    """Reads the picture for models, or the viewing copy where there is none."""
    file: StoredFile = model_input.file if model_input else viewing_copy.file
    return lambda: read_rendition(image, file)


def payloads(
    kind: Callable[..., P],
    answers: Sequence[Answered[A] | ImageProblem],
    hint: str | None,
) -> list[P | ImageProblem]:
    """One payload per answer: the answer's fields, and how it came about."""
    return [
        answer
        if isinstance(answer, ImageProblem)
        else kind(
            **answer.answer.model_dump(),
            attempts=answer.attempts,
            finish_reason=answer.finish_reason,
            prompt_tokens=answer.prompt_tokens,
            answer_tokens=answer.answer_tokens,
            answered_by=answer.model,
            hint=hint,
        )
        for answer in answers
    ]
