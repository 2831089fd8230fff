"""``media backup`` and ``media restore``."""

from pathlib import Path
from typing import Annotated

import typer

from command_line.interface.examples import examples

app = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")]


@app.command(
    epilog=examples(
        "media backup /mnt/disk/media-backup",
        note="Run it again to bring the backup up to date. Any tool can check it, in that folder: "
        "sha256sum --check --quiet manifest-sha256.txt",
    )
)
def backup(
    folder: Annotated[
        Path, typer.Argument(help="An empty folder, or an earlier backup of this home.")
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Also check the bytes of what was backed up earlier.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Back up originals, derivatives, rows, settings, Dagster's storage; the service may run."""
    from command_line.commands.backup import make_backup

    make_backup(folder, check=check, as_json=as_json)


@app.command(
    epilog=examples(
        "media --home /srv/media restore /mnt/disk/media-backup",
        "media --home /srv/media restore /mnt/disk/media-backup --with-settings",
    )
)
def restore(
    folder: Annotated[Path, typer.Argument(help="The folder of a backup.")],
    with_settings: Annotated[
        bool | None,
        typer.Option(
            "--with-settings/--without-settings",
            help="Whether to bring its settings and users too; they are shown, and you are asked.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a home from a backup, each file checked, and make the tables again."""
    from command_line.commands.restore import restore_backup

    restore_backup(folder, with_settings=with_settings, as_json=as_json)
