"""A folder that others may write to: while a look is at work, they exchange what it works on.

Nothing foreign is ever copied in or deleted, and no other file is removed than the one whose bytes
were read. The race is run, and every exchange is also made once at each single step of a look.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from resources.configuration.settings import LandingRoot, Settings
from resources.landing.file import ASIDE, StillChanging, read_file, remove_taken
from resources.landing.ingest import look_at_landing
from resources.landing.listable import ListableFiles
from resources.landing.scan import Signature
from resources.rows.row_store import RowStore
from resources.sources.originals import Source
from resources.sources.source_rows import ORIGINAL, stored_rows
from resources.stores.beneath import LinkInTheWay, Place, open_named
from tests.support.exchanges import exchange, exchanging

ROOT = Path(__file__).parents[3]
ORDINARY = 65534
"""A user and group that are nobody's: nobody and nogroup."""

FILES = 4
MOST_LOOKS = 30
"""After the exchanges: a file that changed with the last one settles first."""

FOREIGN = b"somebody else's"


def shared_folder(base: Path, mode: str) -> Settings:
    """A landing root with a folder of pictures and a link to a private folder of equal names."""
    for folder in ("in/album", "private"):
        (base / folder).mkdir(parents=True)
    for number in range(FILES):
        (base / "in/album" / f"{number}.jpg").write_bytes(b"picture %d" % number)
        (base / "private" / f"{number}.jpg").write_bytes(FOREIGN + b" %d" % number)
    (base / "private" / ".mediaignore").write_text("[0-1].jpg")
    (base / "in/link").symlink_to(base / "private")
    root = LandingRoot(name="in", path=base / "in", mode=mode)
    return Settings(home=base / "home", landing_roots=(root,), settle_seconds=1e-6)


def looks_while_exchanged(base: Path, mode: str, count: int) -> None:
    """Look again and again while folder and link change places; raise if anything leaks."""
    settings = shared_folder(base, mode)
    with exchanging(base / "in/album", base / "in/link"):
        for _ in range(count):
            look_at_landing(settings)
    refuse_leaks(base)
    expected = 0 if mode == "move" else FILES
    for _ in range(MOST_LOOKS):
        look_at_landing(settings)
        left = sum(path.suffix == ".jpg" for path in (base / "in/album").iterdir())
        if left == expected:
            break
    refuse_leaks(base)
    assert left == expected, "its own files are taken all the same"


def refuse_leaks(base: Path) -> None:
    """Raise AssertionError if a foreign file was copied in or is gone."""
    private = sorted((base / "private").glob("*.jpg"))
    assert [path.read_bytes() for path in private] == [
        FOREIGN + b" %d" % number for number in range(FILES)
    ]
    kept = [path for path in (base / "home/originals").rglob("*") if path.is_file()]
    assert not [path for path in kept if path.read_bytes().startswith(FOREIGN)]
    rows = stored_rows(RowStore(base / "home/rows"), ORIGINAL, after_seq="")
    foreign = {hashlib.sha256(path.read_bytes()).hexdigest() for path in private}
    assert foreign.isdisjoint(rows["sha256"])


@pytest.mark.parametrize("mode", ["move", "reference"])
def test_while_folder_and_link_change_places_nothing_foreign_is_taken_or_deleted(
    tmp_path: Path, mode: str
) -> None:
    looks_while_exchanged(tmp_path, mode, 40)


