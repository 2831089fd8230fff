"""``media fixity``: whether the bytes of what is kept are still those that were recorded."""

from pathlib import Path
from typing import Annotated

import typer

from command_line.interface.examples import examples

fixity_app = typer.Typer(
    no_args_is_help=True,
    help="Check that files still have the bytes whose SHA-256 was recorded.",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")]


@fixity_app.command(epilog=examples("media fixity status"))
def status(as_json: Json = False) -> None:
    """How many files were checked, when, and which are not intact."""
    from command_line.commands.fixity import show_coverage

    show_coverage(as_json=as_json)


@fixity_app.command(
    epilog=examples(
        "media fixity check holiday-2026",
        "media fixity check --all --originals",
        note="Exit code 1 when a file is not intact. The service checks a part of all files every "
        "hour by itself (setting fixity.days).",
    )
)
def check(
    selections: Annotated[
        list[str] | None, typer.Argument(help="Ids, names, wildcards or batches.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All files that are kept.")] = False,
    originals: Annotated[bool, typer.Option("--originals", help="Originals only.")] = False,
    as_json: Json = False,
) -> None:
    """Read files and compare them with their recorded SHA-256, now."""
    from command_line.commands.fixity import check_now

    check_now(selections or [], everything=everything, originals=originals, as_json=as_json)


@fixity_app.command(
    epilog=examples(
        "media fixity restore img_4123-3f2a9c41b7de --from /mnt/disk/IMG_4123.JPG",
        "media fixity restore img_4123-3f2a9c41b7de --from /mnt/disk/media-backup",
        note="The damaged file is kept in the folder quarantine of the home.",
    )
)
def restore(
    image: Annotated[str, typer.Argument(help="The id of the image, or its beginning.")],
    copy: Annotated[Path, typer.Option("--from", help="A file with its bytes, or a backup.")],
) -> None:
    """Put an intact copy in the place of a damaged or missing original."""
    from command_line.commands.fixity import restore_from

    restore_from(image, copy)
