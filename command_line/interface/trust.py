"""``media trust``, as it is typed."""

from pathlib import Path
from typing import Annotated

import typer

from command_line.interface.examples import examples

app = typer.Typer()


@app.command(
    epilog=examples(
        "media trust /srv/shared/media_home",
        note="Kept in ~/.config/media-assets/trusted_homes.json, never in the home itself.",
    )
)
def trust(
    home: Annotated[Path, typer.Argument(help="A MEDIA_HOME that others own or may change.")],
) -> None:
    """Use a home although others could change what its settings make media do."""
    from command_line.commands.trust import trust_home

    trust_home(home)
