import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from resources.sources.originals import ChangedOriginal, Memory, Source


def source_image(path: Path, sha256: str) -> Source:
    return Source("x", sha256, "x.jpg", os.fsencode(path), path.parent)


def test_the_bytes_of_an_original_are_those_that_were_accepted(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(b"bytes")

    assert source_image(path, hashlib.sha256(b"bytes").hexdigest()).content() == b"bytes"


def test_an_original_that_changed_is_not_read_as_if_it_had_not(tmp_path: Path) -> None:
    """An archive's file edited in place, or one bit lost on the disk."""
    path = tmp_path / "x.jpg"
    path.write_bytes(b"byte5")

    with pytest.raises(ChangedOriginal):
        source_image(path, hashlib.sha256(b"bytes").hexdigest()).content()


def test_in_a_visit_the_bytes_are_read_and_proven_once(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(b"bytes")
    image = source_image(path, hashlib.sha256(b"bytes").hexdigest())
    visited = replace(image, memory=Memory())

    assert visited.content() == b"bytes"
    path.write_bytes(b"byte5")

    assert visited.content() == b"bytes"
    with pytest.raises(ChangedOriginal):
        image.content()
    with pytest.raises(ChangedOriginal):
        replace(image, memory=Memory()).content()


def test_a_link_in_place_of_an_original_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"bytes")
    link = tmp_path / "x.jpg"
    link.symlink_to(tmp_path / "secret")

    with pytest.raises(OSError, match="symbolic link"):
        source_image(link, hashlib.sha256(b"bytes").hexdigest()).content()
