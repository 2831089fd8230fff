"""Sidecars find their pictures, whichever comes first, and follow them through renames."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.landing.ingest import confirm
from resources.landing.ledger_database import discard_database
from resources.landing.sidecar_links import CHUNK_PREFIX, SIDECAR_FILES
from resources.landing.sidecar_names import STEM, TAKEOUT, WHOLE_NAME, form_of, is_sidecar
from resources.rows.row_store import RowStore
from resources.sources.source_rows import ORIGINAL

TAKEOUT_FILES = Path(__file__).with_name("takeout")

Links = dict[str, list[tuple[str, str]]]


def links(landing: Any) -> Links:
    """File name of each picture -> (form, bytes) of its sidecars, newest last."""
    rows = RowStore(landing.settings.media_home.rows)
    image_ids = landing.originals["image_id"].unique().to_list()
    kept = list(rows.current(ORIGINAL.name, image_ids).iter_rows(named=True))
    names = {row["image_id"]: row["file_name"] for row in kept}
    contents = {row["sha256"]: content_of(landing, row) for row in kept}
    return {
        names[row["image_id"]]: [(one["form"], contents[one["sha256"]]) for one in row["sidecars"]]
        for row in rows.current(SIDECAR_FILES.name, image_ids).iter_rows(named=True)
    }


def content_of(landing: Any, row: dict[str, Any]) -> str:
    base = b"" if row["mode"] == "reference" else bytes(landing.settings.home) + b"/"
    return Path(os.fsdecode(base + row["path"])).read_text(errors="replace")


@pytest.mark.parametrize("mode", ["move", "reference"])
@pytest.mark.parametrize(
    "order", [("a.jpg", "a.jpg.xmp"), ("a.jpg.xmp", "a.jpg")], ids=["late", "early"]
)
def test_a_sidecar_finds_its_picture_whichever_comes_first(
    make_landing: Callable[..., Any], mode: str, order: tuple[str, str]
) -> None:
    landing = make_landing(mode)
    for name in order:
        landing.drop(f"album/{name}", f"bytes of {name}".encode())
        landing.settle()

    assert links(landing) == {"a.jpg": [(WHOLE_NAME, "bytes of a.jpg.xmp")]}


def test_a_sidecar_is_kept_and_is_no_image(landing: Any) -> None:
    landing.drop("album/a.jpg", b"picture")
    landing.drop("album/a.XMP", b"sidecar")

    result = landing.settle()

    (chunk,) = result.chunks
    assert (result.accepted_count, len(chunk.source_ids)) == (1, 1)
    assert sorted(landing.kept.values()) == [b"picture", b"sidecar"]
    assert landing.left == []
    assert links(landing) == {"a.jpg": [(STEM, "sidecar")]}


def test_a_stem_names_a_raw_file_and_its_jpeg_and_no_other(landing: Any) -> None:
    for name in ("a.jpg", "a.nef", "ab.jpg", "a.edited.jpg", "other/a.jpg"):
        landing.drop(f"album/{name}", name.encode())
    landing.drop("album/a.xmp", b"sidecar")

    landing.settle()

    assert links(landing) == {"a.jpg": [(STEM, "sidecar")], "a.nef": [(STEM, "sidecar")]}


def test_a_sidecar_without_a_picture_waits_and_harms_nothing(landing: Any) -> None:
    landing.drop("album/lonely.xmp", b"sidecar")

    result = landing.settle()

    assert (result.chunks, result.problems, links(landing)) == ((), (), {})
    assert list(landing.kept.values()) == [b"sidecar"]


def test_an_edited_sidecar_replaces_the_older_one_which_stays_kept(archive: Any) -> None:
    archive.drop("a.jpg", b"picture")
    archive.drop("a.jpg.xmp", b"first")
    archive.settle()

    archive.drop("a.jpg.xmp", b"second, longer")
    archive.settle()

    rows = RowStore(archive.settings.media_home.rows)
    history = rows.scan(SIDECAR_FILES.name).collect().sort("_seq")["sidecars"].to_list()
    assert [[one["size_bytes"] for one in row] for row in history] == [[5], [14]]


def test_a_renamed_pair_stays_together_and_so_does_a_picture_renamed_alone(archive: Any) -> None:
    archive.drop("a.jpg", b"picture")
    archive.drop("a.jpg.xmp", b"sidecar")
    archive.drop("b.jpg", b"other")
    archive.drop("b.jpg.xmp", b"of b")
    archive.settle()
    for old, new in (("a.jpg", "z.jpg"), ("a.jpg.xmp", "z.jpg.xmp"), ("b.jpg", "c.jpg")):
        (archive.folder / old).rename(archive.folder / new)

    archive.settle()

    found = {name: {content for _, content in held} for name, held in links(archive).items()}
    assert found == {"z.jpg": {"sidecar"}, "c.jpg": {"of b"}}


def test_a_late_sidecar_asks_for_one_more_run_of_its_picture(landing: Any) -> None:
    landing.drop("album/a.jpg", b"picture")
    (first,) = landing.settle().chunks
    confirm(landing.settings.media_home, [first.id])
    landing.drop("album/a.xmp", b"sidecar")

    (again,) = landing.settle().chunks

    assert again.id.startswith(CHUNK_PREFIX)
    assert again.source_ids == first.source_ids
    confirm(landing.settings.media_home, [again.id])
    assert landing.settle().chunks == ()


def test_a_lost_ledger_links_nothing_twice(landing: Any) -> None:
    landing.drop("album/a.jpg", b"picture")
    landing.drop("album/a.xmp", b"sidecar")
    landing.settle()
    before = landing.rows(SIDECAR_FILES)

    discard_database(landing.settings.media_home.ledger, "lost by the test")
    landing.settle()

    assert landing.rows(SIDECAR_FILES).equals(before)


def test_the_same_sidecar_beside_two_pictures_is_kept_once_and_linked_twice(landing: Any) -> None:
    for stem in ("a", "b"):
        landing.drop(f"album/{stem}.jpg", stem.encode())
        landing.drop(f"album/{stem}.xmp", b"template")

    landing.settle()

    assert links(landing) == {"a.jpg": [(STEM, "template")], "b.jpg": [(STEM, "template")]}
    assert len(landing.kept) == 3


@pytest.mark.parametrize("order", [0, 1], ids=["picture_first", "sidecar_first"])
@pytest.mark.parametrize(
    ("picture", "sidecar", "form"),
    [
        ("IMG_1.JPG", "img_1.jpg.xmp", WHOLE_NAME),
        ("IMG_1.jpg", "IMG_1.XMP", STEM),
        ("Fo\u0308hr.jpg", "F\u00f6hr.jpg.xmp", WHOLE_NAME),
        ("F\u00d6HR.jpg", "fo\u0308hr.xmp", STEM),
        ("IMG_1.jpg", "IMG_1.jpg.supplemental-metadata.json", TAKEOUT),
        ("IMG_1(1).jpg", "IMG_1.jpg.supplemental-metad(1).json", TAKEOUT),
        ("IMG_1-edited.jpg", "IMG_1.jpg.json", TAKEOUT),
    ],
)
def test_names_match_whatever_their_case_and_unicode_form(
    landing: Any, picture: str, sidecar: str, form: str, order: int
) -> None:
    for name in ((picture, sidecar), (sidecar, picture))[order]:
        landing.drop(f"album/{name}", name.encode())
        landing.settle()

    assert links(landing) == {picture: [(form, sidecar)]}


def test_the_files_of_a_takeout_are_linked_and_no_json_is_an_image(landing: Any) -> None:
    for path in sorted(TAKEOUT_FILES.iterdir()):
        landing.drop(f"takeout/{path.name}", path.read_bytes())
    result = landing.settle()

    found = {name: [form for form, _ in held] for name, held in links(landing).items()}
    assert found == {
        "IMG_3397.JPG": [TAKEOUT],
        "IMG_3397-edited.JPG": [TAKEOUT],
        "IMG_0001(1).jpg": [TAKEOUT],
        "a_very_long_name_of_a_picture_from_the_summer_trip.jpg": [TAKEOUT],
    }
    assert result.accepted_count == 4


NAMES = st.binary(min_size=1, max_size=8).filter(lambda name: not set(name) & {0, 47})


@given(NAMES, NAMES)
def test_a_sidecar_names_its_picture_by_whole_name_or_stem(stem: bytes, suffix: bytes) -> None:
    picture = b"folder/" + stem + b"." + suffix

    assert is_sidecar(picture + b".xmp")
    assert form_of(picture + b".XMP", picture) == WHOLE_NAME
    assert form_of(b"elsewhere/" + stem + b".xmp", picture) is None
