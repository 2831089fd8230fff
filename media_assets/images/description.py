"""Description: a catalogue record of what the picture shows, field by field, by a language model.

The fields follow Dublin Core and what picture archives ask for. The model gets the file's
metadata, the caption and the recognized text as data, never as instructions; its answer is held to
a grammar, checked as a whole and never repaired. Fields without evidence are null or empty. Without
a model only what was measured is filled in: sizes, colors, time and position (engine `builtin`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from media_assets.images.caption import Caption
from media_assets.images.medium import images
from media_assets.images.model_input import ModelInput
from media_assets.images.ocr_text import OcrText
from media_assets.images.viewing_copy import ViewingCopy
from media_assets.writing.picture_writing import PROMPTS, payloads, reader
from resources.configuration.settings import Settings
from resources.language.builtin_texts import builtin_description
from resources.language.hints import Hint
from resources.language.language_choice import Assignment, choose_writer
from resources.language.picture_answers import DescriptionAnswer
from resources.language.picture_facts import PictureFacts
from resources.language.picture_writer import PictureRequest, Writer
from resources.models.model_choice import ModelChoice
from resources.outcomes import ImageProblem
from resources.sources.originals import Source

ASSIGNMENT = Assignment(
    "description",
    DescriptionAnswer,
    PROMPTS / "description-v1.md",
    builtin_description,
    ("caption",),
)


@dataclass(frozen=True)
class Description:
    """One picture's catalogue record; null or empty means that there is no evidence.

    `creation_date` is as the writer gives it, ISO 8601 from the built-in engine. `attempts` counts
    answers asked for; `finish_reason`, `prompt_tokens` and `answer_tokens` are null for the
    built-in engine. `answered_by` is the model's name as a server calls it, `hint` what a person
    said who asked for this version.
    """

    title: str | None
    alternative_title: str | None
    description: str | None
    abstract: str | None
    subject: list[str]
    tags: list[str]
    keywords: list[str]
    creators: list[str]
    contributors: list[str]
    events: list[str]
    spatial_coverage: list[str]
    temporal_coverage: list[str]
    themes: list[str]
    objects_identified: list[str]
    expressions_identified: list[str]
    models_identified: list[str]
    creation_date: str | None
    creation_location: str | None
    attempts: int
    finish_reason: str | None
    prompt_tokens: int | None
    answer_tokens: int | None
    answered_by: str | None
    hint: str | None


def make_description(
    images: Sequence[Source],
    viewing_copy: Sequence[ViewingCopy],
    model_input: Sequence[ModelInput | None],
    picture_facts: Sequence[PictureFacts],
    caption: Sequence[Caption | None],
    ocr_text: Sequence[OcrText | None],
    *,
    model: Writer[DescriptionAnswer],
    hint: Hint | None = None,
) -> Sequence[Description | ImageProblem]:
    """Have ``model`` fill in a catalogue record for each picture.

    A picture it gives no usable record for gets a problem that a rerun may solve.
    """
    requests = [
        PictureRequest(
            image.source_id,
            facts,
            reader(image, (small or large).file),
            caption=sentence.caption if sentence else None,
            recognized_text=(page.text or None) if page else None,
            hint=hint,
        )
        for image, facts, small, large, sentence, page in zip(
            images, picture_facts, model_input, viewing_copy, caption, ocr_text, strict=True
        )
    ]
    return payloads(Description, model.write(requests), hint)


def choose_description_writer(settings: Settings) -> ModelChoice[Writer[DescriptionAnswer]]:
    """The engine that the settings ask for."""
    return choose_writer(settings, ASSIGNMENT, settings.language_model.description_prompt)


description = images.model_asset(
    make_description,
    group_name="recognition",
    kinds={"llm"},
    code_version="2",
    choose=choose_description_writer,
)
