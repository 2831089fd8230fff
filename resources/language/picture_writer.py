"""Who writes about pictures: a language model, or the built-in composer. Both take many at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, Protocol

from resources.language.language_model import answered
from resources.language.model_questions import Answered, Evidence, LanguageModel, Question
from resources.language.picture_answers import A
from resources.language.picture_facts import PictureFacts
from resources.outcomes import ImageProblem, Outcome


class NotWritten(ImageProblem):
    """The model did not answer for this image; a rerun may."""

    outcome = Outcome.FAILED


@dataclass(frozen=True)
class Sitter:
    """One picture to write about, and what is known of it. ``read`` gives our JPEG of it."""

    image_id: str
    facts: PictureFacts
    read: Callable[[], bytes]
    caption: str | None = None
    recognised_text: str | None = None
    hint: str | None = None

    @property
    def evidence(self) -> Evidence:
        """What a model is told besides the pixels."""
        return Evidence(self.facts.told(), self.caption, self.recognised_text, self.hint)


class Writer(Protocol[A]):
    """Writes one answer per picture; a picture it cannot do gets an ImageProblem."""

    def write(self, sitters: Sequence[Sitter]) -> Sequence[Answered[A] | ImageProblem]:
        """The answers in the pictures' order."""


@dataclass(frozen=True)
class BuiltinWriter(Generic[A]):
    """Composes answers of measured facts."""

    compose: Callable[[PictureFacts], A]

    def write(self, sitters: Sequence[Sitter]) -> Sequence[Answered[A] | ImageProblem]:
        """The answers in the pictures' order; none can fail."""
        return [Answered(self.compose(sitter.facts), attempts=1) for sitter in sitters]


@dataclass(frozen=True)
class ModelWriter(Generic[A]):
    """Asks a model, several pictures at a time where it can take them."""

    model: LanguageModel
    instructions: str
    answer: type[A]
    seconds: float

    def write(self, sitters: Sequence[Sitter]) -> Sequence[Answered[A] | ImageProblem]:
        """The answers in the pictures' order."""
        if len(sitters) == 1:
            return [self.write_one(sitters[0])]
        with ThreadPoolExecutor(len(sitters)) as threads:
            return list(threads.map(self.write_one, sitters))

    def write_one(self, sitter: Sitter) -> Answered[A] | ImageProblem:
        """One answer. Raises MemoryError: it is the model's trouble, not the picture's."""
        try:
            question = Question(self.instructions, sitter.evidence, sitter.read(), self.answer)
            return answered(self.model, question, seconds=self.seconds)
        except (RuntimeError, ValueError, OSError) as error:
            return NotWritten(str(error))
