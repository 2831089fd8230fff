"""Restoring a backup that somebody else may have made: it fills only what a backup fills."""

import contextlib
import hashlib
import json
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from resources.configuration.media_home import MediaHome
from resources.preservation.backup import BackupRefused, back_up
from resources.preservation.bag import Bag, DamagedBag
from resources.preservation.restore import Restore, found_backup, restore_files
from resources.preservation.restore_stage import RestoreRefused
from resources.stores.content_store import ContentStore
from resources.stores.open_folder import NotRegular

STATE = "state-20260101T000000.000000Z"
GOOD = b"a picture"


def stored(content: bytes, folder: str = "originals") -> str:
    """The name in a bag of a file that is stored under its hash."""
    sha256 = hashlib.sha256(content).hexdigest()
    return f"data/{folder}/{sha256[:2]}/{sha256[2:4]}/{sha256}.png"


def make_bag(root: Path, files: Mapping[str, bytes], **info: str) -> Path:
    """A bag with these files, as its manifest says; ``info`` replaces what bag-info.txt says."""
    size = sum(map(len, files.values()))
    labels = {
        "Payload-Oxum": f"{size}.{len(files)}",
        "Media-State": STATE,
        "Media-Home-Id": "",
        "Media-Row-Counts": "{}",
    }
    labels |= {label.replace("_", "-"): value for label, value in info.items()}
    lines = []
    for name, content in files.items():
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        path = root / name.lstrip("/")
        if ".." not in name:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    root.mkdir(exist_ok=True)
    (root / "manifest-sha256.txt").write_bytes("".join(lines).encode(errors="surrogateescape"))
    (root / "bag-info.txt").write_text("".join(f"{k}: {v}\n" for k, v in labels.items() if v))
    return root


def restore(bag: Path, *, with_settings: bool = True) -> Restore:
    """Restore into ``home`` beside the bag."""
    with found_backup(bag) as backup:
        home = MediaHome(bag.parent / "home")
        return restore_files(backup, home, with_settings=with_settings)


def left(folder: Path) -> set[str]:
    """What lies beside the bag: a home, or what looks like one."""
    return {path.name for path in folder.iterdir()} - {"bag", "outside"}


def test_a_good_bag_is_restored(tmp_path: Path) -> None:
    """Else the refusals below would prove nothing."""
    files = {stored(GOOD): GOOD, f"data/{STATE}/settings.toml": b"batch_size = 3\n"}

    done = restore(make_bag(tmp_path / "bag", files))

    assert (done.files, done.problems, done.notes) == (2, [], [])
    assert (tmp_path / "home" / stored(GOOD).removeprefix("data/")).read_bytes() == GOOD
    assert (tmp_path / "home" / "settings.toml").read_text() == "batch_size = 3\n"
    assert left(tmp_path) == {"home"}


SHA = hashlib.sha256(GOOD).hexdigest()
ELSEWHERE = [
    "data/models/x/model.gguf",
    "data/dagster/dagster.yaml",
    f"data/{STATE}/dagster/dagster.yaml",
    f"data/{STATE}/dagster/workspace.yaml",
    f"data/{STATE}/dagster/history/other.db",
    f"data/{STATE}/dagster/compute_logs/x.db",
    f"data/{STATE}/models/x.safetensors",
    f"data/{STATE}/originals/{SHA[:2]}/{SHA[2:4]}/{SHA}.png",
    "data/media.duckdb",
    "data/live.duckdb",
    "data/live.json",
    "data/landing.sqlite",
    "data/search_index/current.json",
    "data/landing/x.lst",
    "data/locks/service.lock",
    "data/settings.toml",
    "data/users.json",
    f"data/{STATE}/settings.toml/x",
    "data/state-1/settings.toml",
    "data/rows/image/caption/inbox/_declared.parquet",
    "data/rows/image/caption/inbox/x.parquet",
    f"data/{STATE}/rows/image/../../x/inbox/_declared.parquet",
    "data/rows/Image/caption/inbox/00000000000000000001-00000000.parquet",
    f"data/originals/{SHA[:2]}/{SHA[2:4]}/{SHA.upper()}.png",
    f"data/Originals/{SHA[:2]}/{SHA[2:4]}/{SHA}.png",
    f"data/originals/{SHA[:2]}/{SHA[2:4]}/{SHA}.PNG",
    f"data/originals/00/00/{SHA}.png",
    f"data/originals/{SHA[:2]}/{SHA[2:4]}/{SHA}.png/x",
    f"data/originals/{SHA[:2]}/{SHA[2:4]}/{'0' * 64}.png",
    "data/originals/../../outside/x",
    "data/./originals/x",
    "data//originals/x",
    "data/",
    "data",
    "/etc/cron.d/x",
    "../outside/x",
    "bag-info.txt",
    "~/x",
    "data/originals\\x",
    "data/%2e%2e/x",
    "data/orig inals/x",
    "data/originals/\udcff\udcfe",
    "data/originals/\u0130.png",
    "data/" + "a" * 100_000,
]


