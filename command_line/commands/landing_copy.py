"""Copies a user's files into a landing root as one batch, so that no half copy is ever seen.

The user's files are only read. A copy is written under a dot-temp name, which the
landing scan ignores, and renamed when it is whole. Links in the path that the user names are
followed, none below it, and none below the landing root, where others may put them
(``resources.stores.beneath``).
"""

import os
import re
import shutil
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from command_line.commands.watched_folders import refuse_own
from command_line.terminal.console import CommandError
from resources.configuration.settings import LandingRoot, Settings
from resources.landing.exclusions import Exclusions
from resources.landing.file import CREATE, PIECE_BYTES
from resources.landing.listable import ELSEWHERE, ListableFiles
from resources.landing.roots import located
from resources.landing.scan import FoundFile, walk
from resources.stores.beneath import Folder, NamedFolders, Place
from resources.stores.content_store import partial_name
from resources.stores.kernel_calls import rename_new

LIST_SUFFIX = ".lst"


@dataclass(frozen=True)
class Copy:
    """One file to be copied: its path for messages, where it is, and where below the batch."""

    path: Path
    source: Place
    relative: Path
    size_bytes: int


def landing_root(settings: Settings) -> LandingRoot:
    """The first root that takes files in. Raises CommandError when all are read-only archives."""
    for root in settings.roots:
        if root.mode == "move":
            return root
    raise CommandError(
        "every landing root is in reference mode, so there is nowhere to copy files to",
        hint='add a root with mode = "move" to settings.toml',
    )


def chosen_batch_name(paths: list[Path], wanted: str | None) -> str:
    """A name for the batch: as wanted, else the single folder's or list's, else the time."""
    if wanted is None and len(paths) == 1 and (paths[0].is_dir() or is_list(paths[0])):
        wanted = paths[0].resolve().stem if is_list(paths[0]) else paths[0].resolve().name
    if wanted is None:
        return f"added-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    ascii_name = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", ascii_name).strip("-")[:60]
    return name or f"added-{datetime.now(UTC):%Y%m%d-%H%M%S}"


def is_list(path: Path) -> bool:
    """Whether the path is a list of paths, one a line."""
    return path.suffix == LIST_SUFFIX


@dataclass(frozen=True)
class Plan:
    """What is copied, and what is not, with the reason of each."""

    copies: list[Copy]
    left_out: list[tuple[Path, str]]


def plan_copies(paths: list[Path], settings: Settings) -> Plan:
    """Every file at or below ``paths`` that the landing root would take, by the same rules.

    Raises CommandError for a path that does not exist or is not a file or folder, and for this
    system's own files: neither they nor folders that hold them are copied into themselves.
    """
    root, plan = landing_root(settings), Plan([], [])
    for path in paths:
        refuse_own(settings, path)
        if path.is_dir():
            refuse_around_home(settings, path)
            plan_folder(path, root, plan)
        elif path.is_file():
            plan_file(named_file(path), exclusions(root), plan)
        else:
            raise CommandError(f"{path} is no file and no folder", hint="check the spelling")
    return plan


def refuse_around_home(settings: Settings, folder: Path) -> None:
    """Raise CommandError for a folder with MEDIA_HOME in it."""
    if settings.home.is_relative_to(folder.resolve()):
        raise CommandError(
            f"{folder} holds {settings.home}, where this system keeps its own files",
            hint="name the folders beside it, one by one",
        )


def plan_folder(folder: Path, root: LandingRoot, plan: Plan) -> None:
    """Add the regular files below ``folder``, in a stable order."""
    rules, folders, real = exclusions(root), NamedFolders(), bytes(folder.resolve())
    for found in walk(folder.name, real, rules, folders):
        relative = Path(os.fsdecode(found.path))
        if isinstance(found, FoundFile):
            source = Place(folders.at(real), found.path)
            copy = Copy(folder / relative, source, relative, found.signature.size_bytes)
            plan_file(copy, rules, plan)
        else:
            plan.left_out.append((folder / relative, found.reason))


def named_file(path: Path) -> Copy:
    """The copy of one file that the user names. Raises OSError."""
    source = NamedFolders().reach(bytes(path.resolve()))
    return Copy(path, source, Path(path.name), source.status().st_size)


