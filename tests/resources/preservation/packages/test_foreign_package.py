"""Restoring packages that somebody else may have made: a bad one harms only itself."""

import os
import stat
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from resources.configuration.media_home import MediaHome
from resources.preservation.packages import opened_package, restore_packages
from resources.preservation.packages.restore_packages import found_packages
from resources.preservation.restore import Restore
from resources.preservation.restore_stage import RestoreRefused
from resources.rows.compaction import compact
from resources.rows.row_store import RowStore
from resources.sources.source_rows import ORIGINAL
from tests.support.small_packages import (
    CAPTION,
    PICTURE,
    TABLES,
    Entries,
    Line,
    caption_row,
    changed_zip,
    commit_of,
    good_package,
    id_of,
    original_row,
    payload,
    sha256_of,
    write_package,
)

ROOT = Path(__file__).parents[4]
BAD = "dunes/data/" + id_of("dunes")


def restore(folder: Path) -> Restore:
    """Restore into ``home`` beside the folder."""
    with found_packages(folder) as found:
        home = MediaHome(folder.parent / "home")
        return restore_packages.restore_packages(found, home, TABLES)


def originals(home: Path) -> set[bytes]:
    return {path.read_bytes() for path in (home / "originals").rglob("*") if path.is_file()}


def captioned(home: Path) -> set[str]:
    return set(RowStore(home / "rows").scan(CAPTION.name).collect()["image_id"])


def test_good_packages_are_restored_and_the_store_can_be_compacted(tmp_path: Path) -> None:
    """Else the refusals below would prove nothing."""
    write_package(tmp_path / "in", payload())
    good_package(tmp_path / "in")

    done = restore(tmp_path / "in")

    home = tmp_path / "home"
    assert (done.files, done.problems, done.notes) == (2, [], [])
    assert originals(home) == {PICTURE, b"picture of good"}
    assert captioned(home) == {id_of("dunes"), id_of("good", b"picture of good")}
    store = RowStore(home / "rows")
    compact(store, CAPTION.name, min_commits=1, max_bases=1)
    assert store.scan(CAPTION.name).collect().height == 2
    assert {path.name for path in tmp_path.iterdir()} == {"in", "home"}


def added(name: str, content: bytes = b"x", mode: int = 0o644) -> Callable[[Entries], Entries]:
    def change(entries: Entries) -> Entries:
        info = zipfile.ZipInfo(name)
        info.external_attr = (mode if stat.S_IFMT(mode) else stat.S_IFREG | mode) << 16
        return [*entries, (info, content)]

    return change


def without(end: str) -> Callable[[Entries], Entries]:
    return lambda entries: [one for one in entries if not one[0].filename.endswith(end)]


def compressed(entries: Entries) -> Entries:
    for info, _ in entries:
        info.compress_type = zipfile.ZIP_DEFLATED
    return [*entries, added("dunes/data/bomb", bytes(1_000_000))([])[0]]


def replaced(end: str, content: bytes) -> Callable[[Entries], Entries]:
    def change(entries: Entries) -> Entries:
        return [(info, content if info.filename.endswith(end) else old) for info, old in entries]

    return change


def elsewhere(entries: Entries) -> Entries:
    for info, _ in entries:
        info.filename = info.filename.replace("dunes/data/", "other/data/")
    return entries


HOSTILE = {
    "dot_dot": (added("dunes/data/../../../outside"), "no place in a package"),
    "absolute": (added("/etc/cron.d/x"), "one folder with a bag"),
    "dot_dot_root": (added("../x"), "one folder with a bag"),
    "settings": (added("dunes/data/settings.toml"), "no place in a package"),
    "capitals": (added(f"{BAD}/Original.png"), "no place in a package"),
    "backslash": (added(f"{BAD}\\..\\x"), "no place in a package"),
    "newline": (added(f"{BAD}/original.png\n"), "no place in a package"),
    "link": (added(f"{BAD}/original.jpg", b"/etc/passwd", stat.S_IFLNK | 0o777), "is a link"),
    "pipe": (added(f"{BAD}/original.jpg", b"", stat.S_IFIFO | 0o644), "is a link"),
    "folder": (added("dunes/data/"), "is a link, folder or device"),
    "bomb": (compressed, "is compressed"),
    "two_folders": (elsewhere, "one folder with a bag"),
    "no_manifest": (without("/manifest-sha256.txt"), "it is no bag"),
    "no_tag_manifest": (without("tagmanifest-sha256.txt"), "it is no bag"),
    "not_listed": (added(f"{BAD}/premis.xml"), "but not in both"),
    "not_there": (without("original.png"), "but not in both"),
    "other_bytes": (replaced("original.png", b"A picture"), "is damaged"),
    "other_info": (replaced("bag-info.txt", b"x: y\n"), "tag files are not those"),
    "manifest_of_another": (replaced("/manifest-sha256.txt", b"x\n"), "tag files are not those"),
    "other_version": (replaced("bagit.txt", b"BagIt-Version: 0.97\n"), "bagit.txt"),
}


@pytest.mark.parametrize(("change", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_package_with_anything_else_is_left_out_and_the_others_come_back(
    tmp_path: Path, change: Callable[[Entries], Entries], words: str
) -> None:
    changed_zip(write_package(tmp_path / "in", payload()), change)
    good_package(tmp_path / "in")

    done = restore(tmp_path / "in")

    assert len(done.problems) == 1
    assert done.problems[0].startswith("dunes.zip")
    assert words in done.problems[0]
    assert originals(tmp_path / "home") == {b"picture of good"}
    assert captioned(tmp_path / "home") == {id_of("good", b"picture of good")}
    assert {path.name for path in tmp_path.iterdir()} == {"in", "home"}


def test_names_that_come_twice_are_refused(tmp_path: Path) -> None:
    path = write_package(tmp_path / "in", payload())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        changed_zip(path, lambda entries: [*entries, entries[-1]])
    good_package(tmp_path / "in")

    assert "two entries of one name" in restore(tmp_path / "in").problems[0]


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """A bomb without compression: many names for one long file."""
    path = write_package(tmp_path / "in", payload(content=bytes(10_000)))
    with zipfile.ZipFile(path, "a") as archive:
        (long,) = [one for one in archive.filelist if one.filename.endswith("original.png")]
        for number in range(9):
            again = zipfile.ZipInfo(long.filename.replace("original", f"derivatives/a/f{number}"))
            again.file_size = again.compress_size = long.file_size
            again.CRC, again.header_offset = long.CRC, long.header_offset
            archive.filelist.append(again)
        archive._didModify = True  # type: ignore[attr-defined]
    good_package(tmp_path / "in")

    assert "longer than the file itself" in restore(tmp_path / "in").problems[0]


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 1000], ids=["empty", "begun", "no_zip"])
def test_what_is_no_zip_is_left_out(tmp_path: Path, content: bytes) -> None:
    good_package(tmp_path / "in")
    (tmp_path / "in" / "a.zip").write_bytes(content)
    (tmp_path / "in" / "letter.txt").write_text("no package")

    done = restore(tmp_path / "in")

    assert [problem.partition(":")[0] for problem in done.problems] == ["a.zip"]
    assert originals(tmp_path / "home") == {b"picture of good"}


def test_a_package_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    path = write_package(tmp_path / "in", payload())
    path.write_bytes(path.read_bytes()[:-10])
    good_package(tmp_path / "in")

    assert "no sound ZIP" in restore(tmp_path / "in").problems[0]


def test_a_link_to_a_package_is_not_followed(tmp_path: Path) -> None:
    good_package(tmp_path / "in")
    outside = good_package(tmp_path / "outside", "other")
    (tmp_path / "in" / "link.zip").symlink_to(outside)

    done = restore(tmp_path / "in")

    assert "no regular file" in done.problems[0]
    assert originals(tmp_path / "home") == {b"picture of good"}


@pytest.mark.parametrize(
    ("limit", "value", "words"),
    [
        ("MOST_FILES", 5, "6 entries; 5 are allowed"),
        ("MOST_DIRECTORY_BYTES", 100, "list of its entries is too long"),
        ("MOST_TAG_BYTES", 10, "is too long"),
    ],
)
def test_lists_without_end_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, words: str
) -> None:
    write_package(tmp_path / "in", payload())
    monkeypatch.setattr(opened_package, limit, value)

    assert words in restore(tmp_path / "in").problems[0]
    assert originals(tmp_path / "home") == set()


def test_rows_without_end_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_package(tmp_path / "in", payload())
    monkeypatch.setattr(restore_packages, "MOST_ROWS_BYTES", 10)

    assert "is longer than 10 bytes" in restore(tmp_path / "in").problems[0]


def file_of(path: str, sha256: str) -> dict[str, object]:
    return {"role": "file", "path": path, "sha256": sha256, "media_type": "image/png"}


SHA = sha256_of(PICTURE)
LYING: dict[str, tuple[tuple[Line, ...], str]] = {
    "another_source": ((original_row(), caption_row("other")), "about another source"),
    "no_original": ((caption_row(),), "what its original is"),
    "original_elsewhere": ((original_row(path=b"../../etc/passwd"),), "not in the package"),
    "original_of_others": ((original_row(sha256="0" * 64),), "not in the package"),
    "tenant": ((original_row(tenant="other"),), "belongs to a tenant"),
    "medium": ((original_row(medium="film"),), "no picture"),
    "derivative_elsewhere": (
        (original_row(), caption_row(files=[file_of("../../etc/passwd", SHA)])),
        "no derivative",
    ),
    "derivative_of_others": (
        (original_row(), caption_row(files=[file_of("derivatives/x", SHA)])),
        "no derivative",
    ),
    "commit_at_the_end_of_time": ((original_row(_seq="9" * 20 + "-00000000"),), "usable name"),
    "commit_with_a_path": ((original_row(_seq="../x"),), "usable name"),
    "negative_place": ((original_row(_row=-1),), "usable name"),
    "unknown_table": ((original_row(), ("image/x", {})), "unknown to this version"),
    "unknown_column": ((original_row(x=1),), "unknown field"),
    "wrong_type": ((original_row(size_bytes="long"),), "cannot be read"),
}


