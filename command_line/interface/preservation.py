"""``media backup``, ``media restore`` and ``media package``."""

from pathlib import Path
from typing import Annotated

import typer

from command_line.interface.examples import examples
from command_line.interface.overwriting import Overwrite

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
        "media --home /srv/media restore --from-packages /mnt/archive",
    )
)
def restore(
    folder: Annotated[Path, typer.Argument(help="The folder of a backup, or of packages.")],
    from_packages: Annotated[
        bool,
        typer.Option("--from-packages", help="It holds archive packages, made by media package."),
    ] = False,
    with_settings: Annotated[
        bool | None,
        typer.Option(
            "--with-settings/--without-settings",
            help="Whether to bring its settings and users too; they are shown, and you are asked.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a home from a backup or packages, each file checked, and make the tables again."""
    from command_line.commands.restore import restore_backup, restore_from_packages

    if from_packages:
        restore_from_packages(folder, with_settings=with_settings, as_json=as_json)
    else:
        restore_backup(folder, with_settings=with_settings, as_json=as_json)


@app.command(
    epilog=examples(
        "media package holiday-2026 --to /mnt/archive",
        "media package dunes-3f2a 'img_41*' --to /mnt/archive --derivatives viewing_copy",
        "media package holiday-2026 --to /mnt/archive --together holiday-2026",
        "media package holiday-2026 --to /mnt/ocfl --ocfl",
        note="SELECTION is as in media reprocess. What is there already is left as it is.",
    )
)
def package(
    selection: Annotated[
        list[str], typer.Argument(help="Pictures: ids, names, patterns, batches, or SQL.")
    ],
    to: Annotated[Path, typer.Option("--to", help="The folder in which packages are kept.")],
    together: Annotated[
        str | None, typer.Option(help="Write one package of all, of this name.")
    ] = None,
    derivatives: Annotated[
        str,
        typer.Option(help="Whose files are packed: all, none, or names with commas between."),
    ] = "all",
    ocfl: Annotated[
        bool, typer.Option("--ocfl", help="Instead keep them as objects of OCFL 1.1 there.")
    ] = False,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Pack pictures with all that is known of them: a BagIt bag in a ZIP for each.

    In it: the original bit for bit, what was made of it, PREMIS, Dublin Core, JSON, and all rows.
    """
    from command_line.commands.package import PackageRequest, pack

    pack(PackageRequest(selection, to, derivatives, together, ocfl, overwrite), as_json=as_json)
