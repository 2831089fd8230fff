"""``media trust``: the user's word that a home may be used although others could change it."""

from pathlib import Path

from command_line.terminal.console import CommandError, out
from resources.configuration.trusted_home import dangers, trust


def trust_home(home: Path) -> None:
    """Remember it, and say what for. Raises CommandError when there is no such folder."""
    if not home.is_dir():
        raise CommandError(f"{home} is no folder")
    reasons = list(dangers(home.resolve()))
    if not reasons:
        out.print(f"{home.resolve()} is yours alone to change: nothing to allow", markup=False)
        return
    file = trust(home)
    for reason in reasons:
        out.print(f"allowed: {reason}", markup=False)
    out.print(f"remembered in {file}", markup=False)
