"""``media show``: one image with its lineage."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from media_assets.media import image_recipes
from tests.command_line.conftest import AskJson, Media

pytestmark = pytest.mark.usefixtures("corpus")


def image_id(ask_json: AskJson, name: str) -> str:
    (found,) = ask_json("find", name, "--json")
    return str(found["image_id"])


def test_everything_about_one_image_with_its_lineage(media: Media, ask_json: AskJson) -> None:
    wanted = image_id(ask_json, "image.heic")

    shown = media("show", wanted)
    for_machines = ask_json("show", wanted, "--json")

    assert shown.exit_code == 0
    assert f"{wanted} (original)" in shown.output
    assert all(asset in shown.output for asset in image_recipes())
    assert for_machines["image_id"] == wanted
    assert [found["asset"] for found in for_machines["artifacts"]] == list(image_recipes())
    assert [seen["batch"] for seen in for_machines["sightings"]] == ["corpus"]
    assert len(for_machines["embedded_metadata"]) == 1


def test_the_start_of_an_id_is_enough(media: Media, ask_json: AskJson) -> None:
    wanted = image_id(ask_json, "image.heic")

    assert f"{wanted} (original)" in media("show", wanted[:-3]).output


def test_a_refused_file_shows_its_reason(media: Media, ask_json: AskJson) -> None:
    (refused,) = ask_json("find", "broken_data_stream.png", "--json")

    assert refused["outcome"] == "rejected"
    assert "rejected" in media("show", refused["image_id"]).output


def test_an_unknown_image_is_an_error(media: Media) -> None:
    result = media("show", "zebra")

    assert result.exit_code == 1
    assert "no source id or name begins with 'zebra'" in result.stderr


def test_an_ambiguous_start_names_examples(media: Media) -> None:
    result = media("show", "good")

    assert result.exit_code == 1
    assert "source ids or names begin with 'good'" in result.stderr
    assert "for example: good" in " ".join(result.stderr.split())


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_what_people_ask_comes_first_and_no_id_is_split(
    ask_json: AskJson, corpus: Path, columns: str
) -> None:
    """As the command prints it: in a terminal of this width, or into a pipe."""
    found = ask_json("show", image_id(ask_json, "image.heic"), "--json")
    lines = shown_at(columns, corpus, found["image_id"]).splitlines()
    assert lines[0] == found["image_id"]
    labels = [line.split()[0] for line in lines[1:8] if line[:1].strip()]
    assert labels[:2] == ["what", "outcome"]
    assert any(line.endswith(found["sha256"]) for line in lines)
    paths = {artifact["path"] for artifact in found["artifacts"] if artifact["path"]}
    assert all(any(path in line for line in lines) for path in paths)


def test_the_lineage_names_all_that_a_derivative_was_made_from(
    ask_json: AskJson, corpus: Path
) -> None:
    found = ask_json("show", image_id(ask_json, "image.heic"), "--json")
    lines = [line.strip() for line in shown_at("200", corpus, found["image_id"]).splitlines()]
    several = 0
    for artifact in found["artifacts"]:
        parents = set(json.loads(artifact["inputs"] or "{}")) & set(image_recipes())
        below = lines[lines.index(f"{artifact['asset']} {artifact['outcome']}") + 1]
        named = below.removeprefix("from ").partition(";")[0].split(", ")
        assert set(named) == (parents or {"the original"})
        several += len(parents) > 1
    assert several > 1


def shown_at(columns: str, home: Path, source: str) -> str:
    """What ``media show`` prints in so many columns."""
    environment = {**os.environ, "COLUMNS": columns, "MEDIA_HOME": str(home)}
    command = [Path(sys.executable).with_name("media"), "show", source]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout
