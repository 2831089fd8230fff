"""What sidecars say, read as untrusted bytes."""

import hashlib
import os
from pathlib import Path

import pytest

from media_assets.images.sidecar_metadata import (
    Sidecar,
    SidecarFiles,
    SidecarMetadata,
    make_sidecar_metadata,
)
from resources.decoding.decoding_context import collected_notes
from resources.landing.sidecar_names import STEM, WHOLE_NAME
from resources.metadata.xmp_writing import xmp_packet
from resources.sources.originals import ChangedOriginal, Source


@pytest.fixture
def image(tmp_path: Path) -> Source:
    return Source("a", "0" * 64, "a.jpg", os.fsencode(tmp_path / "a.jpg"), tmp_path)


def sidecar(image: Source, content: bytes, form: str = WHOLE_NAME) -> Sidecar:
    sha256 = hashlib.sha256(content).hexdigest()
    kept = image.home / sha256
    kept.write_bytes(content)
    return Sidecar(form, "in", f"{form}.xmp", sha256, len(content), "move", sha256.encode())


def packet(**fields: object) -> bytes:
    return xmp_packet(fields, "x")


def read(image: Source, *sidecars: Sidecar) -> tuple[SidecarMetadata, list[str]]:
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
