"""The check of one file: what it says of bytes that changed, went away or cannot be read."""

import hashlib
import os
from pathlib import Path

import pytest

from resources.preservation.fixity import Checked, Fixity, Pace, check_file

BYTES = b"the same bytes for a hundred years" * 100_000
SHA256 = hashlib.sha256(BYTES).hexdigest()


def checked(path: Path) -> Checked:
    return check_file(path.parent, bytes(path), SHA256, Pace(0))


def test_intact_file(tmp_path: Path) -> None:
    (tmp_path / "kept.jpg").write_bytes(BYTES)

    assert checked(tmp_path / "kept.jpg") == Checked(Fixity.OK, SHA256, len(BYTES))


def test_one_flipped_bit_is_found(tmp_path: Path) -> None:
    damaged = bytearray(BYTES)
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "kept.jpg").write_bytes(damaged)

    found = checked(tmp_path / "kept.jpg")

    assert found.fixity is Fixity.DAMAGED
    assert found.sha256 == hashlib.sha256(damaged).hexdigest()


def test_missing_file(tmp_path: Path) -> None:
    assert checked(tmp_path / "gone.jpg").fixity is Fixity.MISSING


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.jpg").write_bytes(BYTES)
    (tmp_path / "kept.jpg").symlink_to(tmp_path / "elsewhere.jpg")

    found = checked(tmp_path / "kept.jpg")

    assert found.fixity is Fixity.UNREADABLE
    assert "symbolic link" in str(found.reason)


def test_a_folder_in_the_place_of_a_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "kept.jpg").mkdir()

    assert checked(tmp_path / "kept.jpg").fixity is Fixity.UNREADABLE


def test_pace_waits_for_what_was_read_too_early() -> None:
    waited: list[float] = []
    pace = Pace(1_000_000, wait=waited.append)

    for _ in range(3):
        pace.read(2_000_000)

    assert 1.5 < waited[0] <= 2
    assert 5.5 < waited[2] <= 6, "all that was read counts, and no wait was kept here"


def test_names_are_bytes(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.jpg")  # noqa: PTH118 - bytes
    Path(os.fsdecode(path)).write_bytes(BYTES)

    assert check_file(tmp_path, path, SHA256, Pace(0)).fixity is Fixity.OK


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_no_plain_file_is_not_read(tmp_path: Path, kind: str) -> None:
    """An endless device would keep the schedule's run busy for ever."""
    os.mkfifo(tmp_path / "pipe")
    found = checked({"pipe": tmp_path / "pipe", "device": Path("/dev/zero")}[kind])

    assert found == Checked(Fixity.UNREADABLE, reason="it cannot be read: no regular file")


def test_a_file_that_grows_is_not_followed(tmp_path: Path) -> None:
    file = tmp_path / "kept.jpg"
    file.write_bytes(BYTES)

    def grow(seconds: float) -> None:
        del seconds
        with file.open("ab") as more:
            more.write(b"more")

    found = check_file(tmp_path, bytes(file), SHA256, Pace(10**12, grow))
    assert (found.fixity, found.size_bytes) == (Fixity.OK, len(BYTES))


def test_a_long_rest_is_not_made_up_for_by_a_burst(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that was busy with other work is not read at full speed afterwards."""
    now_s = [0.0]
    waited: list[float] = []
    monkeypatch.setattr("resources.preservation.fixity.time.monotonic", lambda: now_s[0])
    pace = Pace(1000, waited.append)
    now_s[0] = 100.0

    pace.read(5000)

    assert waited == [4.0]
