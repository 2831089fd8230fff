"""The commands by which people curate: versions, prefer, edit, reprocess. Part of ``media``."""

from typing import Annotated

import typer

from command_line.interface.examples import examples

app = typer.Typer()

Image = Annotated[str, typer.Argument(help="An image id or file name, or the start of one.")]
Asset = Annotated[
    str | None, typer.Option("--asset", help="Only this one: caption, description, ...")
]
Note = Annotated[str | None, typer.Option("--note", help="Why; kept with the decision.")]
Run = Annotated[
    bool,
    typer.Option(
        "--run/--no-run", help="Make what depends on it again now; else the service does."
    ),
]
Part = Annotated[
    int | None,
    typer.Option("--part", help="Only this numbered part of it, such as a region; else the whole."),
]
HintPart = Annotated[
    int | None,
    typer.Option("--part", help="The number of the part that the hint is about; else the whole."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")]


@app.command(epilog=examples("media versions dunes-3f2a --asset description"))
def versions(image: Image, asset: Asset = None, as_json: Json = False) -> None:
    """Show all versions of what is said of an image: by whom or what, when, and which counts."""
    from command_line.commands.versions import show_versions

    show_versions(image, asset, as_json=as_json)


@app.command(
    epilog=examples(
        "media prefer dunes-3f2a 9c41b7de", "media prefer dunes-3f2a newest --asset caption"
    )
)
def prefer(
    image: Image,
    version: Annotated[
        str, typer.Argument(help="A version as media versions shows it, or 'newest'.")
    ],
    asset: Asset = None,
    note: Note = None,
    part: Part = None,
    run: Run = True,
    as_json: Json = False,
) -> None:
    """Choose which version of a caption, description or set of tags counts."""
    from command_line.commands.curation import prefer_version

    prefer_version(image, version, asset=asset, note=note, part=part, run=run, as_json=as_json)


@app.command(
    epilog=examples(
        'media edit dunes-3f2a --field title="The old mill"',
        'media edit dunes-3f2a --field keywords="mill; river" --delete caption',
    )
)
def edit(
    image: Image,
    field: Annotated[
        list[str] | None,
        typer.Option("--field", help="name=value; several values: name=one;two, or repeat it."),
    ] = None,
    delete: Annotated[
        list[str] | None,
        typer.Option("--delete", help="Leave this field empty, even if files or models fill it."),
    ] = None,
    note: Note = None,
    run: Run = True,
    as_json: Json = False,
) -> None:
    """Say yourself what an image shows. It comes before what files and models say."""
    from command_line.commands.curation import edit_image

    edit_image(image, field or [], delete or [], note=note, run=run, as_json=as_json)


@app.command(
    epilog=examples(
        "media reprocess 'holiday-*' --asset thumbnails",
        "media reprocess dunes-3f2a img_41",
        "media reprocess dunes-3f2a9c41b7de --asset caption --hint 'Bled in 1912'",
        "media reprocess \"format = 'heic'\"",
    )
)
def reprocess(
    selection: Annotated[
        list[str],
        typer.Argument(
            help="Ids or file names or their beginnings, wildcards ('holiday-*'), batches, or an "
            "SQL condition on the columns of images, or else of sources (\"format = 'tiff'\")."
        ),
    ],
    asset: Annotated[
        list[str] | None,
        typer.Option(
            "--asset", help="Make this derivative again, and what is made from it; else all."
        ),
    ] = None,
    hint: Annotated[
        str | None, typer.Option("--hint", help="What you know; language models get it as data.")
    ] = None,
    part: HintPart = None,
    as_json: Json = False,
) -> None:
    """Make derivatives again although nothing has changed. Older versions stay in the history."""
    from command_line.commands.repair import reprocess_sources

    reprocess_sources(selection, asset or [], hint=hint, part=part, as_json=as_json)
