"""``media fixity`` on a real home: a flipped byte is found, made again, or put back on order."""

from pathlib import Path

import pytest

from command_line.queries.tables import Tables
from tests.command_line.conftest import AskJson, Media
from tests.support.main_job import MainJob

STATES = "select state, count(*) from fixity group by all order by all"
STATE = "select state from fixity where path = ?"
THUMBNAIL = """
select file.path
from (select unnest(files) as file from image.thumbnails where image_id = ?)
order by file.path
limit 1
"""


def flip(path: Path) -> None:
    """Change one byte of a read-only file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.chmod(0o600)
    path.write_bytes(content)


@pytest.mark.usefixtures("finished")
def test_files_are_not_checked_until_they_are(media: Media, ask_json: AskJson) -> None:
    ((state, files),) = Tables.open().rows(STATES)
    assert state == "not_checked"

    result = media("fixity", "check", "--all")

    assert result.exit_code == 0, result.output
    assert f"{files} file(s) checked" in result.output
    assert Tables.open().rows(STATES) == [("ok", files)]
    answer = ask_json("fixity", "status", "--json")
    assert {one["kind"] for one in answer["coverage"]} == {"original", "derivative"}
    assert all(one["not_checked"] == 0 for one in answer["coverage"])
    assert answer["not_intact"] == []


def test_a_damaged_derivative_is_set_aside_and_made_again(finished: MainJob, media: Media) -> None:
    image_id = finished.keys()[0]
    ((path,),) = finished.sql(THUMBNAIL, image_id)
    file = finished.settings.media_home.root / str(path)
    flip(file)

    result = media("fixity", "check", image_id)

    assert result.exit_code == 1
    assert "damaged" in result.output
    assert not file.exists()
    assert [aside.name for aside in finished.settings.media_home.quarantine.iterdir()] == [
        file.name
    ]
    finished.work()
    ((made,),) = finished.sql(THUMBNAIL, image_id)
    assert (finished.settings.media_home.root / str(made)).exists()
    assert Tables.open().rows(STATE, [made]) == [("not_checked",)], "made again since the check"
    assert media("fixity", "check", image_id).exit_code == 0


def test_a_damaged_original_stays_until_a_person_puts_a_copy_in_its_place(
    finished: MainJob, media: Media, tmp_path: Path
) -> None:
    image_id = finished.keys()[1]
    original = finished.original_of(image_id)
    backup, other = tmp_path / "backup", tmp_path / "other.png"
    copy = backup / "data" / original.relative_to(finished.settings.media_home.root)
    copy.parent.mkdir(parents=True)
    copy.write_bytes(original.read_bytes())
    other.write_bytes(b"another picture")
    flip(original)
    damaged = original.read_bytes()

    assert media("fixity", "check", image_id, "--originals").exit_code == 1
    assert original.read_bytes() == damaged, "never touched by itself"
    refused = media("fixity", "restore", image_id, "--from", str(other))
    assert refused.exit_code == 1
    assert "SHA-256 differs" in refused.stderr
    assert original.read_bytes() == damaged

    restored = media("fixity", "restore", image_id, "--from", str(backup))

    assert restored.exit_code == 0, restored.output
    assert original.read_bytes() == copy.read_bytes()
    assert [aside.read_bytes() for aside in finished.settings.media_home.quarantine.iterdir()] == [
        damaged
    ]
    assert media("fixity", "check", image_id, "--originals").exit_code == 0


def test_what_is_to_be_checked_must_be_said(finished: MainJob, media: Media) -> None:
    assert media("fixity", "check").exit_code == 1
    assert media("fixity", "check", finished.keys()[0], "--all").exit_code == 1
