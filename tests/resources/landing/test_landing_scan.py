"""What counts as a file of a landing folder."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.landing.exclusions import Exclusions
from resources.landing.scan import LINK, NO_FILE, FoundFile, PassedOver, Problem, Signature, walk


def found(folder: Path) -> list[bytes]:
    exclusions = Exclusions()
    return [
        file.path
        for file in walk("root", bytes(folder), exclusions)
        if isinstance(file, FoundFile) and not exclusions.why(file.path)
    ]


def test_files_of_all_depths_are_found_folder_by_folder(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.jpg", "x/2.jpg", "x/y/z/1.jpg", "w/3.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert found(tmp_path) == [b"a.jpg", b"b.jpg", b"w/3.jpg", b"x/2.jpg", b"x/y/z/1.jpg"]


def test_a_name_of_any_bytes_is_found_as_it_is(tmp_path: Path) -> None:
    names = sorted([b"caf\xe9\n.jpg", b"-rf", b"x[n=-1].jpg", b"'); drop table x;--", b"n" * 255])
    for name in names:
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).touch()

    assert found(tmp_path) == names


@pytest.mark.parametrize(
    "name",
    [
        ".hidden",
        ".git/a.jpg",
        "a.jpg.part",
        "a.TMP",
        "a.crdownload",
        "a.partial",
        "b.download/a.jpg",
        "Thumbs.db",
        "@eaDir/a.jpg/THUMB.jpg",
        "$RECYCLE.BIN/a.jpg",
    ],
)
def test_unfinished_hidden_and_system_files_are_passed_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).touch()

    assert found(tmp_path) == []


def test_the_empty_placeholder_of_a_download_is_passed_over_but_not_a_finished_file(
    tmp_path: Path,
) -> None:
    """A stale .part file must not hide a picture forever."""
    for name, content in [("coming.jpg", b""), ("there.jpg", b"picture")]:
        (tmp_path / name).write_bytes(content)
        (tmp_path / f"{name}.part").write_bytes(b"pic")

    assert found(tmp_path) == [b"there.jpg"]


@pytest.fixture
def oddities(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "oddities"
    folder.mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").touch()
    (folder / "link.jpg").symlink_to(outside / "secret.jpg")
    (folder / "linked_folder").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "nowhere.jpg").symlink_to(tmp_path / "absent")
    os.mkfifo(folder / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(folder / "socket.jpg"))
        yield folder


def test_links_pipes_and_sockets_are_no_files(oddities: Path) -> None:
    seen = list(walk("root", bytes(oddities), Exclusions()))

    assert {(one.path, one.reason) for one in seen if isinstance(one, PassedOver)} == {
        *((name, LINK) for name in (b"link.jpg", b"linked_folder", b"loop", b"nowhere.jpg")),
        *((name, NO_FILE) for name in (b"pipe.jpg", b"socket.jpg")),
    }
    assert len(seen) == 6, "nothing else, and nothing below them"


def test_a_device_is_no_file() -> None:
    assert b"zero" not in found(Path("/dev"))


def test_a_missing_root_is_one_problem_and_a_file_as_root_another(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    (missing,) = walk("photos", bytes(tmp_path / "absent"), Exclusions())
    (no_folder,) = walk("photos", bytes(tmp_path / "file"), Exclusions())

    assert isinstance(missing, Problem)
    assert str(missing) == "photos: .: the folder is not there (is it mounted?)"
    assert isinstance(no_folder, Problem)


def test_a_folder_that_vanishes_during_the_walk_stops_nothing(tmp_path: Path) -> None:
    for name in ("a/1.jpg", "b/2.jpg", "c/3.jpg"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()

    walked = walk("root", bytes(tmp_path), Exclusions())
    first = next(walked)
    (tmp_path / "b/2.jpg").unlink()
    (tmp_path / "b").rmdir()

    assert [first, *walked] == [
        FoundFile(path, Signature.of(os.lstat(tmp_path / os.fsdecode(path))))
        for path in (b"a/1.jpg", b"c/3.jpg")
    ]


def test_a_folder_whose_path_is_too_long_is_named_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "z.jpg").touch()
    deep = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):  # 20 x 256 bytes: longer than the 4096 that a path may have
        os.mkdir("d" * 255, dir_fd=deep)
        deeper = os.open("d" * 255, os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = deeper
    os.close(deep)

    seen = list(walk("root", bytes(tmp_path), Exclusions()))

    assert [file.path for file in seen if isinstance(file, FoundFile)] == [b"z.jpg"]
    assert [problem.reason for problem in seen if isinstance(problem, Problem)] == [
        "cannot be read (File name too long)"
    ]


def test_a_signature_fits_into_64_bits_whatever_the_file_system_says() -> None:
    """Some file systems have unsigned inode numbers; ext4 has dates up to 2446."""
    wide = {"st_mtime_ns": 2**63, "st_ctime_ns": 0}
    status = os.stat_result((0o100644, 2**64 - 1, 0, 1, 0, 0, 7, 0, 0, 0), wide)

    assert Signature.of(status).inode == -1
    assert Signature.of(status).mtime_ns == -(2**63)
