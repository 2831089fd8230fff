"""Asks a language model about a picture until its answer is what was asked for, or gives up.

An answer that was cut off, or is not the JSON that was asked for, is a failed attempt: it is never
repaired. The next attempt asks for a smaller answer, so that a model that rambles ends in time.
"""

import time

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from resources.failure_classes import FailureClass
from resources.language.json_grammar import Caps
from resources.language.model_questions import Answered, LanguageModel, Question, Reply
from resources.language.picture_answers import (
    LONGEST_ANSWER_BYTES,
    A,
    UnusableAnswer,
    checked_answer,
)

ATTEMPTS = (Caps(3), Caps(9), Caps(27))
"""A third of what is allowed is ample; the last has room for names and one short sentence."""

ENDED = "stop"
"""The finish reason of an answer that the model itself ended."""


class NoUsableAnswer(RuntimeError):
    """The model was asked several times and gave nothing usable."""


class AnswerTimeout(RuntimeError):
    """The model took longer than the settings allow."""

    failure_class = FailureClass.TIMEOUT

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"no answer within {seconds:g} s: raise language_model.seconds, or use a smaller model"
        )


def answered(
    model: LanguageModel,
    question: Question[A],
    *,
    seconds: float,
    at_most: int = LONGEST_ANSWER_BYTES,
) -> Answered[A]:
    """The checked answer of ``model``, all attempts together within ``seconds``.

    ``at_most`` is the size of its JSON, in bytes.

    Raises NoUsableAnswer after the last attempt, AnswerTimeout, and what the model raises.
    """
    deadline = time.monotonic() + seconds
    retrying = Retrying(
        stop=stop_after_attempt(len(ATTEMPTS)),
        retry=retry_if_exception_type(UnusableAnswer),
        reraise=True,
    )
    try:
        for attempt in retrying:
            with attempt:
                number = attempt.retry_state.attempt_number
                left = max(0.0, deadline - time.monotonic())
                reply = model.reply(question, ATTEMPTS[number - 1], left)
                return usable(question, reply, number, at_most)
    except AnswerTimeout:
        raise AnswerTimeout(seconds) from None  # of all attempts, not of the last
    except UnusableAnswer as error:
        reason = f"no usable answer in {len(ATTEMPTS)} attempts, each for a shorter one"
        raise NoUsableAnswer(f"{reason}; the last: {error}") from None
    raise AssertionError("unreachable: the last attempt returns or raises")


def usable(question: Question[A], reply: Reply, attempts: int, at_most: int) -> Answered[A]:
    """The answer in ``reply``. Raises UnusableAnswer when it was cut off or is malformed."""
    if reply.finish_reason != ENDED:
        raise UnusableAnswer(
            f"the answer was cut off ({reply.finish_reason}) after {reply.answer_tokens} tokens"
        )
    return Answered(
        checked_answer(question.answer, reply.text, at_most),
        attempts,
        reply.finish_reason,
        reply.prompt_tokens,
        reply.answer_tokens,
        reply.model,
    )
