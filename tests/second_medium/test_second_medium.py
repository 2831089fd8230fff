"""A second medium is a value and a folder: everything works for it without a line that names it.

In a copy of the program, with the folder ``notes`` beside this file put into ``media_assets``: a
note has two derivatives, one of them called ``thumbnails`` like that of images, and its pictures
become images of their own.
"""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.program_copy import ProgramCopy, copy_program

pytestmark = pytest.mark.slow

NOTES = Path(__file__).parent / "notes"
TRIP = "NOTE\nA trip to the lake\npicture red\nIt rained.\npicture navy\n"
BATCH = "letters"
IMAGES = "select image_id, parent_id, parent_medium, place, outcome from images order by place"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> ProgramCopy:
    """The program with notes, and a home in which one good and one bad note are done."""
    folder = tmp_path_factory.mktemp("second")
    program = copy_program(folder)
    shutil.copytree(NOTES, program.folder / "media_assets" / "notes")
    dropped = folder / BATCH
    dropped.mkdir()
    (dropped / "trip.txt").write_text(TRIP)
    (dropped / "empty.jpg").write_text("NOTE\n")
    program.media("add", str(dropped), "--wait")
    return program


def note_id(program: ProgramCopy) -> str:
    (row,) = program.sql("select source_id from sources where medium = 'note' and outcome = 'ok'")
    return str(row["source_id"])


def test_a_file_lands_in_its_medium_by_content_whatever_its_name(program: ProgramCopy) -> None:
    found = program.sql("select file_name, medium, outcome from sources order by file_name")

    assert [tuple(row.values()) for row in found if row["medium"] == "note"] == [
        ("empty.jpg", "note", "rejected"),
        ("trip.txt", "note", "ok"),
    ]


def test_the_pictures_in_a_note_are_images_with_all_that_images_have(
    program: ProgramCopy,
) -> None:
    images = program.sql(IMAGES)

    assert [json.loads(row["place"]) for row in images] == [{"page": 1}, {"page": 3}]
    assert {row["parent_id"] for row in images} == {note_id(program)}
    assert {(row["parent_medium"], row["outcome"]) for row in images} == {("note", "ok")}
    made = program.sql("select count(*) as n from image.thumbnails where outcome = 'ok'")
    assert made == [{"n": 2}]
    assert program.sql("select count(*) as n from image.caption") == [{"n": 2}]


def test_each_medium_has_thumbnails_of_its_own(program: ProgramCopy) -> None:
    ours = program.sql("select note_id, title from note.thumbnails where outcome = 'ok'")
    listed = program.sql(
        "select medium, count(*) as n from artifacts where asset = 'thumbnails' and outcome = 'ok' "
        "group by all order by all"
    )

    assert ours == [{"note_id": note_id(program), "title": "A trip to the lake"}]
    assert listed == [{"medium": "image", "n": 2}, {"medium": "note", "n": 1}]


def test_gaps_progress_batches_and_storage_count_every_medium(program: ProgramCopy) -> None:
    gaps = program.sql("select distinct medium, gap from gaps order by all")
    progress = program.sql(
        "select medium, asset, expected, usable from progress where medium = 'note' order by asset"
    )
    (batch,) = program.sql("select status, rejected from batches")
    stored = program.sql(
        "select asset, files from storage_usage where medium = 'note' and kind = 'derivative' "
        "order by asset"
    )

    assert gaps == [
        {"medium": "note", "gap": "rejected"},
        {"medium": "note", "gap": "skipped"},
    ]
    assert progress == [
        {"medium": "note", "asset": "pages", "expected": 2, "usable": 1},
        {"medium": "note", "asset": "thumbnails", "expected": 2, "usable": 1},
    ]
    assert batch == {"status": "complete", "rejected": 1}
    assert stored == [{"asset": "pages", "files": 3}, {"asset": "thumbnails", "files": 1}]


