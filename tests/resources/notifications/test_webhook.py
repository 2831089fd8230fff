"""A webhook's receiver can trust what it gets, and a bad one does no harm."""

import base64
import hashlib
import hmac
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from resources.configuration.notify_settings import NotifySettings
from resources.notifications import webhook
from resources.notifications.webhook import NotReceived, body_of, post, signed_headers
from tests.support.notified_home import KEY, SECRET, message
from tests.support.scripted_server import Said, scripted_server

PAGE = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
TYPES = re.compile(r": (?:string|number|boolean|Buffer|Record<string, string>)(?=[,)\s])")


def send(url: str) -> None:
    post(url, SecretStr(SECRET), message(facts={"batch": "Ünïcode"}))


@contextmanager
def raw_server(answer: bytes, *, pause_s: float = 0.0) -> Iterator[str]:
    """A server that sends these bytes one by one, with pauses, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65536)
                    for place in range(len(answer)):
                        connection.sendall(answer[place : place + 1])
                        time.sleep(pause_s)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_the_receiver_gets_signed_json_and_can_check_it() -> None:
    with scripted_server(lambda _: Said(b"", 204)) as server:
        send(server.url)

    (asked,) = server.asked
    content = asked.json
    assert (content["type"], content["data"]) == (
        "failures",
        {"title": "Title", "text": "Text", "batch": "Ünïcode"},
    )
    headers = {name.lower(): value for name, value in asked.headers.items()}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + asked.body
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60


@pytest.mark.parametrize(
    ("status", "said"),
    [(500, "HTTP 500"), (403, "HTTP 403"), (302, "redirects are not followed")],
)
def test_a_refusal_is_told_and_no_redirect_followed(status: int, said: str) -> None:
    with scripted_server(lambda _: Said(b"", 200)) as elsewhere:
        refused = Said(b"no", status, {"Location": elsewhere.url})
        with scripted_server(lambda _: refused) as server, pytest.raises(NotReceived, match=said):
            send(server.url)

    assert elsewhere.asked == []


def test_an_answer_that_trickles_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 0.5)
    began = time.monotonic()
    slow = b"HTTP/1.1 200 OK\r\n" + b"x-padding: 1\r\n" * 20
    with (
        raw_server(slow, pause_s=0.05) as url,
        pytest.raises(NotReceived, match="did not answer within"),
    ):
        send(url)

    assert time.monotonic() - began < 5


def test_a_receiver_that_dies_halfway_has_not_received() -> None:
    with raw_server(b"HTTP/1.1 20") as url, pytest.raises(NotReceived, match="broke off"):
        send(url)


def test_a_receiver_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(NotReceived, match="cannot be reached") as told:
        send(f"http://127.0.0.1:{port}/hook")

    assert SECRET not in str(told.value)


@pytest.mark.parametrize(
    ("notify", "said"),
    [
        ({"webhook_url": "http://a.example/x"}, "belong together"),
        ({"webhook_url": "http://u:p@a.example", "webhook_secret": SECRET}, "neither a password"),
        ({"webhook_url": "http://a.example", "webhook_secret": "c2hvcnQ="}, "24 bytes"),
        ({"webhook_url": "http://a.example", "webhook_secret": "no base64!"}, "24 bytes"),
        ({"webhook_url": "file:///etc/passwd", "webhook_secret": SECRET}, "URL scheme"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(notify: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        NotifySettings.model_validate(notify)


def signed_example() -> tuple[dict[str, str], bytes]:
    body = body_of(message(facts={"batch": "Ünïcode"}))
    return signed_headers(KEY, "a" * 32, int(time.time()), body), body


def verdicts(command: list[str], folder: Path) -> list[str]:
    """What the example of the page says of a message, a changed one, and an old one."""
    headers, body = signed_example()
    old = signed_headers(KEY, "a" * 32, int(time.time()) - 3600, body)
    said = []
    for one, content in ((headers, body), (headers, body + b" "), (old, body)):
        case = folder / "case.json"
        case.write_text(json.dumps({"secret": SECRET, "headers": one, "body": content.decode()}))
        done = subprocess.run([*command, str(case)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.strip().lower())
    return said


def test_the_pages_python_example_tells_true_from_false(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    program = tmp_path / "verify.py"
    program.write_text(
        f"{code}\nimport json, sys, pathlib\n"
        "case = json.loads(pathlib.Path(sys.argv[1]).read_text())\n"
        "print(is_genuine(case['secret'], case['headers'], case['body'].encode()))\n"
    )

    assert verdicts([sys.executable, str(program)], tmp_path) == ["true", "false", "false"]


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_the_pages_typescript_example_tells_true_from_false(tmp_path: Path) -> None:
    """Its types are taken out first: not every Node.js does that by itself."""
    (code,) = re.findall(r"```ts\n(.*?)```", PAGE, re.DOTALL)
    program = tmp_path / "verify.mjs"
    program.write_text(
        TYPES.sub("", code) + '\nimport { readFileSync } from "node:fs";\n'
        "const given = JSON.parse(readFileSync(process.argv[2], 'utf8'));\n"
        "console.log(isGenuine(given.secret, given.headers, Buffer.from(given.body)));\n"
    )

    assert verdicts(["node", str(program)], tmp_path) == ["true", "false", "false"]