@pytest.fixture
def ordinary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="media-shared-"))
    os.chown(folder, ORDINARY, ORDINARY)  # a home in everybody's folder is refused
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests here run as an ordinary user then")
def test_the_same_holds_for_an_ordinary_user(ordinary_folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path; "
        "from tests.resources.landing.test_exchanges import looks_while_exchanged; "
        "looks_while_exchanged(Path(sys.argv[1], 'base'), 'move', 20)"
    )
    ordinary = ["setpriv", f"--reuid={ORDINARY}", f"--regid={ORDINARY}", "--clear-groups"]
    command = [*ordinary, sys.executable, "-c", script, str(ordinary_folder)]
    own = {name: value for name, value in os.environ.items() if not name.startswith("MEDIA_")}
    environment = {**own, "PYTHONPATH": str(ROOT), "HOME": str(ordinary_folder)}

    done = subprocess.run(
        command, env=environment, cwd="/", capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


class Intruder:
    """Does something once, in this process, at the chosen step of our work on files of others.

    A step is a call of the system with a raw name: our own files have names of text.
    """

    STEPS = frozenset({"open", "os.scandir", "os.rename", "os.remove"})

    def __init__(self) -> None:
        self.left = 0
        self.act: Callable[[], object] | None = None
        self.at_each: Callable[[bytes], object] | None = None
        sys.addaudithook(self._watch)

    def after(self, steps: int, act: Callable[[], object]) -> None:
        """Act at the step after so many."""
        self.left, self.act = steps, act

    @property
    def has_acted(self) -> bool:
        """Whether there were so many steps."""
        return self.act is None

    def _watch(self, event: str, args: tuple[object, ...]) -> None:
        if event not in self.STEPS or not isinstance(args[0], bytes):
            return
        if self.at_each is not None:
            self.at_each(args[0])
        if self.act is None:
            return
        self.left -= 1
        if self.left < 0:
            act, self.act = self.act, None
            act()


INTRUDER = Intruder()
"""One for all tests: an audit hook cannot be taken away."""


def luckiest_intruder(base: Path) -> Callable[[bytes], None]:
    """Somebody who wins every race: the folder is a link whenever it, or a file in it, is opened.

    Whenever the landing root itself is looked through, it is a folder.
    """

    def exchange_as_needed(path: bytes) -> None:
        is_link = (base / "in/album").is_symlink()
        is_root = path.rstrip(b"/") in (b".", bytes(base / "in"))
        is_in_album = path == b"album" or b"album/" in path + b"/"
        if (is_root and is_link) or (is_in_album and not is_link):
            exchange(base / "in/album", base / "in/link")

    return exchange_as_needed


@pytest.mark.parametrize("mode", ["move", "reference"])
def test_who_wins_every_race_has_nothing_foreign_taken_or_deleted(
    tmp_path: Path, mode: str
) -> None:
    settings = shared_folder(tmp_path, mode)
    INTRUDER.at_each = luckiest_intruder(tmp_path)
    try:
        found = [look_at_landing(settings) for _ in range(5)]
    finally:
        INTRUDER.at_each = None

    refuse_leaks(tmp_path)
    assert (tmp_path / "in/album").is_symlink(), "it was at work"
    assert "album: cannot be read (a symbolic link, which is not followed)" in found[-1].message


@pytest.mark.parametrize("mode", ["move", "reference"])
def test_an_exchange_at_any_step_of_a_look_leads_to_nothing_foreign(
    tmp_path: Path, mode: str
) -> None:
    for step in range(500):
        base = tmp_path / str(step)
        settings = shared_folder(base, mode)
        look_at_landing(settings)
        INTRUDER.after(step, lambda base=base: exchange(base / "in/album", base / "in/link"))
        look_at_landing(settings)
        is_over = not INTRUDER.has_acted
        INTRUDER.act = None
        look_at_landing(settings)
        refuse_leaks(base)
        if is_over:
            break
    assert is_over
    assert step > FILES


def test_a_file_that_takes_the_name_of_a_taken_one_is_not_deleted(tmp_path: Path) -> None:
    """At each step of the removal; the other one may be a picture that was saved just now."""
    for step in range(20):
        folder = tmp_path / str(step)
        folder.mkdir()
        (folder / "a.jpg").write_bytes(b"taken")
        (folder / ".new").write_bytes(b"saved just now")
        place = Place(open_named(bytes(folder)), b"a.jpg")
        expected = Signature.of(place.status())
        INTRUDER.after(step, lambda folder=folder: (folder / ".new").replace(folder / "a.jpg"))
        try:
            remove_taken(place, expected)
        except StillChanging:
            assert INTRUDER.has_acted
        is_over = not INTRUDER.has_acted
        INTRUDER.act = None
        left = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert list(left.values()) == [b"saved just now"], step
        if is_over:
            break
        assert list(left) == ["a.jpg"]
    assert (is_over, step) == (True, 3)


def test_of_two_files_that_take_the_name_in_one_moment_none_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"taken")
    (tmp_path / ".first").write_bytes(b"first")
    place = Place(open_named(bytes(tmp_path)), b"a.jpg")

    def take_its_name() -> None:
        (tmp_path / ".first").replace(path)
        INTRUDER.after(0, lambda: path.write_bytes(b"second"))  # when it is to be given back

    INTRUDER.after(1, take_its_name)  # when it is put aside
    with pytest.raises(StillChanging):
        remove_taken(place, Signature.of(place.status()))

    assert INTRUDER.has_acted
    assert path.read_bytes() == b"second"
    (aside,) = (one for one in tmp_path.iterdir() if one != path)
    assert (ASIDE.fullmatch(bytes(Path(aside.name))) is not None, aside.read_bytes()) == (
        True,
        b"first",
    )