@pytest.mark.parametrize(("rows", "words"), LYING.values(), ids=LYING)
def test_rows_that_point_elsewhere_are_refused(
    tmp_path: Path, rows: tuple[Line, ...], words: str
) -> None:
    write_package(tmp_path / "in", payload(*rows))
    good_package(tmp_path / "in")

    done = restore(tmp_path / "in")

    assert words in done.problems[0]
    assert originals(tmp_path / "home") == {b"picture of good"}


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"null", b"\xff"])
def test_rows_that_are_no_json_are_refused(tmp_path: Path, content: bytes) -> None:
    write_package(tmp_path / "in", payload(files={"rows.jsonl": content}))

    assert "cannot be read" in restore(tmp_path / "in").problems[0]


def test_a_referenced_original_is_kept_in_the_home_from_then_on(tmp_path: Path) -> None:
    """Its old path means nothing, or some other file, on another machine."""
    write_package(tmp_path / "in", payload(original_row(mode="reference", path=b"/etc/shadow.png")))

    assert restore(tmp_path / "in").problems == []
    newest = RowStore(tmp_path / "home" / "rows").current(ORIGINAL.name, [id_of("dunes")])
    (mode,), (path,) = newest["mode"], newest["path"]
    assert mode == "move"
    assert (tmp_path / "home" / os.fsdecode(path)).read_bytes() == PICTURE


def test_results_whose_files_were_not_packed_are_left_to_be_made_again(tmp_path: Path) -> None:
    missing = file_of(f"derivatives/{SHA[:2]}/{SHA[2:4]}/{SHA}.png", SHA)
    write_package(tmp_path / "in", payload(original_row(), caption_row(files=[missing])))

    done = restore(tmp_path / "in")

    assert done.problems == []
    assert done.notes == ["dunes.zip: 1 results whose files were not packed are made again"]
    assert captioned(tmp_path / "home") == set()


def test_two_packages_of_one_picture_are_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    write_package(tmp_path / "in", payload())
    write_package(tmp_path / "in", payload(), "copy-of-dunes")

    with pytest.raises(RestoreRefused, match=r"copy-of-dunes\.zip and dunes\.zip both hold dunes-"):
        restore(tmp_path / "in")
    assert {path.name for path in tmp_path.iterdir()} == {"in"}


def test_different_rows_of_one_name_end_the_restore(tmp_path: Path) -> None:
    write_package(tmp_path / "in", payload())
    same_name = original_row("other", b"other", _seq=commit_of(PICTURE))
    write_package(tmp_path / "in", payload(same_name, name="other", content=b"other"), "other")

    with pytest.raises(RestoreRefused, match=f"different rows of one name in {ORIGINAL.name}"):
        restore(tmp_path / "in")
    assert not (tmp_path / "home").exists()


def test_a_folder_without_packages_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()

    with pytest.raises(RestoreRefused, match="0 packages"):
        restore(tmp_path / "in")
    with pytest.raises(RestoreRefused, match="is no folder"):
        restore(tmp_path / "nowhere")


KILLED = """
import os, signal, sys
from pathlib import Path
from resources.configuration.media_home import MediaHome
from resources.preservation.packages.restore_packages import found_packages, restore_packages
from tests.support.small_packages import TABLES

source, target = map(Path, sys.argv[1:])

def killed_at(step):
    left = step
    def count(event, args):
        nonlocal left
        is_step = event in ("os.rename", "os.remove", "shutil.rmtree")
        left -= is_step
        if is_step and not left:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(count)
    with found_packages(source) as found:
        restore_packages(found, MediaHome(target), TABLES)

step = 0
while not target.exists():
    step += 1
    child = os.fork()
    if child == 0:
        killed_at(step)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), status
print(step)
"""


def test_a_restore_of_packages_killed_at_any_step_is_finished_by_the_next(tmp_path: Path) -> None:
    write_package(tmp_path / "in", payload())
    good_package(tmp_path / "in")

    command = [sys.executable, "-c", KILLED, tmp_path / "in", tmp_path / "home"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)

    assert int(done.stdout) > 5
    assert originals(tmp_path / "home") == {PICTURE, b"picture of good"}
    assert captioned(tmp_path / "home") == {id_of("dunes"), id_of("good", b"picture of good")}
    assert not list((tmp_path / "home").rglob("*.partial"))
    assert not (tmp_path / "home" / "rows" / ".parts").exists()
