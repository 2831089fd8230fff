"""What a language model may answer about a picture: the fields, how long each may be, and checks.

An answer is taken whole or not at all: text that is no strict JSON, that lacks a field or has one
too many, or that is longer than allowed, is refused and never repaired. What "nothing" is gets one
form only: null for texts, an empty list for lists.
"""

from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

LONGEST_ANSWER_BYTES = 64 * 1024
"""Several times the longest valid answer: what language_model.answer_bytes is otherwise."""

ERRORS_SHOWN = 3
"""Faults named in the reason why an answer was refused."""


class UnusableAnswer(Exception):
    """The model's answer is not what was asked for; asking again may help."""


def nothing_to_none(value: object) -> object:
    """None for a blank text."""
    return None if isinstance(value, str) and not value.strip() else value


def each_once(values: list[str]) -> list[str]:
    """``values`` without blank ones and repetitions, in order."""
    return list(dict.fromkeys(value for value in values if value))


AnswerLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, max_length=3000)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, max_length=900)]
Term = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]
OptionalLine = Annotated[AnswerLine | None, BeforeValidator(nothing_to_none)]
OptionalSentence = Annotated[Sentence | None, BeforeValidator(nothing_to_none)]
OptionalParagraph = Annotated[Paragraph | None, BeforeValidator(nothing_to_none)]
TermList = Annotated[list[Term], Field(max_length=40), AfterValidator(each_once)]


class PictureAnswer(BaseModel):
    """Base of the answers: strict, complete, and without further fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CaptionAnswer(PictureAnswer):
    """One sentence."""

    caption: Annotated[AnswerLine, StringConstraints(min_length=1)] = Field(
        description="One sentence that says what the picture shows."
    )


class DescriptionAnswer(PictureAnswer):
    """A catalogue description in the words of Dublin Core and of picture archives."""

    title: OptionalLine = Field(description="Short title.")
    alternative_title: OptionalLine = Field(description="Another title it could be known by.")
    description: OptionalParagraph = Field(description="What the picture shows, in sentences.")
    abstract: OptionalSentence = Field(description="The same in one short sentence.")
    subject: TermList = Field(description="What it is about.")
    tags: TermList = Field(description="Single words to find it by.")
    keywords: TermList = Field(description="Catalogue terms to find it by.")
    creators: TermList = Field(description="Who made it, only if the data say so.")
    contributors: TermList = Field(
        description="Who else had a part in it, only if the data say so."
    )
    events: TermList = Field(description="Events that are shown.")
    spatial_coverage: TermList = Field(description="Places that are shown.")
    temporal_coverage: TermList = Field(description="Times or periods that are shown.")
    themes: TermList = Field(description="Broad themes.")
    objects_identified: TermList = Field(description="Things that can be seen.")
    expressions_identified: TermList = Field(description="Facial expressions that can be seen.")
    models_identified: TermList = Field(description="Makes and models of things that can be seen.")
    creation_date: OptionalLine = Field(description="When it was made, only if the data say so.")
    creation_location: OptionalLine = Field(
        description="Where it was made, only if the data say so."
    )


A = TypeVar("A", bound=PictureAnswer)


def checked_answer(kind: type[A], text: str, at_most: int = LONGEST_ANSWER_BYTES) -> A:
    """The answer in ``text``, which must be one strict JSON object of this kind.

    One of more than ``at_most`` bytes is not even parsed.

    Raises UnusableAnswer.
    """
    if len(text.encode("utf-8", "replace")) > at_most:
        raise UnusableAnswer(
            f"the answer has more than {at_most:,} bytes (language_model.answer_bytes)"
        )
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'answer'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        ]
        shown = "; ".join(faults[:ERRORS_SHOWN])
        raise UnusableAnswer(f"the answer is not the JSON that was asked for ({shown})") from None
