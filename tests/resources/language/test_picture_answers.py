"""Answers of models are taken whole or refused; nothing is repaired."""

import json

import pytest

from resources.language.picture_answers import (
    LONGEST_ANSWER_BYTES,
    CaptionAnswer,
    DescriptionAnswer,
    UnusableAnswer,
    checked_answer,
)

EMPTY = {
    name: [] if "list" in str(field.annotation) else None
    for name, field in DescriptionAnswer.model_fields.items()
}


@pytest.mark.parametrize(
    "text",
    [
        '{"caption":"A red',
        '{"caption":"A red barn."} and more',
        '```json\n{"caption":"A red barn."}\n```',
        '{"caption":"tab\there"}',
        '{"caption":"half a pair \\ud800"}',
        '{"caption":"   "}',
        '{"caption":null}',
        '{"caption":7}',
        '{"caption":"A red barn.","mood":"calm"}',
        "{}",
        '["A red barn."]',
        "NaN",
        "",
        '{"caption":"' + "x" * 301 + '"}',
        "[" * 60_000,
        '{"caption":' * 5_000,
        '{"caption":"' + "x" * LONGEST_ANSWER_BYTES + '"}',
    ],
    ids=lambda text: repr(text[:24]),
)
def test_an_answer_that_is_not_what_was_asked_for_is_refused(text: str) -> None:
    with pytest.raises(UnusableAnswer) as refusal:
        checked_answer(CaptionAnswer, text)

    assert len(str(refusal.value)) < 300, "the answer itself must not be part of the reason"
    assert refusal.value.__cause__ is None


def test_the_size_of_an_answer_is_a_setting() -> None:
    text = '{"caption":"A red barn."}'
    assert checked_answer(CaptionAnswer, text, len(text)).caption == "A red barn."

    refused = r"more than 24 bytes \(language_model.answer_bytes\)"
    with pytest.raises(UnusableAnswer, match=refused):
        checked_answer(CaptionAnswer, text, len(text) - 1)


def test_nothing_has_one_form_only() -> None:
    """A column is null or an empty list, never an empty text, so that SQL can ask for it."""
    said = {**EMPTY, "title": "  ", "abstract": "", "tags": ["red", " ", "barn ", "red"]}

    answer = checked_answer(DescriptionAnswer, json.dumps(said))

    assert answer.title is None
    assert answer.abstract is None
    assert answer.tags == ["red", "barn"]


def test_every_field_must_be_there() -> None:
    complete = checked_answer(DescriptionAnswer, json.dumps(EMPTY))
    assert complete.model_dump() == EMPTY

    for name in EMPTY:
        said = {key: value for key, value in EMPTY.items() if key != name}
        with pytest.raises(UnusableAnswer, match=f"{name}: Field required"):
            checked_answer(DescriptionAnswer, json.dumps(said))
