"""The grammar of answers: a model with random weights, held to it, gives strict and valid JSON."""

import json
from collections.abc import Iterator
from typing import Any

import llama_cpp
import pytest

from resources.language.json_grammar import Caps, answer_grammar, answer_schema
from resources.language.language_model import ATTEMPTS
from resources.language.llama_model import llama_library
from resources.language.picture_answers import (
    CaptionAnswer,
    DescriptionAnswer,
    PictureAnswer,
    checked_answer,
)
from tests.models.tiny_language_files import write_random_model

MOST_TOKENS = 7000
SEEDS = 8


@pytest.fixture(scope="module")
def babbler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[llama_cpp.Llama]:
    """A model that says anything at all, bytes that are no UTF-8 included."""
    llama_library()
    model, _ = write_random_model(tmp_path_factory.mktemp("random"), seed=5)
    llama = llama_cpp.Llama(str(model), n_ctx=MOST_TOKENS + 256, n_threads=1, verbose=False)
    yield llama
    llama.close()


def refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def say(llama: llama_cpp.Llama, grammar: str, *, seed: int, temperature: float) -> tuple[str, str]:
    """The text and the finish reason."""
    answer = llama.create_completion(
        "answer: ",
        grammar=llama_cpp.LlamaGrammar.from_string(grammar, verbose=False),
        max_tokens=MOST_TOKENS,
        temperature=temperature,
        seed=seed,
    )
    assert isinstance(answer, dict)
    return answer["choices"][0]["text"], answer["choices"][0]["finish_reason"] or ""


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("kind", [CaptionAnswer, DescriptionAnswer])
def test_whatever_a_model_says_under_the_grammar_is_a_valid_answer(
    babbler: llama_cpp.Llama, kind: type[PictureAnswer], seed: int
) -> None:
    """The built-in conversion of llama-cpp-python fails this for every seed."""
    text, finish_reason = say(
        babbler,
        answer_grammar(kind, ATTEMPTS[-1]),
        seed=seed,
        temperature=(0.0, 0.7, 1.5, 5.0)[seed % 4],
    )

    assert finish_reason == "stop"
    text.encode("utf-8")  # no half of a surrogate pair
    assert json.loads(text, parse_constant=refuse_constant).keys() == kind.model_fields.keys()
    checked_answer(kind, text)


@pytest.mark.parametrize("caps", ATTEMPTS, ids=lambda caps: f"a_{caps.divisor}th")
@pytest.mark.parametrize("kind", [CaptionAnswer, DescriptionAnswer])
def test_llama_cpp_takes_the_grammar(
    babbler: llama_cpp.Llama, kind: type[PictureAnswer], caps: Caps
) -> None:
    """It crashes the process on a grammar that it refuses."""
    vocabulary = llama_cpp.llama_model_get_vocab(babbler.model)
    grammar = answer_grammar(kind, caps)

    sampler = llama_cpp.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")

    assert sampler
    llama_cpp.llama_sampler_free(sampler)


def test_later_attempts_ask_for_less() -> None:
    sizes = [len(longest(DescriptionAnswer, caps)) for caps in ATTEMPTS]

    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 1500


def longest(kind: type[PictureAnswer], caps: Caps) -> str:
    """The longest answer that the grammar allows, in plain letters."""
    answer: dict[str, object] = {}
    for name, schema in kind.model_json_schema()["properties"].items():
        if schema.get("type") == "array":
            term = "x" * caps.term(schema["items"]["maxLength"])
            answer[name] = [term] * caps.items(schema["maxItems"])
        else:
            options = schema.get("anyOf", [schema])
            answer[name] = "x" * caps.text(options[0]["maxLength"])
    return json.dumps(answer)


@pytest.mark.parametrize("caps", ATTEMPTS, ids=lambda caps: f"a_{caps.divisor}th")
def test_the_longest_answer_that_is_asked_for_is_allowed(caps: Caps) -> None:
    checked_answer(DescriptionAnswer, longest(DescriptionAnswer, caps))


def test_servers_get_a_schema_without_lengths_of_texts() -> None:
    """OpenAI and others refuse them."""
    schema = answer_schema(DescriptionAnswer, ATTEMPTS[0])

    assert "maxLength" not in json.dumps(schema)
    assert schema["required"] == list(DescriptionAnswer.model_fields)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["tags"]["maxItems"] == ATTEMPTS[0].items(40)
    assert schema["properties"]["title"]["anyOf"] == [{"type": "string"}, {"type": "null"}]
