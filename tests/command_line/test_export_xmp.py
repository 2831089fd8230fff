"""``media export --xmp``: sidecars elsewhere, never beside originals."""

from pathlib import Path

import pytest

from resources.metadata.xmp_tags import read_xmp
from tests.command_line.conftest import Media
from tests.support.main_job import MainJob

NASTY = "=cmd|' /C calc'!A0 <b>&\u202e"


def test_sidecars_lie_in_folders_like_those_of_the_landing_roots(
    finished: MainJob, media: Media, tmp_path: Path
) -> None:
    folder = tmp_path / "sidecars"
    media("edit", "picture2", "--field", f"title={NASTY}")

    assert media("export", "--xmp", str(folder)).exit_code == 0

    written = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert "landing/small/picture2.png.xmp" in written
    tags = read_xmp((folder / "landing/small/picture2.png.xmp").read_bytes()).tags
    assert tags["XMP-dc:Title"] == NASTY
    assert finished.sql("select count(*) from sidecars") == [(0,)]

    again = media("export", "--xmp", str(folder))
    assert (again.exit_code, "replace it: --overwrite" in again.output) == (1, True)
    assert media("export", "--xmp", str(folder), "--overwrite").exit_code == 0


def test_a_folder_that_overlaps_originals_is_refused(finished: MainJob, media: Media) -> None:
    home = finished.settings.home
    for inside in ("landing", "landing/small", "originals", "rows/x", "", ".."):
        result = media("export", "--xmp", str(home / inside))

        assert result.exit_code == 1
        assert "overlaps" in result.output
    assert list(home.parent.rglob("*.xmp")) == []


@pytest.mark.usefixtures("finished")
def test_a_folder_with_pictures_or_with_the_sidecars_of_others_is_refused(
    media: Media, tmp_path: Path
) -> None:
    beside = tmp_path / "archive" / "landing" / "small" / "picture2.png"
    beside.parent.mkdir(parents=True)
    beside.write_bytes(b"a picture")
    theirs = tmp_path / "theirs" / "landing" / "small" / "picture2.png.xmp"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("<x/>")

    for folder, message in (("archive", "there is a picture at"), ("theirs", "was not written by")):
        result = media("export", "--xmp", str(tmp_path / folder), "--overwrite")
        assert result.exit_code == 1
        assert message in result.output.replace("\n", " ")

    assert (beside.read_bytes(), theirs.read_text()) == (b"a picture", "<x/>")
    assert [path.name for path in beside.parent.iterdir()] == ["picture2.png"]


@pytest.mark.usefixtures("finished")
def test_a_link_that_leads_out_of_the_folder_is_not_followed(media: Media, tmp_path: Path) -> None:
    folder, outside = tmp_path / "sidecars", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "landing").symlink_to(outside)

    result = media("export", "--xmp", str(folder))

    assert (result.exit_code, list(outside.iterdir())) == (1, [])
    assert "is a link" in result.output.replace("\n", " ")
