"""The main job with a language model: the tiny one, or a server that a test scripts."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from resources.language.picture_answers import DescriptionAnswer
from tests.models.drawn_pictures import png
from tests.models.shapes import DRAWINGS, Drawing
from tests.models.tiny_language_model import CAPTION_PROMPT, MODEL, PROJECTOR
from tests.support.main_job import MainJob, main_job
from tests.support.scripted_server import Asked, Said, chat_reply

SEEN = tuple(drawing for drawing in DRAWINGS if not drawing.is_held_out)
DRAWN = SEEN[::11]
"""Some forty of what the model was trained on, newly drawn."""

FEW = SEEN[:6]

KEY = "sk-seen-by-nobody-1234567890"

EMPTY_DESCRIPTION = {
    name: [] if "list" in str(field.annotation) else None
    for name, field in DescriptionAnswer.model_fields.items()
}

TINY = {
    "MODEL": str(MODEL),
    "PROJECTOR": str(PROJECTOR),
    "THREADS": "1",
    "CAPTION_PROMPT": str(CAPTION_PROMPT),
}


def file_name(number: int) -> str:
    """It tells nothing of what is drawn."""
    return f"IMG_{number:04}.png"


def drawn_files(drawings: tuple[Drawing, ...]) -> dict[str, bytes]:
    return {file_name(number): png(drawing) for number, drawing in enumerate(drawings)}


@contextmanager
def language(settings: Mapping[str, str]) -> Iterator[None]:
    """These settings of ``language_model`` in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(f"MEDIA_LANGUAGE_MODEL__{name}", value)
        yield


@contextmanager
def writing_job(home: Path, settings: Mapping[str, str] = TINY) -> Iterator[MainJob]:
    """The main job with a language model."""
    with language(settings), main_job(home) as job:
        yield job


def server_settings(url: str) -> dict[str, str]:
    """A server with a key, that may be asked as often as a test likes."""
    return {
        "ENGINE": "endpoint",
        "ENDPOINT_URL": url,
        "ENDPOINT_KEY": KEY,
        "ENDPOINT_MODEL": "m1",
        "REQUESTS_PER_MINUTE": "10000",
    }


def asked_for(request: Asked) -> str:
    """The asset a chat request is for, by the form of the answer."""
    wanted = request.json["response_format"]
    assert isinstance(wanted, dict)
    fields = wanted["json_schema"]["schema"]["properties"]
    return "caption" if "caption" in fields else "description"


def obliging(request: Asked) -> Said:
    """What a good model says to anything."""
    if asked_for(request) == "caption":
        return chat_reply('{"caption": "A thing."}')
    return chat_reply(json.dumps({**EMPTY_DESCRIPTION, "title": "Thing"}))


def rows(job: MainJob, asset: str) -> pl.DataFrame:
    """The newest row of every image, by file name."""
    sightings = job.store.scan("ingest/sighting").select("image_id", "file_name").collect()
    current = job.store.current(f"image/{asset}", sightings["image_id"].to_list())
    return current.join(sightings, on="image_id").sort("file_name")


def except_for(name: str, otherwise: Callable[[Asked], Said]) -> Callable[[Asked], Said]:
    """``otherwise`` for the picture with this file name, good answers for all others."""

    def reply(request: Asked) -> Said:
        return otherwise(request) if name in request.body.decode() else obliging(request)

    return reply
