"""Below an opened folder no link is ever followed: with openat2(2), and step by step without it."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from resources.stores import beneath
from resources.stores.beneath import Folder, LinkInTheWay, NamedFolders, Place, open_named
from resources.stores.content_store import partial_name, remove_abandoned_copies
from resources.stores.kernel_calls import has_openat2, rename_new
from tests.support.exchanges import exchange, exchanging


@pytest.fixture(params=["openat2", "step_by_step"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel that we have, and one that has no openat2."""
    if request.param == "step_by_step":
        monkeypatch.setattr(beneath, "has_openat2", lambda: False)
    elif not has_openat2():
        pytest.skip("this kernel, or the container, has no openat2")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a picture in a folder; outside lies a secret of the same names."""
    for folder in ("root/album", "outside"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "root/album/a.jpg").write_bytes(b"picture")
    (tmp_path / "outside/a.jpg").write_bytes(b"secret")
    (tmp_path / "root/link").symlink_to(tmp_path / "outside")
    return tmp_path / "root"


def read(place: Place) -> bytes:
    with open(place.open(), "rb") as file:  # noqa: PTH123 - a descriptor has no Path
        return file.read()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_read_from_below_its_folder(root: Path) -> None:
    place = Place(open_named(bytes(root)), b"album/a.jpg")

    assert read(place) == b"picture"
    assert os.path.samestat(place.status(), (root / "album/a.jpg").stat())


@pytest.mark.parametrize("path", [b"link/a.jpg", b"album/to_file", b"album/to_folder/a.jpg"])
def test_no_part_of_a_path_may_be_a_link(root: Path, path: bytes) -> None:
    (root / "album/to_file").symlink_to(root.parent / "outside/a.jpg")
    (root / "album/to_folder").symlink_to("../../outside")
    folder = open_named(bytes(root))

    with pytest.raises(LinkInTheWay, match="symbolic link"):
        Place(folder, path).open()


@pytest.mark.parametrize("path", [b"..", b"../outside/a.jpg", b"album/../../outside/a.jpg", b"/a"])
def test_no_path_leads_up_or_elsewhere(root: Path, path: bytes) -> None:
    place = Place(open_named(bytes(root)), path)

    for access in (place.open, place.status):
        with pytest.raises(OSError, match="no path below a folder"):
            access()


def test_a_folder_that_is_replaced_after_it_was_opened_is_still_the_one(root: Path) -> None:
    place = Place(open_named(bytes(root)), b"album/a.jpg")

    root.rename(root.with_name("moved"))
    root.symlink_to(root.parent / "outside")

    assert read(place) == b"picture"


def test_a_pipe_in_place_of_a_file_makes_nobody_wait(root: Path) -> None:
    os.mkfifo(root / "album/pipe")

    os.close(Place(open_named(bytes(root)), b"album/pipe").open())


def test_a_path_longer_than_any_is_refused(root: Path) -> None:
    with pytest.raises(OSError, match="too long"):
        open_named(bytes(root)).open(b"/".join([b"d"] * 2050), os.O_RDONLY)


def test_while_folder_and_link_are_exchanged_nothing_foreign_is_opened(root: Path) -> None:
    place, seen = Place(open_named(bytes(root)), b"album/a.jpg"), set()

    with exchanging(root / "album", root / "link"):
        for _ in range(3000):
            try:
                seen.add((read(place), place.status().st_size))
            except (LinkInTheWay, NotADirectoryError):
                seen.add((b"", 0))

    assert seen <= {(b"picture", len(b"picture")), (b"", 0)}
    assert (b"picture", len(b"picture")) in seen


def test_links_in_the_path_of_a_named_folder_are_its_owners(root: Path) -> None:
    (root.parent / "named").symlink_to("root")
    (root.parent / "circle").symlink_to("circle")

    assert read(Place(open_named(bytes(root.parent / "named")), b"album/a.jpg")) == b"picture"
    with pytest.raises(LinkInTheWay, match="circle"):
        open_named(bytes(root.parent / "circle"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a link of another user")
def test_a_named_folder_that_another_user_replaced_by_a_link_is_refused(root: Path) -> None:
    os.chown(root / "link", 65534, 65534, follow_symlinks=False)

    with pytest.raises(LinkInTheWay, match="of another user"):
        open_named(bytes(root / "link"))


def test_a_file_of_a_named_folder_is_reached_from_there_and_others_from_the_top(
    root: Path,
) -> None:
    named = root.parent / "named"
    named.symlink_to("root")

    assert read(NamedFolders([bytes(named)]).reach(bytes(named / "album/a.jpg"))) == b"picture"
    assert read(NamedFolders().reach(bytes(root / "album/a.jpg"))) == b"picture"
    with pytest.raises(LinkInTheWay):
        NamedFolders().reach(bytes(named / "album/a.jpg")).open()


def test_folders_are_made_below_and_never_through_a_link(root: Path) -> None:
    folder = open_named(bytes(root))

    folder.made(b"new/deep")

    assert (root / "new/deep").is_dir()
    with pytest.raises(LinkInTheWay):
        folder.made(b"link/deep")
    assert names(root.parent / "outside") == ["a.jpg"]


def test_leftovers_are_deleted_below_the_folder_only(root: Path) -> None:
    """The sweep runs as the service's user, which may delete files in other places."""
    inside, outside = partial_name(root / "album/x"), partial_name(root.parent / "outside/x")
    for path in (inside, outside):
        path.touch()

    assert remove_abandoned_copies(root, datetime.now(UTC) + timedelta(hours=1)) == 1
    exchange(root / "album", root / "link")
    assert remove_abandoned_copies(root, datetime.now(UTC) + timedelta(hours=1)) == 0

    assert (outside.exists(), inside.exists()) == (True, False)


def test_a_rename_takes_no_other_entrys_place(root: Path) -> None:
    descriptor = os.open(root / "album", os.O_RDONLY)
    (root / "album/b.jpg").touch()

    with pytest.raises(FileExistsError):
        rename_new(descriptor, b"a.jpg", b"b.jpg")
    rename_new(descriptor, b"a.jpg", b"c.jpg")

    os.close(descriptor)
    assert names(root / "album") == ["b.jpg", "c.jpg"]


def test_a_folder_is_closed_when_nobody_needs_it(root: Path) -> None:
    opened = set()
    for _ in range(100):
        folder: Folder = open_named(bytes(root))
        opened.add(folder.descriptor)

    assert len(opened) <= 2
