"""Finished batches are exported by themselves, and again when something in them changes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from command_line.main import app
from media_assets.exports.export_files import WRITTEN, file_name, write_changed
from resources.configuration.media_home import MediaHome
from tests.support.synthetic_rows import SyntheticHome
from tests.web.gallery.conftest import publish

EXPORT = "small.jsonl"


def names(home: MediaHome) -> list[str]:
    return [one.name for one in write_changed(home)]


def test_the_publication_of_a_finished_batch_leaves_its_export(
    finished_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same text as ``media export --batch`` writes."""
    monkeypatch.setenv("MEDIA_HOME", str(finished_home))
    told = CliRunner().invoke(app, ["export", "--batch", "small"])

    written = (finished_home / "exports" / EXPORT).read_text()
    assert len(written.splitlines()) == 4
    assert written == told.stdout


@pytest.fixture
def media(tmp_path: Path) -> SyntheticHome:
    made = SyntheticHome(tmp_path / "home")
    made.declare_recipes()
    made.finish(made.land("small", "a.jpg", "b.jpg"))
    made.land("unfinished", "c.jpg")
    publish(made)
    return made


def test_only_what_is_complete_and_has_changed_is_written(media: SyntheticHome) -> None:
    assert names(media.home) == [EXPORT]
    assert names(media.home) == []

    (one, *_) = media.land("small", "a.jpg")
    publish(media)
    assert names(media.home) == [EXPORT]
    records = [json.loads(line) for line in (media.home.exports / EXPORT).open()]
    assert {len(record["sightings"]) for record in records} == {1, 2}

    media.result("embedded_metadata", one, title="Another title")
    publish(media)
    assert names(media.home) == [EXPORT]
    assert "Another title" in (media.home.exports / EXPORT).read_text()


@pytest.mark.parametrize("left", ["", "{", "[1]"], ids=["empty", "half", "another_shape"])
def test_a_lost_file_or_record_is_written_again(media: SyntheticHome, left: str) -> None:
    write_changed(media.home)
    (media.home.exports / EXPORT).unlink()
    assert names(media.home) == [EXPORT]

    (media.home.exports / WRITTEN).unlink()
    (media.home.exports / WRITTEN).write_text(left)
    assert names(media.home) == [EXPORT]


def test_a_link_in_the_place_of_an_export_is_replaced_not_followed(
    media: SyntheticHome, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text("kept")
    media.home.exports.mkdir()
    (media.home.exports / EXPORT).symlink_to(other)

    write_changed(media.home)

    assert other.read_text() == "kept"
    assert not (media.home.exports / EXPORT).is_symlink()


@pytest.mark.parametrize(
    "batch", ["../../etc", "a/b", ".", "..", "", "x" * 255, "\u202e", "\u00fc" * 200, "a\0b", "a\n"]
)
def test_no_name_of_a_batch_leads_out_of_the_folder(batch: str) -> None:
    name = file_name(batch)

    assert "/" not in name
    assert not name.startswith(".")
    assert name.isprintable()
    assert len(name.encode()) < 255


def test_two_batches_never_share_a_file() -> None:
    batches = ["a/b", "a_b", "a?b", "a.b", "a b", "x" * 60, "x" * 61, "Z\u00fcrich", "Zu\u0308rich"]
    found = {file_name(batch, medium) for batch in batches for medium in ("image", "b")}
    assert len(found) == 2 * len(batches)
    assert file_name("Z\u00fcrich 2026") == "Z\u00fcrich 2026.jsonl"
