"""``media user``: the web UI's users, kept in MEDIA_HOME."""

import getpass
import re
import sys

from command_line.terminal.console import CommandError, out, show_json, show_records
from resources.configuration.settings import Settings
from web.guard.roles import Role
from web.guard.users import NAME, WebUserError, WebUsers


def kept_users() -> WebUsers:
    """The users of the chosen MEDIA_HOME."""
    return WebUsers(Settings().media_home)


def add_user(name: str, role: Role, *, password_stdin: bool) -> None:
    """Add a user, or give one a new password and role. Raises CommandError."""
    if not re.fullmatch(NAME, name):
        raise CommandError(f"{name!r} is no user name: letters, digits and . _ @ -, at most 64")
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else asked_password(name)
    users = kept_users()
    is_first = not users.are_kept
    try:
        users.add(name, password, role)
    except WebUserError as error:
        raise CommandError(str(error)) from error
    out.print(f"{name} may log in as {role.value}", markup=False)
    if is_first:
        out.print("from now on the web UI asks everybody for a name and a password")


def asked_password(name: str) -> str:
    """The password, typed twice without being shown."""
    password = getpass.getpass(f"Password for {name}: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("the two passwords differ: nothing was changed")
    return password


def list_users(*, as_json: bool) -> None:
    """Print the users and their roles. Raises CommandError."""
    try:
        rows = [
            {"name": name, "role": user.role.value} for name, user in kept_users().all().items()
        ]
    except WebUserError as error:
        raise CommandError(str(error)) from error
    if as_json:
        show_json(rows)
    else:
        show_records(rows, empty=without_users(kept_users()))


def without_users(users: WebUsers) -> str:
    """What it means that there are none: no login, or nobody left who could log in."""
    if users.are_kept:
        return f"Nobody can log in. Without a login again: stop the service, delete {users.file}"
    return "No users: the web UI has no login and listens here only."


def remove_user(name: str) -> None:
    """Remove a user at once. Raises CommandError."""
    users = kept_users()
    try:
        users.remove(name)
        is_empty = not users.all()
    except WebUserError as error:
        raise CommandError(str(error)) from error
    out.print(f"{name} is removed", markup=False)
    if is_empty:
        out.print(without_users(users), markup=False)
