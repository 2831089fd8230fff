"""``media versions``: every version of what is said of an image, and which one counts.

Apart from ``curation``, which writes: to read needs none of what makes derivatives.
"""

from rich.text import Text

from command_line.commands.show import one_image
from command_line.queries.tables import Record, Tables
from command_line.terminal.console import CommandError, cell, out, show_json
from media_assets.curation.version_list import made_by, short_name, versions_of
from resources.display_text import plain_text

KNOWN = "select distinct asset from versions order by asset"
LONGEST_TEXT = 300


def show_versions(image: str, asset: str | None, *, as_json: bool) -> None:
    """Print every version of what is said of the image, newest first within each asset."""
    tables = Tables.open()
    image_id = str(one_image(tables, image)["image_id"])
    if asset is not None:
        refuse_unknown(tables, asset)
    versions = versions_of(tables.records, image_id, asset)
    if as_json:
        show_json(versions)
    elif versions:
        out.print(Text(image_id, style="bold"))
        for version in versions:
            out.print(shown(version), soft_wrap=True)
    else:
        out.print(f"Nobody and no model has said anything of {image_id} yet.", markup=False)


def refuse_unknown(tables: Tables, asset: str) -> None:
    """Raise CommandError for a derivative of which no image has a version."""
    known = [str(name) for (name,) in tables.rows(KNOWN)]
    if asset not in known:
        raise CommandError(f"no image has versions of {asset!r}", hint=f"known: {', '.join(known)}")


def shown(version: Record) -> Text:
    """One version in three lines: its name and whether it counts; how it was made; what it says."""
    mark = "preferred" if version["is_preferred"] else "counts" if version["is_current"] else ""
    text = Text(f"{version['asset']} {short_name(str(version['version']))} ", style="bold")
    text.append(f"{mark}\n" if mark else "\n", style="green")
    text.append(f"  {cell(version['made_at'])}, {made_by(version)}\n", style="dim")
    says = cell(version["says"]) or f"{version['outcome']}: {cell(version['reason'])}"
    return text.append(f"  {plain_text(says, longest=LONGEST_TEXT)}")
