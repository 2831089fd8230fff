"""Two secrets go in and come out nowhere: no file, no table, no output, no message holds them.

The product runs as its user runs it, with a PostgreSQL password and an endpoint key that no other
text contains; the endpoint even repeats the key in its refusal.
"""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.conftest import postgres_binaries
from tests.support.main_job import pictures
from tests.support.running_service import running_service

pytestmark = pytest.mark.slow

PASSWORD = "canary-password-9f31c2"  # noqa: S105 - to be looked for
KEY = "canary-key-77be04"
SECRETS = (PASSWORD.encode(), KEY.encode())
ROOT = Path(__file__).parent.parent
MEDIA = Path(sys.executable).with_name("media")
INSTANCE = '{ instance { info daemonHealth { daemonStatus(daemonType: "SENSOR") { healthy } } } }'


@pytest.fixture
def telling_endpoint() -> Iterator[str]:
    """The URL of a server that refuses every key, and says which it was."""

    class Telling(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            said = json.dumps({"error": {"message": f"wrong: {self.headers['Authorization']}"}})
            self.send_response(401)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(said.encode())

        do_GET = do_POST  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Telling) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def home(
    tmp_path: Path,
    database_url: str,
    telling_endpoint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A home of its own, and the secrets in the environment."""
    url = re.sub(r"//media@", f"//media:{PASSWORD}@", database_url)
    assert PASSWORD in url
    monkeypatch.setenv("MEDIA_POSTGRES_URL", url)
    monkeypatch.setenv("MEDIA_LANGUAGE_MODEL__ENDPOINT_URL", telling_endpoint)
    monkeypatch.setenv("MEDIA_LANGUAGE_MODEL__ENDPOINT_KEY", KEY)
    monkeypatch.setenv("MEDIA_LANGUAGE_MODEL__ENDPOINT_MODEL", "any")
    monkeypatch.setenv("MEDIA_SETTLE_SECONDS", "0.2")
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path / "home"


def output_of(*arguments: str, **environment: str) -> bytes:
    """All that ``media`` prints."""
    done = subprocess.run(
        [MEDIA, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=240,
        check=False,
    )
    return done.stdout


def dump_of(database_url: str) -> bytes:
    """Every row of the database, as text."""
    return subprocess.check_output([postgres_binaries() / "pg_dump", "--inserts", database_url])


def telling(texts: Sequence[bytes]) -> list[bytes]:
    """The beginnings of those that hold a secret."""
    return [text[:300] for text in texts if any(secret in text for secret in SECRETS)]


def test_secrets_come_out_nowhere(home: Path, tmp_path: Path, database_url: str) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, content in pictures(1).items():
        (folder / name).write_bytes(content)

    said = [output_of("add", str(folder), "--wait")]
    with running_service(home, ROOT / "definitions.py") as service:
        said += [line.encode() for line in service.said]
        said.append(json.dumps(service.graphql(INSTANCE)).encode())
        said.append(output_of("doctor"))
    said += [
        output_of(*command.split())
        for command in ("status", "failures --json", "export", "sql --format=json from(artifacts)")
    ]
    said.append(output_of("status", MEDIA_POSTGRES_URL=f"mysql://{PASSWORD}@x/y"))
    said.append(output_of("retry", MEDIA_POSTGRES_URL=f"postgresql://a:{PASSWORD}@[::1/y"))
    assert b"postgres_url: must look like" in said[-2]

    assert any(b"answered with HTTP 401: " in text for text in said)
    assert any(b"Authorization" in text or b"Bearer" in text for text in said)
    assert telling(said) == []
    assert telling([dump_of(database_url)]) == []
    files = [path for path in home.rglob("*") if path.is_file()]
    assert home / "dagster" / "dagster.yaml" in files
    assert [path for path in files if telling([path.read_bytes()])] == []
