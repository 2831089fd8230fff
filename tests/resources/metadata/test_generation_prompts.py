"""The words by which a picture was generated, in the forms of the programs that write them."""

import json

import pytest

from resources.metadata.embedded_metadata_reader import read_embedded_metadata
from resources.metadata.generation_prompts import generation_prompt
from resources.metadata.tags import LONGEST_TEXT, TagValue
from tests.support.metadata_pictures import plain, tagged

PARAMETERS = "a red lighthouse,\noil painting\nNegative prompt: people\nSteps: 20, Sampler: Euler a"
GRAPH = {
    "3": {
        "class_type": "KSampler",
        "inputs": {"seed": 1, "positive": ["6", 0], "negative": ["7", 0], "model": ["4", 0]},
    },
    "4": {"class_type": "CheckpointLoader", "inputs": {"ckpt_name": "some.safetensors"}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["9", 0], "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
    "9": {"class_type": "Text", "inputs": {"string": "a red lighthouse"}},
}


@pytest.mark.parametrize(
    ("tag", "value", "prompt"),
    [
        ("XMP-iptcExt:AIPromptInformation", "a red lighthouse", "a red lighthouse"),
        ("PNG:Parameters", PARAMETERS, "a red lighthouse,\noil painting"),
        ("ExifIFD:UserComment", PARAMETERS, "a red lighthouse,\noil painting"),
        ("PNG:Parameters", json.dumps({"prompt": "a red lighthouse"}), "a red lighthouse"),
        ("PNG:Prompt", "a red lighthouse on a cliff", "a red lighthouse on a cliff"),
        ("PNG:Prompt", json.dumps(GRAPH), "a red lighthouse"),
        ("IFD0:Model", f"prompt:{json.dumps(GRAPH)}", "a red lighthouse"),
        ("PNG:Invokeai_metadata", json.dumps({"positive_prompt": "a mill"}), "a mill"),
        ("PNG:Sd-metadata", json.dumps({"image": {"prompt": [{"prompt": "a mill"}]}}), "a mill"),
        ("PNG:Dream", '"a mill" -s 50 -W 512', "a mill"),
        ("PNG:Comment", json.dumps({"prompt": "a mill", "steps": 28}), "a mill"),
        ("XMP-exif:UserComment", json.dumps({"c": "a mill"}), "a mill"),
    ],
)
def test_each_form_gives_the_prompt(tag: str, value: TagValue, prompt: str) -> None:
    assert generation_prompt({tag: value}) == prompt


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("IFD0:Model", "Canon EOS 80D"),
        ("ExifIFD:UserComment", "Grandmother at the harbour"),
        ("PNG:Comment", "Created with GIMP"),
        ("PNG:Comment", "{not JSON"),
        ("PNG:Prompt", json.dumps({"a": 1})),
        ("PNG:Prompt", "[" * 100_000),
    ],
)
def test_what_people_and_cameras_write_is_no_prompt(tag: str, value: TagValue) -> None:
    assert generation_prompt({tag: value}) is None


def test_a_graph_of_nodes_that_name_each_other_ends() -> None:
    around = {"1": {"inputs": {"positive": ["1", 0], "text": "round and round"}}}
    assert generation_prompt({"PNG:Prompt": json.dumps(around)}) == "round and round"


@pytest.mark.parametrize("engine", ["exiftool", "pillow"])
def test_a_long_graph_is_read_as_a_whole(engine: str) -> None:
    nodes = {str(number): {"inputs": {"seed": number}} for number in range(100, 2000)}
    content = tagged(plain(), f"-EXIF:UserComment={json.dumps(nodes | GRAPH)}")
    tags = read_embedded_metadata(content, "jpeg", engine).tags
    assert len(str(tags["ExifIFD:UserComment"])) > LONGEST_TEXT
    assert generation_prompt(tags) == "a red lighthouse"
