"""Logs as JSON: one object a line, with what caused it, and without a secret."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import logging, sys, warnings
import structlog
from resources.configuration.log_lines import write_json_lines
from resources.configuration.settings import Settings

settings = Settings()
write_json_lines(settings, service="test", run_id="run 1")
log = logging.getLogger("media.test")
with structlog.contextvars.bound_contextvars(request_id="abc"):
    log.info("%s\\nsecond line", "hostile \\x1b[31m", extra={"seconds": 0.5})
meta = {"run_id": "run 2", "step_key": "step", "job_tags": {"media/request_id": "abc"}}
log.warning("of Dagster", extra={"dagster_meta": meta})
warnings.warn("be careful")
logging.getLogger("uvicorn.error").error("of uvicorn")
logging.getLogger("uvicorn.access").info("not told twice")
secret = settings.postgres_url.get_secret_value()
try:
    raise ConnectionError(f"could not connect to {secret}")
except ConnectionError:
    log.exception("password: p%w\\"rd-canary, quoted p%25w%22rd-canary, key canary-key")
log.info("json://user@localhost/canary-token whsec_c2VjcmV0LWtleS1vZi0yNC1ieXRlcy1vci1tb3Jl")
"""
ENVIRONMENT = {
    "MEDIA_POSTGRES_URL": "postgresql://media:p%25w%22rd-canary@localhost/dagster",
    "MEDIA_LANGUAGE_MODEL__ENDPOINT_KEY": "canary-key",
    "MEDIA_NOTIFY__URLS": "json://user:canary-pass@localhost/canary-token",
    "MEDIA_NOTIFY__WEBHOOK_URL": "https://localhost/x",
    "MEDIA_NOTIFY__WEBHOOK_SECRET": "whsec_c2VjcmV0LWtleS1vZi0yNC1ieXRlcy1vci1tb3Jl",
}


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What a process of ours writes, parsed."""
    home = str(tmp_path_factory.mktemp("home"))
    environment = {**os.environ, **ENVIRONMENT, "MEDIA_HOME": home}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_every_line_says_when_what_and_who(lines: list[dict[str, Any]]) -> None:
    assert len(lines) == 6
    for line in lines:
        assert line["service"] == "test"
        assert line["timestamp"].endswith("Z")
        assert {"level", "logger", "event"} <= line.keys()


def test_a_line_of_a_request_has_its_id_and_its_measures(lines: list[dict[str, Any]]) -> None:
    assert lines[0]["request_id"] == "abc"
    assert lines[0]["seconds"] == 0.5
    assert lines[0]["event"] == "hostile \x1b[31m\nsecond line"


def test_a_line_of_a_run_has_the_run_and_the_request_that_asked_for_it(
    lines: list[dict[str, Any]],
) -> None:
    told = {name: lines[1][name] for name in ("run_id", "step_key", "request_id")}
    assert told == {"run_id": "run 2", "step_key": "step", "request_id": "abc"}
    assert lines[0]["run_id"] == "run 1"


def test_libraries_write_the_same_lines(lines: list[dict[str, Any]]) -> None:
    assert [line["logger"] for line in lines[2:4]] == ["py.warnings", "uvicorn.error"]


def test_no_secret_of_the_settings_is_in_any_line(lines: list[dict[str, Any]]) -> None:
    text = json.dumps(lines)

    assert "could not connect to ***" in lines[4]["exception"]
    assert "canary" not in text
    assert "c2VjcmV0" not in text


@pytest.mark.parametrize("name", ["urls", "webhook_secret"])
def test_the_settings_file_holds_no_secret_of_notifications(tmp_path: Path, name: str) -> None:
    (tmp_path / "settings.toml").write_text(f'[notify]\n{name} = "x"\n')
    program = "from resources.configuration.settings import Settings; Settings()"
    environment = {**os.environ, "MEDIA_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert f"must not hold notify.{name}" in done.stderr