def test_show_names_parent_and_children(program: ProgramCopy) -> None:
    parent = note_id(program)
    first = program.sql(IMAGES)[0]["image_id"]
    shown_note, shown_image = program.media("show", parent), program.media("show", first)

    assert first in shown_note
    assert "page 3" in shown_note
    assert parent in shown_image
    assert "page 1" in shown_image


def test_failures_name_a_note(program: ProgramCopy) -> None:
    assert "the note has no title" in program.media("failures")


def test_export_writes_every_medium(program: ProgramCopy) -> None:
    images = [json.loads(line) for line in program.media("export").splitlines()]
    notes = [json.loads(line) for line in program.media("export", "--medium", "note").splitlines()]

    assert {record["parent_id"] for record in images} == {note_id(program)}
    assert {record["source_id"] for record in notes} >= {note_id(program)}
    (good,) = [record for record in notes if record["source_id"] == note_id(program)]
    assert {one["asset"] for one in good["provenance"]} == {"pages", "thumbnails"}


def test_a_rebuild_and_a_restored_backup_say_the_same(program: ProgramCopy, tmp_path: Path) -> None:
    query = "select source_id, medium, outcome, parent_id, is_superseded from sources order by all"
    before = program.sql(query)
    program.media("rebuild")
    assert program.sql(query) == before

    program.media("backup", str(tmp_path / "backup"))
    restored = tmp_path / "restored"
    program.media("restore", str(tmp_path / "backup"), home=restored)
    assert program.sql(query, home=restored) == before


def test_a_part_can_be_named_only_where_there_are_parts(program: ProgramCopy) -> None:
    note = note_id(program)
    program.media("reprocess", note, "--asset", "pages", "--hint", "by boat", "--part", "1")
    program.media(
        "reprocess", note, "--asset", "thumbnails", "--hint", "x", "--part", "1", exit_code=1
    )


def test_reprocessing_a_note_makes_no_child_twice(program: ProgramCopy) -> None:
    before = program.sql("select source_id from sources order by all")
    program.media("reprocess", note_id(program))

    assert program.sql("select source_id from sources order by all") == before
    versions = "select count(*) as n from note_history.pages where outcome = 'ok'"
    assert program.sql(versions)[0]["n"] >= 2


def test_a_failed_note_is_retried(program: ProgramCopy) -> None:
    (program.home / "refuse").touch()
    program.media("reprocess", note_id(program), "--asset", "pages")
    failed = program.sql("select asset, gap from gaps where gap = 'failed'")
    (program.home / "refuse").unlink()
    program.media("retry")

    assert failed == [{"asset": "pages", "gap": "failed"}]
    assert program.sql("select count(*) as n from gaps where gap = 'failed'") == [{"n": 0}]
    assert len(program.sql(IMAGES)) == 2


def test_a_child_that_its_parent_names_no_more_is_superseded(program: ProgramCopy) -> None:
    """Kept, findable by name, but no longer among the images; search and export follow them."""
    code = program.folder / "media_assets" / "notes" / "pages.py"
    changed = code.read_text().replace("SIDE_PX = 40", "SIDE_PX = 60")
    code.write_text(changed.replace('code_version="1"', 'code_version="2"'))
    old = {row["image_id"] for row in program.sql(IMAGES)}
    assert {row["gap"] for row in program.sql("select gap from gaps where medium = 'note'")} >= {
        "rejected"
    }
    program.media("reprocess", note_id(program), "--asset", "pages")
    program.media("add", str(NOTES / "medium.py"), "--wait", "--batch", "another look")

    new = {row["image_id"] for row in program.sql(IMAGES) if row["parent_id"]}
    superseded = program.sql("select source_id from sources where is_superseded")
    assert {row["source_id"] for row in superseded} == old
    assert len(new) == 2
    assert not new & old
    made = {row["image_id"] for row in program.sql("select image_id from image.thumbnails")}
    assert new <= made
