"""Caption: one sentence on what the picture shows, by a language model.

Any vision model works: a GGUF file with its projector in this process, or a server that speaks
OpenAI's protocol; see the settings under `language_model`. Without one the sentence is composed of
measured facts (format, size, colors, time, camera, position), the engine is `builtin`, and nothing
is said of the contents. A model's answer is checked as a whole and never repaired.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from media_assets.images.medium import images
from media_assets.images.model_input import ModelInput
from media_assets.images.viewing_copy import ViewingCopy
from media_assets.writing.picture_writing import PROMPTS, payloads, reader
from resources.configuration.settings import Settings
from resources.language.builtin_texts import builtin_caption
from resources.language.hints import Hint
from resources.language.language_choice import Assignment, choose_writer
from resources.language.picture_answers import CaptionAnswer
from resources.language.picture_facts import PictureFacts
from resources.language.picture_writer import PictureRequest, Writer
from resources.models.model_choice import ModelChoice
from resources.outcomes import ImageProblem
from resources.sources.originals import Source

ASSIGNMENT = Assignment("caption", CaptionAnswer, PROMPTS / "caption-v1.md", builtin_caption)


@dataclass(frozen=True)
class Caption:
    """One picture's caption, and how it came about.

    `attempts` counts answers asked for; `finish_reason`, `prompt_tokens` and `answer_tokens` are
    null for the built-in engine. `answered_by` is the model's name as a server calls it, `hint`
    what a person said who asked for this version.
    """

    caption: str
    attempts: int
    finish_reason: str | None
    prompt_tokens: int | None
    answer_tokens: int | None
    answered_by: str | None
    hint: str | None


def make_caption(
    images: Sequence[Source],
    viewing_copy: Sequence[ViewingCopy],
    model_input: Sequence[ModelInput | None],
    picture_facts: Sequence[PictureFacts],
    *,
    model: Writer[CaptionAnswer],
    hint: Hint | None = None,
) -> Sequence[Caption | ImageProblem]:
    """Have ``model`` write one sentence about each picture.

    A picture it gives no usable sentence for gets a problem that a rerun may solve.
    """
    requests = [
        PictureRequest(image.source_id, facts, reader(image, (small or large).file), hint=hint)
        for image, facts, small, large in zip(
            images, picture_facts, model_input, viewing_copy, strict=True
        )
    ]
    return payloads(Caption, model.write(requests), hint)


def choose_caption_writer(settings: Settings) -> ModelChoice[Writer[CaptionAnswer]]:
    """The engine that the settings ask for."""
    return choose_writer(settings, ASSIGNMENT, settings.language_model.caption_prompt)


caption = images.model_asset(
    make_caption,
    group_name="recognition",
    kinds={"llm"},
    code_version="2",
    choose=choose_caption_writer,
)
