"""``media export``: records for other tools, or XMP sidecars."""

from pathlib import Path
from typing import Annotated

import typer

from command_line.interface.examples import examples
from command_line.interface.overwriting import Overwrite
from command_line.terminal.formats import ExportFormat

app = typer.Typer()


@app.command(
    epilog=examples(
        "media export --batch holiday-2026 -o holiday.jsonl",
        "media export --where \"format = 'tiff'\" -f parquet -o tiffs.parquet",
        "media export --xmp ~/sidecars",
    )
)
def export(
    batch: Annotated[str | None, typer.Option(help="Only this batch.")] = None,
    where: Annotated[
        str | None, typer.Option(help="Only those for which this SQL condition holds.")
    ] = None,
    medium: Annotated[
        str, typer.Option(help="The kind of sources to export, as in the table sources.")
    ] = "image",
    export_format: Annotated[
        ExportFormat, typer.Option("--format", "-f", help="How to write the records.")
    ] = ExportFormat.JSONL,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file (needed for parquet).")
    ] = None,
    overwrite: Overwrite = False,
    embedding: Annotated[
        bool,
        typer.Option("--embedding", help="Add the vectors of pictures and texts (images only)."),
    ] = False,
    xmp: Annotated[
        Path | None,
        typer.Option(
            "--xmp", help="Instead write one XMP sidecar per picture below this separate folder."
        ),
    ] = None,
) -> None:
    """Write one record per image: identity, sightings, description, text, provenance.

    With --medium, one per source of that kind: identity, sightings, children, provenance.
    """
    from command_line.commands.export import Destination, export_images, export_sources
    from command_line.commands.export_xmp import export_sidecars
    from command_line.commands.output_file import OutputFile

    target = OutputFile(output, overwrite=overwrite) if output else None
    destination = Destination(export_format, target)
    if xmp is not None:
        export_sidecars(xmp, batch=batch, where=where, overwrite=overwrite)
    elif medium != "image":
        export_sources(medium, destination, batch=batch, where=where)
    else:
        export_images(destination, batch=batch, where=where, with_embedding=embedding)
