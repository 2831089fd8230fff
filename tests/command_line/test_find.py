"""``media find``: images by the words known about them."""

import pytest

from tests.command_line.conftest import AskJson, Media

pytestmark = pytest.mark.usefixtures("corpus")


def test_a_part_of_a_name_in_any_case_finds_the_image(ask_json: AskJson) -> None:
    found = ask_json("find", "IMAGE.HEIC", "--json")

    assert [(image["file_name"], image["outcome"]) for image in found] == [
        ("good__thumbor__image.heic", "ok")
    ]


def test_the_batch_finds_all_its_images(media: Media) -> None:
    assert "good__thumbor__image.heic" in media("find", "corpus").output


def test_wildcards_of_sql_are_plain_characters(ask_json: AskJson) -> None:
    assert ask_json("find", "%", "--json") == []


def test_no_image_is_said_plainly(media: Media) -> None:
    result = media("find", "zebra crossing")

    assert result.exit_code == 0
    assert "No source mentions 'zebra crossing'." in result.output
