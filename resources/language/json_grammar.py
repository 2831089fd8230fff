r"""The grammar that a model's answer must follow, token by token, in llama.cpp's notation (GBNF).

Only what the answers of ``resources.language.picture_answers`` need: one object whose fields are
texts, texts or null, and lists of texts, all present, in order, without spaces. llama-cpp-python's
own conversion of JSON schemas is not used: it allows raw control characters inside texts and lone
surrogates, which is not JSON, and on an error it silently allows anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from resources.language.picture_answers import PictureAnswer

CHARACTER = r'char ::= [^"\\\x7F\x00-\x1F] | "\\" ["\\/bfnrt]'
r"""One character of a text. No \uXXXX: half a surrogate pair would pass."""

FIRST = (
    r'first ::= [^"\\\x00-\x20\x7F-\xA0\u1680\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFEFF]'
)
"""The first character of a text that must not be blank."""

SHORTEST_TEXT, SHORTEST_TERM = 40, 16
"""However small an answer is asked for, names and short sentences must fit."""


@dataclass(frozen=True)
class Caps:
    """How much smaller than allowed an answer is asked for: lengths divided by ``divisor``."""

    divisor: int

    def text(self, allowed: int) -> int:
        """Characters of a text of its own."""
        return max(SHORTEST_TEXT, allowed // self.divisor)

    def term(self, allowed: int) -> int:
        """Characters of a text in a list."""
        return max(SHORTEST_TERM, allowed // self.divisor)

    def items(self, allowed: int) -> int:
        """Texts in a list."""
        return max(1, allowed // self.divisor)


def answer_grammar(kind: type[PictureAnswer], caps: Caps) -> str:
    """The GBNF grammar of strict, compact JSON answers of this kind.

    Every text that follows it is valid UTF-8 and JSON, and ``checked_answer`` takes it.
    """
    properties: Mapping[str, Any] = kind.model_json_schema()["properties"]
    fields = [
        f"{literal(json.dumps(name) + ':')} {rule(p, caps)}" for name, p in properties.items()
    ]
    comma = ' "," '
    return f'root ::= "{{" {comma.join(fields)} "}}"\n{CHARACTER}\n{FIRST}\n'


def rule(schema: Mapping[str, Any], caps: Caps) -> str:
    """What may stand for one field. Raises TypeError for a kind of field that is not used here."""
    if "anyOf" in schema:
        return "(" + " | ".join(rule(option, caps) for option in schema["anyOf"]) + ")"
    if schema["type"] == "null":
        return literal("null")
    if schema["type"] == "string":
        return text_rule(schema.get("minLength", 0), caps.text(schema["maxLength"]))
    if schema["type"] == "array":
        item = text_rule(1, caps.term(schema["items"]["maxLength"]))
        others = caps.items(schema["maxItems"]) - 1
        return f'"[" ({item} ("," {item}){{0,{others}}})? "]"'
    raise TypeError(f"no grammar for {schema}")


def text_rule(at_least: int, at_most: int) -> str:
    """A quoted text of so many characters, not blank when there must be one."""
    if at_least:
        return f'"\\"" first char{{{at_least - 1},{at_most - 1}}} "\\""'
    return f'"\\"" char{{0,{at_most}}} "\\""'


def literal(text: str) -> str:
    """``text`` itself, as GBNF quotes it (JSON's way)."""
    return json.dumps(text)


def answer_schema(kind: type[PictureAnswer], caps: Caps) -> dict[str, Any]:
    """The JSON schema of the same answers, for servers that take one instead of a grammar.

    Lengths of texts are left out, which several servers refuse; ``checked_answer`` sees to them.
    """
    schema = kind.model_json_schema()
    properties = {name: plain(p, caps) for name, p in schema["properties"].items()}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def plain(schema: Mapping[str, Any], caps: Caps) -> dict[str, Any]:
    """One field's schema without lengths of texts, its list no longer than asked for."""
    kept: dict[str, Any] = {k: schema[k] for k in ("type", "description") if k in schema}
    if "anyOf" in schema:
        kept["anyOf"] = [plain(option, caps) for option in schema["anyOf"]]
    if "items" in schema:
        kept["items"] = {"type": "string"}
        kept["maxItems"] = caps.items(schema["maxItems"])
    return kept
