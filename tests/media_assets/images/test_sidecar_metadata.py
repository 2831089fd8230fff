"""What sidecars say, read as untrusted bytes."""

import hashlib
import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from media_assets.images.sidecar_metadata import (
    Sidecar,
    SidecarFiles,
    SidecarMetadata,
    make_sidecar_metadata,
)
from resources.decoding.decoding_context import Notes, collected_notes
from resources.landing.sidecar_names import STEM, WHOLE_NAME
from resources.metadata.xmp_writing import xmp_packet
from resources.sources.originals import ChangedOriginal, Source


@pytest.fixture
def image(tmp_path: Path) -> Source:
    return Source("a", "0" * 64, "a.jpg", os.fsencode(tmp_path / "a.jpg"), tmp_path)


def sidecar(image: Source, content: bytes, form: str = WHOLE_NAME, name: str = "") -> Sidecar:
    sha256 = hashlib.sha256(content).hexdigest()
    kept = image.home / sha256
    kept.write_bytes(content)
    name = name or f"{form}.xmp"
    return Sidecar(form, "in", name, sha256, len(content), "move", sha256.encode())


def takeout(image: Source, **said: object) -> Sidecar:
    content = json.dumps({"people": [], **said}).encode()
    return sidecar(image, content, "takeout", "a.jpg.supplemental-metadata.json")


def packet(**fields: object) -> bytes:
    return xmp_packet(fields, "x")


def read(image: Source, *sidecars: Sidecar) -> tuple[SidecarMetadata, Notes]:
    with collected_notes() as notes:
        return make_sidecar_metadata(image, SidecarFiles(list(sidecars))), notes


def test_a_picture_without_sidecars_says_nothing_and_is_fine(image: Source) -> None:
    assert make_sidecar_metadata(image, None) == SidecarMetadata()


def test_the_whole_name_counts_above_the_stem_field_by_field(image: Source) -> None:
    found, notes = read(
        image,
        sidecar(image, packet(title="whole", city="Bled")),
        sidecar(image, packet(title="stem", country="Slovenia"), STEM),
    )

    assert (found.title, found.city, found.country) == ("whole", "Bled", "Slovenia")
    assert (found.sidecars, notes) == ([f"{WHOLE_NAME}.xmp", f"{STEM}.xmp"], [])


def test_of_one_form_the_newest_counts(image: Source) -> None:
    old, new = (sidecar(image, packet(title=title)) for title in ("old", "new"))

    assert read(image, old, new)[0].title == "new"
    assert read(image, new, old)[0].title == "old"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not XML",
        b"<x/>",
        b"\xff\xfe\x00",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    ],
)
def test_a_sidecar_that_is_no_xmp_is_noted_and_stops_nothing(image: Source, content: bytes) -> None:
    found, notes = read(image, sidecar(image, content), sidecar(image, packet(title="stem"), STEM))

    assert found.title == "stem"
    assert len(notes) == 1
    assert notes[0].startswith(f"sidecar {WHOLE_NAME}.xmp: ")


def test_a_sidecar_that_changed_on_the_disk_is_an_error_that_a_rerun_may_mend(
    image: Source,
) -> None:
    changed = sidecar(image, packet(title="a"))
    (image.home / changed.sha256).write_bytes(packet(title="b"))

    with pytest.raises(ChangedOriginal):
        read(image, changed)


def test_a_bad_character_does_not_lose_the_sidecar(image: Source) -> None:
    content = packet(title="The old mill", city="Bled").replace(b"old", b"\x0bold")

    found, notes = read(image, sidecar(image, content))

    assert (found.title, found.city) == ("The old mill", "Bled")
    assert notes[0].startswith(f"sidecar {WHOLE_NAME}.xmp: broken XMP, read after mending it: ")


def test_people_and_the_offset_of_the_clock_are_read(image: Source) -> None:
    found, _ = read(
        image,
        sidecar(
            image,
            packet(people=["Anna"], creation_date="2024-05-06T07:08:09").replace(
                b"07:08:09<", b"07:08:09.5+02:00<"
            ),
        ),
    )

    assert (found.people, found.taken_at_offset_minutes) == (["Anna"], 120)
    assert (found.taken_at_precision, found.taken_at_tag) == (
        "fraction",
        "XMP-photoshop:DateCreated",
    )


def test_what_google_takeout_wrote_is_in_columns_of_its_own(image: Source) -> None:
    old = takeout(image, description="old")
    new = takeout(
        image,
        description="Teahouse",
        photoTakenTime={"timestamp": "1258375918"},
        geoData={"latitude": 30.6578, "longitude": 104.0739},
        people=[{"name": "Anna Example"}],
    )

    found, notes = read(image, sidecar(image, packet(title="XMP")), old, new)

    assert notes == []
    assert (found.title, found.description, found.sidecars) == ("XMP", None, [f"{WHOLE_NAME}.xmp"])
    assert (found.takeout_description, found.takeout_people) == ("Teahouse", ["Anna Example"])
    assert (found.takeout_latitude, found.takeout_longitude) == (30.6578, 104.0739)
    assert found.takeout_taken_at == datetime.fromisoformat("2009-11-16T12:51:58")


@pytest.mark.parametrize("name", ["a.jpg.xmp", "a.jpg.json"])
def test_a_sidecar_beyond_all_bounds_is_not_even_opened(image: Source, name: str) -> None:
    huge = Sidecar(WHOLE_NAME, "in", name, "0" * 64, 10**9, "move", b"not there")

    found, notes = read(image, huge)

    assert found.title is None
    assert notes == [f"sidecar {name}: 1000000000 bytes are too many: left unread"]
    assert not notes.is_degraded


def test_json_of_somebody_else_is_remarked_on(image: Source) -> None:
    found, notes = read(image, sidecar(image, b"[1, 2]", name="a.json"))

    assert found.takeout_taken_at is None
    assert notes == ["sidecar a.json: not what Google Takeout writes about a picture"]
