"""``media user``: who may open the web UI, and whether they may change things there."""

import getpass
import re
import sys
from typing import Annotated

import typer

from command_line.interface.examples import examples
from command_line.terminal.console import CommandError, out, show_json, show_records
from web.guard.users import NAME, Role, WebUserError, WebUsers

users_app = typer.Typer(
    no_args_is_help=True,
    help="Who may open the web UI. As soon as one user is added, everybody has to log in.",
)


def kept_users() -> WebUsers:
    """The users of the chosen MEDIA_HOME."""
    from resources.configuration.settings import Settings

    return WebUsers(Settings().media_home)


@users_app.command(
    epilog=examples(
        "media user add anna --role editor",
        "pass show media | media user add ben --password-stdin",
    )
)
def add(
    name: Annotated[str, typer.Argument(help="Letters, digits and . _ @ -")],
    role: Annotated[
        Role, typer.Option(help="A viewer looks; an editor also changes things.")
    ] = Role.VIEWER,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Add a user, or give one a new password and role. It takes effect without a restart."""
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


@users_app.command("list", epilog=examples("media user list"))
def list_users(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document for machines.")
    ] = False,
) -> None:
    """List the users and their roles."""
    try:
        rows = [
            {"name": name, "role": user.role.value} for name, user in kept_users().all().items()
        ]
    except WebUserError as error:
        raise CommandError(str(error)) from error
    if as_json:
        show_json(rows)
    else:
        show_records(rows, empty="No users: the web UI has no login and listens here only.")


@users_app.command(epilog=examples("media user remove ben"))
def remove(
    name: Annotated[str, typer.Argument(help="The name, as media user list shows it.")],
) -> None:
    """Remove a user at once. After the last one nobody can log in until one is added."""
    users = kept_users()
    try:
        users.remove(name)
        is_empty = not users.all()
    except WebUserError as error:
        raise CommandError(str(error)) from error
    out.print(f"{name} is removed", markup=False)
    if is_empty:
        out.print(f"nobody can log in now; without a login again: delete {users.file}")
