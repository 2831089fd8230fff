"""``media user``: who may open the web UI, and whether they may change things there."""

from typing import Annotated

import typer

from command_line.interface.examples import examples
from web.guard.roles import Role

users_app = typer.Typer(
    no_args_is_help=True,
    help="Who may open the web UI. As soon as one user is added, everybody has to log in.",
)


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
    from command_line.commands.users import add_user

    add_user(name, role, password_stdin=password_stdin)


@users_app.command("list", epilog=examples("media user list"))
def list_users(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document for machines.")
    ] = False,
) -> None:
    """List the users and their roles."""
    from command_line.commands import users

    users.list_users(as_json=as_json)


@users_app.command(epilog=examples("media user remove ben"))
def remove(
    name: Annotated[str, typer.Argument(help="The name, as media user list shows it.")],
) -> None:
    """Remove a user at once. After the last one nobody can log in until one is added."""
    from command_line.commands.users import remove_user

    remove_user(name)
