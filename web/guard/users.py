"""Who may open the web UI: names, roles and Argon2id hashes in ``users.json`` of MEDIA_HOME.

The file is readable by its owner alone and holds no password. As soon as it exists, also when
empty, everybody has to log in. It is read with every request: no restart.

Only a regular file of this user that nobody else may read or write is believed. Whatever else is in
its place, a link, a folder, a pipe, a file of somebody else, is an error and never "no users".
"""

import errno
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from filelock import FileLock
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from resources.configuration.media_home import MediaHome
from resources.stores.content_store import partial_name, sync_folder
from web.guard.roles import Role

NAME = r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$"
"""No colon: HTTP's Basic scheme separates name and password by one."""

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 256
"""Characters; NIST SP 800-63B asks for at least 8 and for an upper bound of at least 64."""

OWNER_ONLY = 0o600
OTHERS = 0o077
"""The bits of a mode that let anybody but the owner in."""

LARGEST_FILE = 4 * 1024**2
"""Bytes; some 20,000 users."""

RESTORE = "restore users.json from a backup, or remove it and add the users again: media user add"


class WebUserError(ValueError):
    """The users cannot be read or changed as asked; the message says why and what to do."""


class WebUser(BaseModel, frozen=True):
    """One person's role and the hash of the password, in Argon2's own text form."""

    role: Role
    password: str = Field(repr=False)


USERS = TypeAdapter(dict[str, WebUser])
HASHER = PasswordHasher()
"""Its defaults are the second recommendation of RFC 9106: 64 MiB and about 50 ms per password."""


@dataclass(frozen=True)
class WebUsers:
    """The users of one MEDIA_HOME. Every change replaces the file as a whole, under a lock."""

    home: MediaHome

    @property
    def file(self) -> Path:
        """Where they are kept."""
        return self.home.root / "users.json"

    @property
    def are_kept(self) -> bool:
        """Whether logging in is asked for: also when the file is there and cannot be read."""
        try:
            self.file.lstat()
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True

    def all(self) -> Mapping[str, WebUser]:
        """Every user by name, none without a file. Raises WebUserError for a bad one."""
        try:
            return self.read()
        except FileNotFoundError:
            return {}

    def read(self) -> Mapping[str, WebUser]:
        """Every user by name. Raises FileNotFoundError, and WebUserError for a bad file."""
        try:
            return USERS.validate_json(own_bytes(self.file))
        except FileNotFoundError:
            raise
        except ValidationError as error:
            raise WebUserError(f"users.json is damaged: {RESTORE}") from error
        except OSError as error:
            why = "is a link" if error.errno == errno.ELOOP else "cannot be read"
            raise WebUserError(f"users.json {why}: {RESTORE}") from error

    def add(self, name: str, password: str, role: Role) -> None:
        """Add a user, or give one a new password and role. Raises WebUserError."""
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise WebUserError(
                f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"
            )
        user = WebUser(role=role, password=HASHER.hash(password))
        with self._lock():
            self._write({**self.all(), name: user})

    def remove(self, name: str) -> None:
        """Remove a user. Raises WebUserError when there is none of this name."""
        with self._lock():
            users = dict(self.all())
            if users.pop(name, None) is None:
                raise WebUserError(
                    f"no user is called {name}; there are: {', '.join(users) or '-'}"
                )
            self._write(users)

    def _lock(self) -> FileLock:
        self.home.locks.mkdir(parents=True, exist_ok=True)
        return FileLock(self.home.locks / "users.lock")

    def _write(self, users: Mapping[str, WebUser]) -> None:
        content = {name: user.model_dump(mode="json") for name, user in sorted(users.items())}
        partial = partial_name(self.file)
        with open(
            partial, "x", opener=lambda path, flags: os.open(path, flags, OWNER_ONLY)
        ) as stream:
            json.dump(content, stream, indent=2)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(self.file)
        sync_folder(self.file.parent)


def own_bytes(file: Path) -> bytes:
    """The content of a regular file of this user that is closed to others.

    Nothing is followed and nothing waited for. Raises WebUserError for anything else, and OSError.
    """
    opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(opened, "rb") as stream:
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode):
            raise WebUserError(f"users.json is no regular file: {RESTORE}")
        if found.st_uid != os.geteuid():
            raise WebUserError(f"users.json belongs to another user of this machine: {RESTORE}")
        if found.st_mode & OTHERS:
            raise WebUserError("users.json is open to others: chmod 600 users.json")
        if found.st_size > LARGEST_FILE:
            raise WebUserError(f"users.json is too large: {RESTORE}")
        return stream.read(LARGEST_FILE)


def is_password_of(user: WebUser | None, password: str) -> bool:
    """Whether the password is the user's; takes as long for a user who does not exist."""
    try:
        return HASHER.verify(user.password if user else nobody(), password) and user is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def nobody() -> str:
    """The hash that the password for a wrong name is compared with; no password fits it."""
    return HASHER.hash(os.urandom(32).hex())