@pytest.mark.parametrize("name", ELSEWHERE, ids=range(len(ELSEWHERE)))
def test_a_bag_fills_no_other_place(tmp_path: Path, name: str) -> None:
    bag = make_bag(tmp_path / "bag", {stored(GOOD): GOOD})
    with (bag / "manifest-sha256.txt").open("ab") as manifest:
        manifest.write(f"{SHA}  {name}\n".encode(errors="surrogateescape"))
    (bag / "bag-info.txt").write_text(
        (bag / "bag-info.txt").read_text().replace(f"{len(GOOD)}.1", f"{2 * len(GOOD)}.2")
    )

    with pytest.raises(DamagedBag):
        restore(bag)
    assert left(tmp_path) == set()


@pytest.mark.parametrize(
    "lines",
    [
        f"{SHA}  {stored(GOOD)}\n" * 2,
        f"{SHA.upper()}  {stored(GOOD)}\n",
        f"{SHA} {stored(GOOD)}\n",
        f"{SHA}  {stored(GOOD)}\r\n",
        f"\n{SHA}  {stored(GOOD)}\n",
        f"{SHA}  {stored(GOOD)}\0\n",
        f"{SHA}  data/{STATE}/users.json\n{SHA}  data/{STATE[:-2]}1Z/settings.toml\n",
        "x" * 5000,
    ],
    ids=["twice", "capitals", "one_space", "windows", "empty_line", "nul", "two_states", "no_end"],
)
def test_a_manifest_in_another_form_is_refused(tmp_path: Path, lines: str) -> None:
    bag = make_bag(tmp_path / "bag", {stored(GOOD): GOOD})
    (bag / "manifest-sha256.txt").write_text(lines, newline="")

    with pytest.raises(DamagedBag):
        restore(bag)
    assert left(tmp_path) == set()


@pytest.mark.parametrize(
    "info",
    [
        {"Payload_Oxum": ""},
        {"Payload_Oxum": "9"},
        {"Payload_Oxum": "9.2"},
        {"Payload_Oxum": "9.0"},
        {"Payload_Oxum": f"9.{'9' * 5000}"},
        {"Media_Row_Counts": ""},
        {"Media_Row_Counts": "[" * 100_000},
        {"Media_Row_Counts": '{"ingest/recipe": -1}'},
        {"Media_Row_Counts": "{}\nPayload-Oxum: 1.1"},
    ],
    ids=range(9),
)
def test_what_a_bag_declares_is_needed_and_enforced(tmp_path: Path, info: dict[str, str]) -> None:
    bag = make_bag(tmp_path / "bag", {stored(GOOD): GOOD}, **info)

    with pytest.raises(DamagedBag):
        restore(bag)
    assert left(tmp_path) == set()


@pytest.mark.parametrize("name", ["manifest-sha256.txt", "bag-info.txt"])
def test_lists_without_end_are_not_read(tmp_path: Path, name: str) -> None:
    bag = make_bag(tmp_path / "bag", {stored(GOOD): GOOD})
    os.truncate(bag / name, 2**42)

    with pytest.raises(DamagedBag, match="longer than"):
        restore(bag)


def put_link(path: Path) -> None:
    secret = path.parents[5] / "outside"
    secret.write_bytes(GOOD)
    path.symlink_to(secret)


def put_folder_link(path: Path) -> None:
    outside = path.parents[5] / "outside"
    outside.mkdir()
    (outside / path.name).write_bytes(GOOD)
    path.parent.rmdir()
    path.parent.symlink_to(outside)


def put_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        before = Path.cwd()
        os.chdir(path.parent)
        listening.bind("s")
        os.chdir(before)
    (path.parent / "s").rename(path)


