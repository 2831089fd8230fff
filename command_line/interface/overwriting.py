"""The option of every command that writes a file where its user asks for it."""

from typing import Annotated

import typer

Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace a file that is there already.")
]
