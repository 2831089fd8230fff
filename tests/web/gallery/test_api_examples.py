"""The examples of docs/api.md, run as they stand, with bash and curl."""

import json
import os
import re
import subprocess
from pathlib import Path

from tests.support.guarded_ui import GuardedUi

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
SETTING = re.compile(r"^(MEDIA|LOGIN)=.*$", re.MULTILINE)


def examples() -> str:
    """All shell blocks of the page as one script; where it asks and as whom comes from outside."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return SETTING.sub("", "".join(blocks))


def test_every_example_is_answered(pages: GuardedUi, tmp_path: Path) -> None:
    script = examples()
    known = {"MEDIA": f"http://127.0.0.1:{pages.port}", "LOGIN": "ben:a viewer's password"}
    lines = [line for line in script.splitlines() if line.startswith("curl")]
    marked = re.sub(r"^(curl .*)$", r"\1; echo; echo ----", script, flags=re.MULTILINE)
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", marked],
        env={**os.environ, **known},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    answers = [one.strip() for one in done.stdout.split("----\n")][:-1]

    assert done.returncode == 0, done.stderr
    assert len(answers) == len(lines) == 11
    assert json.loads(answers[0])["total"] == 4
    assert json.loads(answers[3])["image_id"] == json.loads(answers[0])["items"][1]["image_id"]
    assert (tmp_path / "original.bin").read_bytes().startswith(b"\x89PNG")
    assert json.loads(answers[5])["total"] == 4
    assert json.loads(answers[7])["rows"] == [["png", 4]]
    assert answers[8].startswith("medium,")
    assert [one["batch"] for one in json.loads(answers[9])["items"]]
    assert json.loads(answers[10])["queued_runs"] == 0


def test_every_address_of_the_api_has_an_example() -> None:
    from web.gallery.contents import api

    told = PAGE.read_text()
    paths = [path.partition("{")[0] for path in api().openapi()["paths"]]
    assert [path for path in paths if f"/api{path}" not in told] == []
