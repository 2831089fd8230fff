"""Commands on a home with a medium that no product has: a note of which images were made."""

from pathlib import Path

import pytest

from tests.command_line.conftest import AskJson, Media
from tests.support.synthetic_rows import SyntheticHome, child_of, image_id_of

PLACES = {f"scan-{page}.png": f'{{"page": {page}}}' for page in (1, 2, 10)}
SCANS = [image_id_of(name) for name in PLACES]


@pytest.fixture
def note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The note's id; of its three scans the newest result names two, and one derivative failed."""
    home = SyntheticHome(tmp_path / "home")
    home.declare_medium("note")
    (note,) = home.land("letters", "list.note", medium="note")
    home.make_children("letters", note, PLACES)
    kept = [child_of(name, PLACES[name]) for name in ("scan-10.png", "scan-2.png")]
    home.result("pages", note, medium="note", children=kept)
    home.result("thumbnails", note, "failed", "the disk was full", medium="note")
    monkeypatch.setenv("MEDIA_HOME", str(home.home.root))
    return note


def relative(source_id: str, medium: str, page: int, *, is_current: bool = True) -> object:
    place = {"page": page}
    return {"source_id": source_id, "medium": medium, "place": place, "is_current": is_current}


def test_a_source_shows_its_derivatives_and_children(note: str, ask_json: AskJson) -> None:
    shown = ask_json("show", note, "--json")

    assert (shown["source_id"], shown["medium"], shown["outcome"]) == (note, "note", "failed")
    assert [one["asset"] for one in shown["artifacts"]] == ["thumbnails", "pages"]
    assert shown["parent"] is None
    assert shown["children"] == [
        relative(SCANS[1], "image", 2),
        relative(SCANS[2], "image", 10),
        relative(SCANS[0], "image", 1, is_current=False),
    ]


def test_a_child_shows_its_parent(note: str, ask_json: AskJson) -> None:
    shown = ask_json("show", SCANS[1], "--json")

    assert (shown["image_id"], shown["medium"]) == (SCANS[1], "image")
    assert shown["parent"] == relative(note, "note", 2)
    assert shown["children"] == []


def test_a_superseded_child_is_still_shown(note: str, ask_json: AskJson) -> None:
    shown = ask_json("show", SCANS[0], "--json")

    assert (shown["is_superseded"], shown["outcome"]) == (True, None)
    assert shown["parent"] == relative(note, "note", 1, is_current=False)


def test_people_read_places_in_words(
    note: str, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    of_note, of_child = media("show", note).output, media("show", SCANS[1]).output

    assert [line for line in of_note.splitlines() if SCANS[1] in line and "page 2" in line]
    assert "page 1 (superseded)" in of_note
    assert f"{note} (original)" in of_note
    assert f"made of                 {note} (note), page 2" in of_child
    assert "parent_id" not in of_child


def test_failures_of_every_medium_are_listed(note: str, media: Media, ask_json: AskJson) -> None:
    (failed,) = ask_json("failures", "--json")

    assert (failed["medium"], failed["source_id"], failed["image_id"]) == ("note", note, None)
    assert (failed["file_name"], failed["asset"]) == ("list.note", "thumbnails")
    assert failed["why"] == "the disk was full"
    assert {"note", note} <= set(media("failures").output.replace("│", " ").split())


@pytest.mark.usefixtures("note")
def test_status_counts_every_medium(media: Media, ask_json: AskJson) -> None:
    now = ask_json("status", "--json")

    assert (now["images"], now["other_media"]) == (2, {"note": 1})
    (batch,) = now["batches"]
    assert (batch["images"], batch["sources"]) == (2, 3)
    assert "other    1 note\n" in media("status").output


@pytest.mark.usefixtures("note")
def test_images_and_others_are_found_together(media: Media, ask_json: AskJson) -> None:
    found = ask_json("find", "letters", "--json")

    assert [(one["medium"], one["file_name"]) for one in found] == [
        ("image", "scan-10.png"),
        ("image", "scan-2.png"),
        ("note", "list.note"),
    ]
    assert "image_id" not in media("find", "letters").output


@pytest.mark.usefixtures("corpus")
def test_where_all_are_images_nothing_speaks_of_media(media: Media) -> None:
    for command in (["find", "corpus"], ["failures"], ["status"]):
        assert "image" in media(*command).output
        assert not {"medium", "source_id", "sources", "other"} & set(
            media(*command).output.replace("┃", " ").split()
        )
