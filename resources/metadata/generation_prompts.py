"""The words by which a program was asked to generate a picture, as generators write them.

Their forms differ: plain text, the parameters of AUTOMATIC1111's web UI, JSON of InvokeAI, NovelAI,
Fooocus and Draw Things, ComfyUI's graph of nodes, and IPTC's property for all of them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from resources.metadata.boilerplate import GENERATED
from resources.metadata.tags import TagValue
from resources.metadata.values import text_of

PROMPT_TAGS = (
    "XMP-iptcExt:AIPromptInformation",
    "PNG:Parameters",
    "PNG:Prompt",
    "PNG:Invokeai_metadata",
    "PNG:Sd-metadata",
    "PNG:Dream",
    "PNG:Comment",
    "ExifIFD:UserComment",
    "XMP-exif:UserComment",
    "IFD0:Model",
)
"""Where the prompt is, the one that counts most first. The first is IPTC's (Photo Metadata Standard
2025.1); the others are what the programs write. ComfyUI puts "prompt:" before its graph in a WebP's
camera model."""

ONLY_JSON_OR_PARAMETERS = frozenset(PROMPT_TAGS[6:])
"""Tags that also hold what people write."""

PARAMETERS = re.compile(r"\s*(?:\n|^)(?:Negative prompt: |Steps: \d+, ).*", re.DOTALL)
"""What follows the prompt in AUTOMATIC1111's parameters (modules/infotext_utils.py)."""

DREAM = re.compile(r'"(.+?)"\s+-.*', re.DOTALL)
"""The command that InvokeAI before 2.2 wrote."""

JSON_KEYS = ("prompt", "positive_prompt", "image", "c", "text", "positive")
"""Where JSON has it: Fooocus and NovelAI, InvokeAI (3 and 2), Draw Things."""

NODE_TEXTS = (
    *("text", "text_g", "text_l", "clip_l", "t5xxl", "prompt", "positive_prompt"),
    *("positive", "string", "value"),
)
"""Inputs of ComfyUI's nodes that hold words."""

MOST_NODES = 2_000


def generation_prompt(tags: Mapping[str, TagValue]) -> str | None:
    """The prompt of a generated picture; None for all others."""
    for name in PROMPT_TAGS:
        text = text_of(tags.get(name))
        prompt = _prompt_in(text, is_certain=name not in ONLY_JSON_OR_PARAMETERS) if text else None
        if prompt:
            return prompt
    return None


def _prompt_in(text: str, *, is_certain: bool) -> str | None:
    text = text.removeprefix("prompt:").removeprefix("Prompt:")
    if text.lstrip().startswith(("{", "[")):
        return _prompt_in_json(text)
    if GENERATED.search(text):
        return PARAMETERS.sub("", text).strip() or None
    command = DREAM.fullmatch(text)
    if command:
        return command[1]
    return text.strip() if is_certain else None


def _prompt_in_json(text: str) -> str | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict) and any(_is_node(node) for node in found.values()):
        return "\n".join(dict.fromkeys(_node_texts(found))) or None
    return _text_in(found, depth=1)


def _text_in(value: Any, depth: int) -> str | None:
    """The first text under one of JSON_KEYS."""
    if isinstance(value, list) and value and depth <= 4:
        return _text_in(value[0], depth + 1)
    if isinstance(value, dict) and depth <= 4:
        found = (_text_in(value.get(key), depth + 1) for key in JSON_KEYS)
        return next((text for text in found if text), None)
    return value.strip() or None if isinstance(value, str) and depth > 1 else None


def _is_node(node: Any) -> bool:
    return isinstance(node, dict) and isinstance(node.get("inputs"), dict)


def _node_texts(graph: Mapping[str, Any]) -> Iterator[str]:
    """The words of the nodes that lead to a sampler's ``positive`` input; without one, of all."""
    nodes = {name: node["inputs"] for name, node in graph.items() if _is_node(node)}
    starts = [link for inputs in nodes.values() for link in _links(inputs, ("positive",))]
    for name in _reached(nodes, starts) if starts else nodes:
        for key in NODE_TEXTS:
            text = nodes[name].get(key)
            if isinstance(text, str) and any(char.isalpha() for char in text):
                yield text.strip()


def _reached(nodes: Mapping[str, Mapping[str, Any]], starts: list[str]) -> Iterator[str]:
    """The nodes that these are made from, each once."""
    waiting, seen = list(starts), set[str]()
    while waiting and len(seen) < MOST_NODES:
        name = waiting.pop(0)
        if name in nodes and name not in seen:
            seen.add(name)
            yield name
            waiting += _links(nodes[name], nodes[name])


def _links(inputs: Mapping[str, Any], keys: Any) -> list[str]:
    """The nodes that inputs come from: [name, number of its output]."""
    values = (inputs.get(key) for key in keys)
    return [str(value[0]) for value in values if isinstance(value, list) and len(value) == 2]
