"""Which names of a landing root are passed over, and why: one answer for the watch and the command.

Four lists, the first that has an opinion counts: ``include`` and ``exclude`` of the root's
settings, the ``.mediaignore`` files from the deepest folder up, and what other programs leave
(``left_by_programs``). All are patterns of gitignore(5). They are compiled once into one automaton
(RE2: linear time, since ``.mediaignore`` comes from strangers); a folder that is passed over is not
walked, and a file is asked about only when it is not known.
"""

import os
import stat
from collections.abc import Sequence
from functools import cache

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError

from resources.landing.left_by_programs import LEFT_BY_PROGRAMS, UNFINISHED
from resources.sources.source_identity import display_name
from resources.stores.beneath import OPEN_SAFELY

IGNORE_FILE = b".mediaignore"
MAX_IGNORE_BYTES = 64 * 1024
MAX_PATTERNS = 1000
"""More is no list that a person wrote."""

LONGEST_SHOWN = 80
"""Characters of a pattern in a reason."""

OF_PROGRAMS = tuple((pattern, left.what) for left in LEFT_BY_PROGRAMS for pattern in left.patterns)


class BadIgnoreFile(ValueError):
    """A ``.mediaignore`` file is too large or holds what is no pattern."""


def spec_of(patterns: Sequence[str]) -> GitIgnoreSpec:
    """The compiled patterns. Raises ValueError, with the pattern, for one that is none."""
    return GitIgnoreSpec.from_lines(patterns, backend="re2")


@cache
def names_of_programs() -> GitIgnoreSpec:
    """What other programs leave, for names in lower case."""
    return spec_of([pattern.lower() for pattern, _ in OF_PROGRAMS])


def why_of_programs(name: bytes, *, is_folder: bool) -> str | None:
    """What an entry of this name is, if another program left it."""
    found = names_of_programs().check_file(_text(name).lower() + "/" * is_folder)
    return OF_PROGRAMS[found.index][1] if found.include and found.index is not None else None


class Exclusions:
    """What is passed over in one landing root. ``exclude`` and ``include``: see LandingRoot.

    Folders are entered while the root is walked, before their files are asked about.
    """

    def __init__(self, exclude: Sequence[str] = (), include: Sequence[str] = ()) -> None:
        self._exclude = spec_of(exclude) if exclude else None
        self._include = spec_of(include) if include else None
        self._patterns = tuple(exclude)
        self._of_folder: dict[bytes, tuple[_IgnoreFile, ...]] = {}

    def enter(self, descriptor: int, folder: bytes, *, has_ignore_file: bool) -> None:
        """Take note of the ``.mediaignore`` files that count in this folder (relative to the root).

        ``descriptor`` is the open folder. Raises BadIgnoreFile, OSError.
        """
        parent = os.path.dirname(folder)  # noqa: PTH120 - bytes
        above = self._of_folder.get(parent, ()) if folder else ()
        own = _ignore_files(descriptor, folder) if has_ignore_file else ()
        self._of_folder.pop(folder, None)
        if above or own:
            self._of_folder[folder] = (*own, *above)

    def why(self, path: bytes, *, is_folder: bool = False) -> str | None:
        """Why the entry at ``path`` (relative to the root) is passed over; None: it is not."""
        text = _text(path) + "/" * is_folder
        if self._include is not None and _is_meant(self._include, text):
            return None
        folder, _, name = path.rpartition(b"/")
        said = self._said_by_settings(text)
        for ignore in self._of_folder.get(folder, ()):
            said = said or ignore.says(text)
        if said:
            return None if said == KEEP else said
        return why_of_programs(name, is_folder=is_folder)

    def _said_by_settings(self, text: str) -> str | None:
        if self._exclude is None:
            return None
        found = self._exclude.check_file(text)
        if found.include is None or found.index is None:
            return None
        return f"excluded by the settings: {self._patterns[found.index]}" if found.include else KEEP


KEEP = "!"
"""In place of a reason: a pattern with ``!`` says that the entry is not passed over."""


class _IgnoreFile:
    """One ``.mediaignore`` file; patterns are relative to its folder ("" or with a slash)."""

    def __init__(self, folder: str, lines: Sequence[str]) -> None:
        self._folder = folder
        self._lines = lines
        self._spec = spec_of(lines)

    def says(self, text: str) -> str | None:
        """Why it passes over an entry below its folder, KEEP, or None: nothing."""
        found = self._spec.check_file(text[len(self._folder) :])
        if found.include is None or found.index is None:
            return None
        where = self._folder + IGNORE_FILE.decode()
        pattern = display_name(self._lines[found.index].encode())[:LONGEST_SHOWN]
        return f"excluded by {display_name(where.encode())}: {pattern}" if found.include else KEEP


def _ignore_files(parent: int, folder: bytes) -> tuple[_IgnoreFile]:
    """The ``.mediaignore`` file of an open folder. Raises BadIgnoreFile, OSError."""
    descriptor = os.open(IGNORE_FILE, OPEN_SAFELY, dir_fd=parent)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no Path
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BadIgnoreFile("it is not a regular file")
        content = file.read(MAX_IGNORE_BYTES + 1)
    lines = content.decode("utf-8-sig", "replace").splitlines()
    if len(content) > MAX_IGNORE_BYTES or len(lines) > MAX_PATTERNS:
        raise BadIgnoreFile(f"more than {MAX_IGNORE_BYTES} bytes or {MAX_PATTERNS} lines")
    try:
        return (_IgnoreFile(_text(folder + b"/" if folder else b""), lines),)
    except GitIgnorePatternError as error:
        raise BadIgnoreFile(str(error)) from error


def _is_meant(spec: GitIgnoreSpec, text: str) -> bool:
    """Whether a pattern matches the entry itself, and not only a folder that it is in."""
    folder = text.rstrip("/").rpartition("/")[0]
    return bool(spec.match_file(text)) and not (folder and spec.match_file(folder + "/"))


def _text(path: bytes) -> str:
    """The path as patterns see it: one line of text, whatever its bytes."""
    return path.decode("utf-8", "backslashreplace").replace("\n", " ")


def is_unfinished(name: bytes) -> bool:
    """Whether something is still being written under this name."""
    return name.lower().endswith(_UNFINISHED)


_UNFINISHED = tuple(suffix.encode() for suffix in UNFINISHED)
