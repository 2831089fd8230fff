"""``media show``: one image with its lineage."""

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
    assert "for example good" in result.stderr
