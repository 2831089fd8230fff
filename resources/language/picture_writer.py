"""Who writes about pictures: a language model, or the built-in composer. Both take many at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, Protocol

from resources.failure_classes import FailureClass, class_of
from resources.language.hints import Hint
from resources.language.language_model import answered
from resources.language.model_questions import Answered, Evidence, LanguageModel, Question
from resources.language.picture_answers import LONGEST_ANSWER_BYTES, A
from resources.language.picture_facts import PictureFacts
from resources.outcomes import ImageProblem, Outcome


class NotWritten(ImageProblem):
    """The model did not answer for this image; a rerun may."""

    outcome = Outcome.FAILED

    def __init__(self, reason: str, failure_class: FailureClass = FailureClass.UNKNOWN) -> None:
        super().__init__(reason)
        self.failure_class = failure_class


@dataclass(frozen=True)
class PictureRequest:
    """One picture to write about, and what is known of it. ``read`` gives our JPEG of it."""

    image_id: str
    facts: PictureFacts
    read: Callable[[], bytes]
    caption: str | None = None
    recognized_text: str | None = None
    hint: Hint | None = None

    @property
    def evidence(self) -> Evidence:
        """What a model gets besides the pixels."""
        said = self.hint.text if self.hint else None
        return Evidence(self.facts.as_data(), self.caption, self.recognized_text, said)


class Writer(Protocol[A]):
    """Writes one answer per picture; a picture it cannot do gets an ImageProblem."""

    def write(self, requests: Sequence[PictureRequest]) -> Sequence[Answered[A] | ImageProblem]:
        """The answers in the pictures' order."""


@dataclass(frozen=True)
class BuiltinWriter(Generic[A]):
    """Composes answers of measured facts."""

    compose: Callable[[PictureFacts], A]

    def write(self, requests: Sequence[PictureRequest]) -> Sequence[Answered[A] | ImageProblem]:
        """The answers in the pictures' order; none can fail."""
        return [Answered(self.compose(request.facts), attempts=1) for request in requests]


def no_end() -> None:
    """Nothing is to be done at the end."""


@dataclass(frozen=True)
class ModelWriter(Generic[A]):
    """Asks a model, several pictures at a time where it can take them."""

    model: LanguageModel
    instructions: str
    answer: type[A]
    seconds: float
    claim: Callable[[str], None] | None = None
    """Called before a picture is asked about; raises ImageProblem when somebody else does it."""
    close: Callable[[], None] = no_end
    """Called when the rows of all pictures are committed."""
    answer_bytes: int = LONGEST_ANSWER_BYTES

    def write(self, requests: Sequence[PictureRequest]) -> Sequence[Answered[A] | ImageProblem]:
        """The answers in the pictures' order."""
        if len(requests) == 1:
            return [self.write_one(requests[0])]
        with ThreadPoolExecutor(len(requests)) as threads:
            return list(threads.map(self.write_one, requests))

    def write_one(self, request: PictureRequest) -> Answered[A] | ImageProblem:
        """One answer. Raises MemoryError: it is the model's problem, not the picture's."""
        try:
            if self.claim and request.hint is None:
                self.claim(request.image_id)
            question = Question(self.instructions, request.evidence, request.read(), self.answer)
            at_most = self.answer_bytes
            return answered(self.model, question, seconds=self.seconds, at_most=at_most)
        except ImageProblem as problem:
            return problem
        except (RuntimeError, ValueError, OSError) as error:
            return NotWritten(str(error), class_of(error))
