"""What captions and descriptions have in common: the picture to be read, and how it was answered.

No asset of its own.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from resources.decoding.renditions import read_rendition
from resources.language.hints import Hint
from resources.language.model_questions import Answered
from resources.language.picture_answers import A
from resources.outcomes import ImageProblem
from resources.sources.originals import Source
from resources.stores.content_store import StoredFile

PROMPTS = Path(__file__).parent / "prompts"

P = TypeVar("P")


def reader(image: Source, file: StoredFile) -> Callable[[], bytes]:
    """Reads one of the image's renditions, when it is needed."""
    return lambda: read_rendition(image, file)


def payloads(
    kind: Callable[..., P],
    answers: Sequence[Answered[A] | ImageProblem],
    hint: Hint | None,
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
            hint=hint.text if hint else None,
        )
        for answer in answers
    ]
