"""Copies a user's files into a landing root as one batch, so that no half copy is ever seen.

The user's files are only read. A copy is written under a dot-temp name, which the
landing scan ignores, and renamed when it is whole.
"""

import os
import re
import shutil
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from command_line.commands.watched_folders import refuse_own
from command_line.terminal.console import CommandError
from resources.configuration.settings import LandingRoot, Settings
from resources.landing.exclusions import Exclusions
from resources.landing.listable import ELSEWHERE, ListableFiles
from resources.landing.scan import FoundFile, walk
from resources.stores.content_store import partial_name

LIST_SUFFIX = ".lst"


@dataclass(frozen=True)
class Copy:
    """One file to be copied: from where, and its place below the batch's folder."""

    source: Path
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
            plan_file(Copy(path, Path(path.name), path.stat().st_size), exclusions(root), plan)
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
    rules = exclusions(root)
    for found in walk(folder.name, bytes(folder.absolute()), rules):
        relative = Path(os.fsdecode(found.path))
        if isinstance(found, FoundFile):
            copy = Copy(folder / relative, relative, found.signature.size_bytes)
            plan_file(copy, rules, plan)
        else:
            plan.left_out.append((folder / relative, found.reason))


def plan_file(copy: Copy, rules: Exclusions, plan: Plan) -> None:
    """Add one file, or why it is passed over."""
    if reason := rules.why(bytes(copy.relative)):
        plan.left_out.append((copy.source, reason))
    else:
        plan.copies.append(copy)


def exclusions(root: LandingRoot) -> Exclusions:
    """What is passed over below this root."""
    return Exclusions(root.exclude, root.include)


def free_target(folder: Path, relative: Path) -> Path:
    """``folder/relative``, or with a number before the suffix where that name is taken."""
    target = folder / relative
    for number in range(2, 10_000):
        if not os.path.lexists(target):
            return target
        target = folder / relative.with_name(f"{relative.stem} ({number}){relative.suffix}")
    raise CommandError(f"{folder} already holds thousands of files named {relative.name}")


def copy_in(copy: Copy, folder: Path) -> Path:
    """Copy one file below ``folder`` with its times kept; return where it now is.

    Raises CommandError when it cannot be read or written; nothing half-copied stays behind.
    """
    target = free_target(folder, copy.relative)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_name(target)
    try:
        shutil.copy2(copy.source, partial, follow_symlinks=False)
        partial.rename(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise CommandError(f"cannot copy {copy.source} to {folder}: {error.strerror}") from error
    return target


def write_list(list_file: Path, settings: Settings, batch: str) -> list[Path]:
    """Drop a ``.lst`` file into the landing folder, with its paths made absolute; return what came.

    The watch reads files of landing roots and ``list_folders`` only. Who runs this command may read
    more: other files are copied in, and the list names the copies.
    """
    landing = landing_root(settings).path
    base = os.fsencode(list_file.resolve().parent)
    may_list = ListableFiles.of(settings)
    dropped = []
    lines = []
    for line in list_file.read_bytes().splitlines():
        named = absolute(line, base)
        path = Path(os.fsdecode(named))
        if is_path(line) and may_list.why_not(named) == ELSEWHERE and path.is_file():
            copy = Copy(path, Path(path.name), path.stat().st_size)
            dropped.append(copy_in(copy, landing / batch))
            named = bytes(dropped[-1].absolute())
        lines.append(named)
    target = free_target(landing, Path(f"{batch}{LIST_SUFFIX}"))
    partial = partial_name(target)
    partial.write_bytes(b"\n".join(lines) + b"\n")
    partial.rename(target)
    return [*dropped, target]


def absolute(line: bytes, base: bytes) -> bytes:
    """A list's line with a relative path joined to the list's own folder."""
    if not is_path(line):
        return line
    return os.path.normpath(os.path.join(base, line))  # noqa: PTH118 - raw bytes have no Path


def is_path(line: bytes) -> bool:
    """Whether a list's line names a file: it is neither blank nor a comment."""
    return bool(line.strip()) and not line.startswith(b"#") and b"\0" not in line