KINDS: dict[str, Callable[[Path], object]] = {
    "link": put_link,
    "linked_folder": put_folder_link,
    "pipe": os.mkfifo,
    "socket": put_socket,
    "folder": os.mkdir,
    "link_to_itself": lambda path: path.symlink_to(path.name),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.timeout(60)
def test_only_regular_files_are_read_and_one_harms_only_itself(tmp_path: Path, kind: str) -> None:
    other = b"another picture"
    bag = make_bag(tmp_path / "bag", {stored(GOOD): GOOD, stored(other): other})
    path = bag / stored(GOOD)
    path.unlink()
    KINDS[kind](path)

    done = restore(bag)

    assert len(done.problems) == 1
    assert done.files == 1
    assert [path.read_bytes() for path in (tmp_path / "home").rglob("*.png")] == [other]


@pytest.mark.parametrize("name", ["manifest-sha256.txt", "bag-info.txt"])
@pytest.mark.parametrize("kind", ["pipe", "link_to_itself", "folder"])
@pytest.mark.timeout(60)
def test_a_list_that_is_no_regular_file_is_refused(tmp_path: Path, name: str, kind: str) -> None:
    bag = make_bag(tmp_path / "bag", {stored(GOOD): GOOD})
    (bag / name).unlink()
    KINDS[kind](bag / name)

    with pytest.raises((DamagedBag, RestoreRefused)):
        restore(bag)
    assert left(tmp_path) == set()


def test_a_file_longer_than_declared_harms_only_itself(tmp_path: Path) -> None:
    other = b"another picture"
    bag = make_bag(tmp_path / "bag", {stored(GOOD): GOOD, stored(other): other})
    os.truncate(bag / stored(GOOD), 2**42)  # 4 TiB that take no room

    done = restore(bag)

    assert done.problems == [f"{stored(GOOD)} is damaged in the backup"]
    assert done.bytes == len(other)


def test_far_more_bytes_than_declared_are_refused(tmp_path: Path) -> None:
    """Each file alone would fit; together they are read no further than twice what is declared."""
    files = {stored(bytes([n]) * 1000): bytes([n]) * 1000 for n in range(50)}
    bag = make_bag(tmp_path / "bag", files, Payload_Oxum="2000.50")
    for name in files:
        (bag / name).write_bytes(b"x" * 1000)

    with pytest.raises(DamagedBag, match="more of the backup is damaged"):
        restore(bag)
    assert not (tmp_path / "home").exists()


def test_files_beside_the_manifest_are_noted_and_left_there(tmp_path: Path) -> None:
    bag = make_bag(tmp_path / "bag", {stored(GOOD): GOOD})
    (bag / "data" / "models").mkdir()
    (bag / "data" / "models" / "x.gguf").write_bytes(b"x")
    (bag / "data" / "/".join("d" * 300)).mkdir(parents=True)

    done = restore(bag)

    assert "2 files of the backup are not in its manifest" in done.notes[0]
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["originals"]


def test_rows_that_are_none_are_named(tmp_path: Path) -> None:
    name = "data/rows/image/caption/inbox/00000000000000000001-00000000.parquet"
    done = restore(make_bag(tmp_path / "bag", {name: b"no rows", stored(GOOD): GOOD}))

    assert done.problems[0].startswith("00000000000000000001-00000000.parquet holds no rows")


@pytest.mark.parametrize("kind", ["link", "wide"])
def test_a_folder_that_others_prepared_beside_the_home_is_refused(
    tmp_path: Path, kind: str
) -> None:
    bag = make_bag(tmp_path / "bag", {stored(GOOD): GOOD})
    (tmp_path / "outside").mkdir()
    home = tmp_path / "home"
    os.truncate(bag / stored(GOOD), 0)
    restore(bag)
    chosen = {stored(GOOD).removeprefix("data/"): SHA}
    fingerprint = hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()
    stage = tmp_path / f".home.restore-{fingerprint[:16]}"
    for path in sorted(home.rglob("*"), reverse=True):
        path.rmdir()
    if kind == "link":
        stage.symlink_to(tmp_path / "outside")
    else:
        stage.mkdir()
        stage.chmod(0o777)

    with pytest.raises(RestoreRefused, match="not a private folder"):
        restore(bag)
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("occupant", ["file", "dot_file", "link", "stage_of_old"])
def test_the_place_must_be_empty(tmp_path: Path, occupant: str) -> None:
    bag, home = make_bag(tmp_path / "bag", {stored(GOOD): GOOD}), tmp_path / "home"
    if occupant == "link":
        (tmp_path / "outside").mkdir()
        home.symlink_to(tmp_path / "outside")
    else:
        home.mkdir()
        (home / {"file": "x", "dot_file": ".x", "stage_of_old": ".restore"}[occupant]).touch()

    with pytest.raises(RestoreRefused):
        restore(bag)


def test_an_empty_folder_may_be_there(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()

    assert restore(make_bag(tmp_path / "bag", {stored(GOOD): GOOD})).problems == []


def test_settings_that_are_not_agreed_to_stay_out(tmp_path: Path) -> None:
    files = {f"data/{STATE}/settings.toml": b"", f"data/{STATE}/users.json": b"{}"}
    done = restore(make_bag(tmp_path / "bag", files), with_settings=False)

    assert (done.files, done.problems) == (0, [])
    assert not {"settings.toml", "users.json"} & {p.name for p in (tmp_path / "home").iterdir()}


def files_of(path: Path) -> dict[Path, bytes]:
    """What a file, or each file of a folder, holds."""
    return {one: one.read_bytes() for one in (path, *path.rglob("*")) if one.is_file()}


def backed_up(tmp_path: Path) -> tuple[MediaHome, Path]:
    """A home with one original, and its backup."""
    home, target = MediaHome(tmp_path / "home"), tmp_path / "bag"
    home.create()
    ContentStore(home.originals).put(GOOD, ".png", "image/png")
    back_up(home, target, first_table="ingest/recipe", downstream_first=())
    return home, target


@pytest.mark.parametrize("kind", ["link", "linked_folder", "pipe", "link_to_itself"])
@pytest.mark.timeout(60)
def test_a_backup_reads_no_link_and_no_pipe_of_the_home(tmp_path: Path, kind: str) -> None:
    home = MediaHome(tmp_path / "folder" / "home")
    home.create()
    ContentStore(home.originals).put(b"another picture", ".png", "image/png")
    path = home.root / stored(GOOD).removeprefix("data/")
    path.parent.mkdir(parents=True)
    KINDS[kind](path)
    (home.root / "users.json").symlink_to("/etc/passwd")

    done = back_up(home, tmp_path / "bag", first_table="ingest/recipe", downstream_first=())

    assert len(done.problems) == 2
    assert len(Bag(tmp_path / "bag").manifest()) == 1


def test_a_home_whose_store_is_a_link_is_not_backed_up(tmp_path: Path) -> None:
    home = MediaHome(tmp_path / "home")
    home.create()
    home.originals.rmdir()
    home.originals.symlink_to(tmp_path)

    with pytest.raises(BackupRefused, match="is a link"):
        back_up(home, tmp_path / "bag", first_table="ingest/recipe", downstream_first=())


@pytest.mark.parametrize("place", ["data", "data/originals", "held file"])
def test_a_backup_writes_through_no_link_in_its_folder(tmp_path: Path, place: str) -> None:
    """Nothing elsewhere is written, replaced or deleted."""
    home, target = backed_up(tmp_path)
    outside = tmp_path / "outside"
    link = target / (stored(GOOD) if place == "held file" else place)
    link.rename(outside)
    link.symlink_to(outside)
    before = files_of(outside)
    (home.root / "settings.toml").write_text("batch_size = 3\n")
    ContentStore(home.originals).put(b"another picture", ".png", "image/png")

    with contextlib.suppress(NotRegular):  # it may refuse at once, or name what it left out
        back_up(home, target, first_table="ingest/recipe", downstream_first=(), check=True)
    assert files_of(outside) == before


def test_a_kill_between_the_two_lists_leaves_the_backup_before_it(tmp_path: Path) -> None:
    """bag-info.txt and the manifest cannot be replaced at the same moment."""
    home, target = backed_up(tmp_path)
    (home.root / "settings.toml").write_text("batch_size = 1\n")
    back_up(home, target, first_table="ingest/recipe", downstream_first=())
    old, told = (target / "manifest-sha256.txt").read_bytes(), (target / "bag-info.txt").read_text()
    newer = told.replace(Bag(target).info()["Media-State"], STATE)

    (target / ".bag-info.next.txt").write_text(newer)
    assert Bag(target).info()["Media-State"] != STATE
    state = Bag(target).info()["Media-State"]
    (target / "manifest-sha256.txt").unlink()
    (target / "manifest-sha256.txt").write_bytes(old.replace(state.encode(), STATE.encode()))
    assert Bag(target).info()["Media-State"] == STATE
