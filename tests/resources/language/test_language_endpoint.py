"""Models behind servers: llama-cpp-python's own server for real, and the habits of others."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from resources.language.endpoint_client import Endpoint, EndpointClient, EndpointRefused
from resources.language.language_endpoint import ChatOptions, EndpointModel, Form
from resources.language.language_model import NoUsableAnswer, answered
from resources.language.model_questions import Evidence, Question
from resources.language.picture_answers import A, CaptionAnswer, DescriptionAnswer
from tests.models.shapes import Drawing
from tests.models.tiny_language_model import MODEL, PROJECTOR, jpeg_of
from tests.support.child_processes import started
from tests.support.scripted_server import Asked, Said, chat_reply, scripted_server

STAR = Drawing("green", "star", "yellow")
SECONDS = 120.0
GOOD = chat_reply('{"caption":"A mill."}')
PROSE = chat_reply("Sure! Here is a caption: A mill.")


def question(kind: type[A]) -> Question[A]:
    return Question("Describe the picture.", Evidence({}), jpeg_of(STAR), kind)


@contextmanager
def model_at(url: str, folder: Path, form: Form | None = None) -> Iterator[EndpointModel]:
    client = EndpointClient(Endpoint(url, SecretStr("sk-1"), 10_000, folder / "rate.sqlite"))
    model = EndpointModel(client, ChatOptions("m1", seed=0, max_tokens=512, form=form))
    try:
        yield model
    finally:
        model.close()


@pytest.fixture(scope="module")
def llama_server() -> Iterator[str]:
    """The URL of llama-cpp-python's server with the tiny model."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "llama_cpp.server", "--port", str(port)]
    command += ["--model", str(MODEL), "--clip_model_path", str(PROJECTOR)]
    command += ["--chat_format", "mtmd", "--n_ctx", "4096", "--n_threads", "1"]
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with started(command, env=environment, **quiet) as process:
        wait_for(f"http://127.0.0.1:{port}/v1/models", process)
        yield f"http://127.0.0.1:{port}/v1"


def wait_for(url: str, process: subprocess.Popen[str]) -> None:
    """Return when the server answers."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server has ended"
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    pytest.fail("the server did not start within two minutes")


def test_a_real_server_that_takes_a_grammar_only(llama_server: str, tmp_path: Path) -> None:
    """It answers to a JSON schema with an error, so that the grammar is tried."""
    with model_at(llama_server, tmp_path) as model:
        caption = answered(model, question(CaptionAnswer), seconds=SECONDS)
        description = answered(model, question(DescriptionAnswer), seconds=SECONDS)

    assert caption.answer.caption == "A green star on a yellow background."
    assert description.answer.title == "Green star"
    assert caption.attempts == description.attempts == 1
    assert caption.prompt_tokens is not None
    assert caption.prompt_tokens > 36, "the picture alone has 36"


def refusing(form: str, status: int) -> Callable[[Asked], Said]:
    """A server that does not know a field of the request."""
    return lambda asked: Said(b"unknown field", status) if form in asked.json else GOOD


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_form_that_a_server_refuses_is_tried_once(tmp_path: Path, status: int) -> None:
    server_of = scripted_server(refusing("response_format", status))
    with server_of as server, model_at(server.url, tmp_path) as model:
        for _ in range(3):
            assert answered(model, question(CaptionAnswer), seconds=SECONDS).attempts == 1

    forms = [("response_format" in one.json, "grammar" in one.json) for one in server.asked]
    assert forms == [(True, False), (False, True), (False, True), (False, True)]


def test_a_form_that_a_server_ignores_is_given_up(tmp_path: Path) -> None:
    """Some take any field and go on talking as they like."""
    server_of = scripted_server(lambda one: GOOD if "grammar" in one.json else PROSE)
    with server_of as server, model_at(server.url, tmp_path) as model:
        first = answered(model, question(CaptionAnswer), seconds=SECONDS)
        second = answered(model, question(CaptionAnswer), seconds=SECONDS)

    assert first.attempts == 2
    assert second.attempts == 1


def test_a_server_that_only_ever_talks_has_failed(tmp_path: Path) -> None:
    with (
        scripted_server(lambda _: PROSE) as server,
        model_at(server.url, tmp_path) as model,
        pytest.raises(NoUsableAnswer, match="not the JSON"),
    ):
        answered(model, question(CaptionAnswer), seconds=SECONDS)

    assert [bool({"response_format", "grammar"} & one.json.keys()) for one in server.asked] == [
        True,
        True,
        False,
    ]


def test_a_form_named_in_the_settings_is_the_only_one(tmp_path: Path) -> None:
    with (
        scripted_server(refusing("response_format", 400)) as server,
        model_at(server.url, tmp_path, form="json_schema") as model,
        pytest.raises(EndpointRefused, match="HTTP 400: unknown field"),
    ):
        answered(model, question(CaptionAnswer), seconds=SECONDS)


def test_a_request_holds_what_servers_need(tmp_path: Path) -> None:
    with scripted_server(lambda _: GOOD) as server, model_at(server.url, tmp_path) as model:
        told = answered(model, question(CaptionAnswer), seconds=SECONDS)

    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.json["model"] == "m1"
    assert asked.json["temperature"] == asked.json["seed"] == 0
    assert '"url": "data:image/jpeg;base64,' in json.dumps(asked.json)
    assert told.model == "m1"
    assert (told.prompt_tokens, told.answer_tokens) == (7, 3)