def test_a_look_that_was_killed_while_it_removed_a_file_is_finished_by_the_next(
    landing: Any,
) -> None:
    path = Path(os.fsdecode(landing.drop("album/a.jpg", b"taken")))
    os.link(path, landing.folder.parent / "same_inode")
    landing.settle()
    os.link(landing.folder.parent / "same_inode", path.with_name(".0123456789abcdef.removing"))
    (landing.folder / ".fedcba9876543210.removing").write_bytes(b"another's")

    landing.look()

    assert landing.left == [".fedcba9876543210.removing"]
    ((state, name, reason),) = landing.left_out
    assert (state, name) == ("excluded", ".")
    assert "rename it" in reason
    assert landing.sightings.height == 1


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A picture whose folder becomes a link to a folder with the very same file."""
    shared_folder(tmp_path, "move")
    os.link(tmp_path / "in/album/0.jpg", tmp_path / "private/same.jpg")
    os.link(tmp_path / "in/album/0.jpg", tmp_path / "in/album/same.jpg")
    return Place(open_named(bytes(tmp_path / "in")), b"album/same.jpg")


def test_a_file_is_neither_read_nor_removed_through_a_folder_that_became_a_link(
    tmp_path: Path, place: Place
) -> None:
    """Not even one that is the same file: what the path said is not true any more."""
    expected = Signature.of(place.status())
    exchange(tmp_path / "in/album", tmp_path / "in/link")

    with pytest.raises(LinkInTheWay):
        read_file(place, expected, None)
    with pytest.raises(LinkInTheWay):
        remove_taken(place, expected)

    assert (tmp_path / "private/same.jpg").exists()


def test_a_listed_file_is_reached_where_it_was_when_it_was_allowed(tmp_path: Path) -> None:
    settings = shared_folder(tmp_path, "move")
    place = ListableFiles.of(settings).place(bytes(tmp_path / "in/album/0.jpg"))
    assert isinstance(place, Place)
    exchange(tmp_path / "in/album", tmp_path / "in/link")

    with pytest.raises(LinkInTheWay):
        place.open()


def test_an_original_of_an_archive_is_not_read_through_a_folder_that_became_a_link(
    tmp_path: Path, place: Place
) -> None:
    sha256 = read_file(place, Signature.of(place.status()), None).sha256
    path = bytes(tmp_path / "in/album/same.jpg")
    source = Source("a", sha256, "same.jpg", path, tmp_path / "home")
    assert source.content() == b"picture 0"

    exchange(tmp_path / "in/album", tmp_path / "in/link")

    for access in (source.content, source.file_size):
        with pytest.raises(LinkInTheWay):
            access()


def test_an_archive_that_its_owner_reaches_through_a_link_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared_folder(tmp_path, "reference")
    (tmp_path / "named").symlink_to("in")
    root = LandingRoot(name="in", path=tmp_path / "named", mode="reference")
    monkeypatch.setenv("MEDIA_LANDING_ROOTS", f"[{root.model_dump_json()}]")
    settings = Settings(home=tmp_path / "home", settle_seconds=1e-6)
    for _ in range(2):
        found = look_at_landing(settings)
    path = bytes(tmp_path / "named/album/0.jpg")
    opened = Place(open_named(bytes(root.path)), b"album/0.jpg")
    sha256 = read_file(opened, Signature.of(opened.status()), None).sha256

    assert Source("a", sha256, "0.jpg", path, settings.home).content() == b"picture 0"
    assert (found.accepted_count, found.problems) == (FILES, ())
