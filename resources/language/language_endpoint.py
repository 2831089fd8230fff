"""A vision-language model behind an OpenAI-compatible server: llama.cpp, Ollama, vLLM, OpenAI.

Servers differ in how a request names the form of an answer: most take a JSON schema, some llama.cpp
servers a grammar only, some neither. The first form that works with a server is kept. Every
answer is checked as strictly as what a model in this process says.
"""

import atexit
import base64
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from resources.language.endpoint_client import (
    PASSING_STATUSES,
    Endpoint,
    EndpointClient,
    EndpointRefused,
    Request,
)
from resources.language.json_grammar import Caps, answer_grammar, answer_schema
from resources.language.language_model import ENDED
from resources.language.model_questions import CLOSING_WORDS, Question, Reply
from resources.language.picture_answers import A, PictureAnswer, UnusableAnswer

Form = Literal["json_schema", "grammar", "plain"]
FORMS: tuple[Form, ...] = ("json_schema", "grammar", "plain")

REFUSED_FORM = frozenset({400, 404, 415, 422, 500, 501})
"""How servers answer to a form they do not know."""

LONGEST_MODEL_NAME = 100


@dataclass(frozen=True)
class ChatOptions:
    """What is asked of the server with every question; ``form`` None means: find out."""

    model: str | None
    seed: int
    max_tokens: int
    form: Form | None


class ChatMessage(BaseModel):
    """What the model said."""

    content: str | None = None


class ChatChoice(BaseModel):
    """One answer."""

    message: ChatMessage
    finish_reason: str | None = None


class ChatUsage(BaseModel):
    """What it cost, as the server counts."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class ChatReply(BaseModel):
    """The parts of a chat completion that are used; all else is ignored."""

    choices: list[ChatChoice]
    usage: ChatUsage | None = None
    model: str | None = None


class EndpointModel:
    """One model of one server; it takes several questions at once."""

    def __init__(self, client: EndpointClient, options: ChatOptions) -> None:
        self._client = client
        self._options = options
        self._forms = [options.form] if options.form else list(FORMS)
        self._is_proven = False

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def reply(self, question: Question[A], caps: Caps, seconds: float) -> Reply:
        """One attempt, within so many seconds.

        Raises EndpointRefused, EndpointUnavailable, ReplyTooLarge, and UnusableAnswer for a reply
        that is no chat completion.
        """
        form = self._forms[0]
        body = chat_request(question, caps, self._options, form)
        is_last = len(self._forms) == 1 or self._is_proven
        passing = PASSING_STATUSES if is_last else PASSING_STATUSES - REFUSED_FORM
        request = Request("POST", "chat/completions", json=body, passing=passing)
        try:
            reply = reply_of(self._client.send(request, seconds))
        except EndpointRefused as error:
            if is_last or error.status not in REFUSED_FORM:
                raise
            self._give_up(form)
            return self.reply(question, caps, seconds)
        if reply.text.lstrip().startswith("{"):
            self._is_proven = True
        elif not is_last:  # the form was taken, and ignored
            self._give_up(form)
        return reply

    def _give_up(self, form: Form) -> None:
        """Go on to the next form, unless another thread has done so."""
        if self._forms[0] == form and len(self._forms) > 1:
            self._forms = self._forms[1:]


@lru_cache(maxsize=1)
def opened_endpoint(endpoint: Endpoint, options: ChatOptions) -> EndpointModel:
    """The server's model, shared by all that ask with the same options in this process."""
    model = EndpointModel(EndpointClient(endpoint), options)
    atexit.register(model.close)
    return model


def chat_request(
    question: Question[A], caps: Caps, options: ChatOptions, form: Form
) -> dict[str, object]:
    """The body of a chat completion request."""
    body: dict[str, object] = {
        "messages": [{"role": "user", "content": message_parts(question, caps)}],
        "max_tokens": options.max_tokens,
        "temperature": 0,
        "seed": options.seed,
        "stream": False,
    }
    if options.model:
        body["model"] = options.model
    if form == "grammar":
        body["grammar"] = answer_grammar(question.answer, caps)
    if form == "json_schema":
        schema = {"name": "answer", "strict": True, "schema": answer_schema(question.answer, caps)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def message_parts(question: Question[A], caps: Caps) -> list[dict[str, object]]:
    """Words, picture, words; the picture as a data: URI. Lengths are asked for in words, too."""
    picture = base64.b64encode(question.picture).decode()
    return [
        {"type": "text", "text": question.before_picture},
        {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{picture}"}},
        {"type": "text", "text": f"{CLOSING_WORDS} {length_words(question.answer, caps)}"},
    ]


def length_words(kind: type[PictureAnswer], caps: Caps) -> str:
    """The lengths asked for, for servers that hold no model to them."""
    lengths = kind.model_json_schema()["properties"].values()
    longest = max(caps.text(length) for length in map(longest_text, lengths) if length)
    return f"Texts of at most {longest} characters, lists of at most {caps.items(40)} items."


def longest_text(schema: dict[str, Any]) -> int:
    """Characters that a field's text may have; 0 for a list."""
    options = schema.get("anyOf", [schema])
    return max((int(option.get("maxLength", 0)) for option in options), default=0)


def reply_of(body: bytes) -> Reply:
    """The first answer of a chat completion. Raises UnusableAnswer when it is none."""
    try:
        chat = ChatReply.model_validate_json(body)
        choice = chat.choices[0]
    except (ValidationError, IndexError):
        raise UnusableAnswer("the server's reply is no chat completion") from None
    usage = chat.usage or ChatUsage()
    return Reply(
        choice.message.content or "",
        choice.finish_reason or ENDED,
        usage.prompt_tokens,
        usage.completion_tokens,
        chat.model[:LONGEST_MODEL_NAME] if chat.model else None,
    )
