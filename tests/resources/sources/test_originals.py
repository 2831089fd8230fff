import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from resources.sources.originals import ChangedOriginal, Source


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


def test_bytes_that_this_run_has_proven_are_hashed_again_only_when_the_file_was_touched(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(b"bytes")
    image = source_image(path, hashlib.sha256(b"bytes").hexdigest())
    image.content()
    again = replace(image, proven=image.proofs[0], proofs=[])

    assert again.content() == b"bytes"
    assert again.proofs == []
    path.write_bytes(b"byte5")
    with pytest.raises(ChangedOriginal):
        again.content()


def test_a_link_in_place_of_an_original_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"bytes")
    link = tmp_path / "x.jpg"
    link.symlink_to(tmp_path / "secret")

    with pytest.raises(OSError, match="symbolic link"):
        source_image(link, hashlib.sha256(b"bytes").hexdigest()).content()
