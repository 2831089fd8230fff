"""``media versions``: every version of what is said of an image, and which one counts.

Apart from ``curation``, which writes: to read needs none of what makes derivatives.
"""

import json
from collections.abc import Mapping

from rich.text import Text

from command_line.commands.show import one_image
from command_line.queries.tables import Record, Tables
from command_line.terminal.console import CommandError, cell, out, show_json
from resources.display_text import plain_text

VERSIONS = """
select * from versions
where image_id = ? and (? is null or asset = ?)
order by asset, version desc
"""
KNOWN = "select distinct asset from versions order by asset"
SHORT = ("model", "space", "seed")
"""Parameters that are shown of a version; --json has them all."""

LONGEST_TEXT = 300


def show_versions(image: str, asset: str | None, *, as_json: bool) -> None:
    """Print every version of what is said of the image, newest first within each asset."""
    tables = Tables.open()
    image_id = str(one_image(tables, image)["image_id"])
    if asset is not None:
        refuse_unknown(tables, asset)
    versions = versions_of(tables, image_id, asset)
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


def versions_of(tables: Tables, image_id: str, asset: str | None) -> list[Record]:
    """The versions with what each says, parameters taken apart."""
    records = tables.records(VERSIONS, [image_id, asset, asset])
    said = {
        name: contents(tables, name, image_id)
        for name in dict.fromkeys(str(record["asset"]) for record in records)
    }
    return [
        {
            **record,
            "parameters": json.loads(str(record["parameters"] or "{}")),
            "says": said[str(record["asset"])].get(str(record["version"])),
        }
        for record in records
    ]


def contents(tables: Tables, asset: str, image_id: str) -> Mapping[str, object]:
    """Version -> the asset's own columns, those that say nothing left out."""
    schema = "curation" if asset == "human_record" else "image"
    rows = tables.records(
        f'select * from {schema}_history."{asset}" where image_id = ?',  # noqa: S608 - a name from our own recipes
        [image_id],
    )
    envelope = tables.rows("describe artifact_rows")
    common = {"image_id", *(str(name) for name, *_ in envelope)}
    return {
        f"{row['_seq']}-{row['_row']}": {
            name: value
            for name, value in row.items()
            if name not in common and value not in (None, [], "", False)
        }
        if asset != "human_record"
        else said_by_people(row)
        for row in rows
    }


def said_by_people(row: Record) -> dict[str, object]:
    """Field -> its values, or "removed", of one human record."""
    fields = row["fields"]
    return {
        str(field["name"]): "removed" if field["is_deleted"] else field["values"]
        for field in (fields if isinstance(fields, list) else [])
    }


def shown(version: Record) -> Text:
    """One version in three lines: its name and whether it counts; how it was made; what it says."""
    mark = "preferred" if version["is_preferred"] else "counts" if version["is_current"] else ""
    text = Text(f"{version['asset']} {short_name(str(version['version']))} ", style="bold")
    text.append(f"{mark}\n" if mark else "\n", style="green")
    text.append(f"  {cell(version['made_at'])}, {made_by(version)}\n", style="dim")
    says = cell(version["says"]) or f"{version['outcome']}: {cell(version['reason'])}"
    return text.append(f"  {plain_text(says, longest=LONGEST_TEXT)}")


def made_by(version: Record) -> str:
    """Person, or engine with model, prompt, run and seconds, as far as there are such."""
    if version["edited_by"]:
        note = f" ({version['note']})" if version["note"] else ""
        return plain_text(f"{version['edited_by']}{note}")
    parameters = version["parameters"]
    known: Mapping[str, object] = parameters if isinstance(parameters, dict) else {}
    parts = [f"{version['engine']} {str(version['engine_version']).split(',')[0]}"]
    parts += [f"{name} {plain_text(str(known[name]))}" for name in SHORT if known.get(name)]
    parts += [
        f"{name.removesuffix('_sha256')} {str(value)[:8]}"
        for name, value in known.items()
        if name.endswith("sha256") and value
    ]
    parts.append(f"{float(str(version['seconds'] or 0)):.2f} s, run {str(version['run_id'])[:8]}")
    return ", ".join(parts)


def short_name(version: str) -> str:
    """The part of a version's name that tells it from the image's other versions."""
    return version.split("-", 1)[1]
