"""Whether a MEDIA_HOME may be obeyed: its settings name folders, models, programs and addresses.

As git does with safe.directory: a home that belongs to somebody else, or that everybody may change,
is refused until the user has said that it may be used. That is kept outside of the home, in the
user's own configuration, so that no home can trust itself.
"""

import json
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

OBEYED = ("", "settings.toml", "users.json", "dagster", "dagster/dagster.yaml", "models", "rows")
"""What of a home decides what is done, "" being the home itself."""

ROOT = 0


class UntrustedHome(Exception):
    """The home is not the user's own; the message says why, ``home`` which it is."""

    def __init__(self, home: Path, reasons: list[str]) -> None:
        super().__init__(f"{home} is not obeyed: {'; '.join(reasons)}")
        self.home = home


def refuse_untrusted(home: Path) -> None:
    """Raise UntrustedHome unless the home is ours alone to change, or the user trusts it."""
    reasons = list(dangers(home))
    if reasons and home.resolve() not in trusted_homes():
        raise UntrustedHome(home, reasons)


def dangers(home: Path) -> Iterator[str]:
    """Why others could change what the home makes us do; nothing for one that is not there yet."""
    for name in OBEYED:
        place = home / name if name else home
        for path in dict.fromkeys((place, place.resolve())):
            with suppress(FileNotFoundError, NotADirectoryError):
                yield from dangers_of(path, path.lstat())
    for folder in home.resolve().parents:
        with suppress(FileNotFoundError):
            mode = folder.stat().st_mode
            if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
                yield f"everybody may exchange what is in {folder}"


def dangers_of(path: Path, status: os.stat_result) -> Iterator[str]:
    """What is wrong with the owner and the mode of one file, folder or link."""
    if status.st_uid not in owners():
        yield f"{path} belongs to {user_name(status.st_uid)}"
    if status.st_mode & stat.S_IWOTH and not stat.S_ISLNK(status.st_mode):
        yield f"everybody may change {path}"


def owners() -> set[int]:
    """User ids whose files are obeyed: our own, root's, and under sudo those of who called it."""
    found = {os.geteuid(), ROOT}
    caller = os.environ.get("SUDO_UID", "")
    if os.geteuid() == ROOT and caller.isdecimal():
        found.add(int(caller))
    return found


def user_name(user: int) -> str:
    """A name for people; the number where the system knows none."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def trust(home: Path) -> Path:
    """Remember that this home may be used as it is; return the file that says so."""
    file = trust_file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    homes = sorted({*map(str, trusted_homes()), str(home.resolve())})
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    partial.write_text(json.dumps(homes, indent=1) + "\n")
    partial.chmod(0o600)
    partial.replace(file)
    return file


def trusted_homes() -> frozenset[Path]:
    """The homes that this user trusts. A file that others could have written counts for nothing."""
    file = trust_file()
    try:
        status = file.stat()
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return frozenset()
    is_ours = status.st_uid in (os.geteuid(), ROOT) and not status.st_mode & 0o022
    return frozenset(map(Path, found)) if is_ours and isinstance(found, list) else frozenset()


def trust_file() -> Path:
    """In the user's configuration: $XDG_CONFIG_HOME or ~/.config (XDG Base Directory)."""
    named = os.environ.get("XDG_CONFIG_HOME", "")
    own = os.path.expanduser("~/.config")  # noqa: PTH111 - Path's raises without a home
    folder = named if named.startswith("/") else own
    return Path(folder, "media-assets", "trusted_homes.json")