def plan_file(copy: Copy, rules: Exclusions, plan: Plan) -> None:
    """Add one file, or why it is passed over."""
    if reason := rules.why(bytes(copy.relative)):
        plan.left_out.append((copy.path, reason))
    else:
        plan.copies.append(copy)


def exclusions(root: LandingRoot) -> Exclusions:
    """What is passed over below this root."""
    return Exclusions(root.exclude, root.include)


def landing_folder(root: LandingRoot) -> Folder:
    """The landing root, held; it is made when it is missing. Raises CommandError."""
    path = located(root)
    try:
        path.mkdir(parents=True, exist_ok=True)
        return NamedFolders().at(bytes(path))
    except OSError as error:
        raise CommandError(f"cannot use {path}: {error.strerror}") from error


def free_name(folder: Folder, wanted: Path) -> bytes:
    """The name ``wanted``, or with a number before the suffix where that is taken."""
    name = bytes(Path(wanted.name))
    for number in range(2, 10_000):
        if not folder.has(name):
            return name
        name = os.fsencode(f"{wanted.stem} ({number}){wanted.suffix}")
    raise CommandError(f"the folder already holds thousands of files named {wanted.name}")


def copy_in(copy: Copy, landing: Folder, batch: str) -> bytes:
    """Copy one file into the batch's folder with its times; return its path below the landing root.

    Raises CommandError when it cannot be read or written; nothing half-copied stays behind.
    """
    below = bytes(Path(batch, copy.relative.parent))
    try:
        with open(copy.source.open(), "rb") as source:  # noqa: PTH123 - a descriptor has no Path
            status = os.fstat(source.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise CommandError(f"{copy.path} is no file any more")
            folder = landing.made(below)
            with new_file(folder, free_name(folder, copy.relative)) as (target, name):
                shutil.copyfileobj(source, target, PIECE_BYTES)
                target.flush()
                os.fchmod(target.fileno(), status.st_mode & 0o777)
                os.utime(target.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
    except OSError as error:
        reason = error.strerror
        raise CommandError(f"cannot copy {copy.path} to {batch}: {reason}") from error
    return below + b"/" + name


@contextmanager
def new_file(folder: Folder, name: bytes) -> Iterator[tuple[BinaryIO, bytes]]:
    """A file to write to, which gets its name when it is whole; never in place of another.

    Raises OSError.
    """
    partial, parent = bytes(partial_name(Path("x"))), folder.descriptor
    try:
        descriptor = os.open(partial, CREATE, 0o666, dir_fd=parent)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor has no Path
            yield file, name
        try:
            rename_new(parent, partial, name)
        except NotImplementedError:
            os.rename(partial, name, src_dir_fd=parent, dst_dir_fd=parent)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(partial, dir_fd=parent)
        raise


def write_list(list_file: Path, settings: Settings, batch: str) -> list[Path]:
    """Drop a ``.lst`` file into the landing folder, with its paths made absolute; return what came.

    The watch reads files of landing roots and ``list_folders`` only. Who runs this command may read
    more: other files are copied in, and the list names the copies.
    """
    root = landing_root(settings)
    landing, path_of_root = landing_folder(root), located(root)
    base = os.fsencode(list_file.resolve().parent)
    may_list = ListableFiles.of(settings)
    dropped = []
    lines = []
    for line in list_file.read_bytes().splitlines():
        named = absolute(line, base)
        path = Path(os.fsdecode(named))
        if is_path(line) and may_list.why_not(named) == ELSEWHERE and path.is_file():
            dropped.append(path_of_root / os.fsdecode(copy_in(named_file(path), landing, batch)))
            named = bytes(dropped[-1])
        lines.append(named)
    name = free_name(landing, Path(f"{batch}{LIST_SUFFIX}"))
    with new_file(landing, name) as (target, _):
        target.write(b"\n".join(lines) + b"\n")
    return [*dropped, path_of_root / os.fsdecode(name)]


def absolute(line: bytes, base: bytes) -> bytes:
    """A list's line with a relative path joined to the list's own folder."""
    if not is_path(line):
        return line
    return os.path.normpath(os.path.join(base, line))  # noqa: PTH118 - raw bytes have no Path


def is_path(line: bytes) -> bool:
    """Whether a list's line names a file: it is neither blank nor a comment."""
    return bool(line.strip()) and not line.startswith(b"#") and b"\0" not in line
