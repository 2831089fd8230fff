"""``media versions``, ``prefer`` and ``edit``: what was said of an image, and what counts."""

import getpass
import json
import os
from collections.abc import Mapping, Sequence

from rich.text import Text

from command_line.commands.repair import launch_requests, refuse_without_parts
from command_line.commands.show import one_image
from command_line.queries.selection import Selected
from command_line.queries.tables import Record, Tables
from command_line.terminal.console import CommandError, cell, out, show_json
from media_assets.curation.human_record import Edit, edit_record
from media_assets.curation.preference import Preference, prefer
from media_assets.media import all_media
from resources.configuration.settings import Settings
from resources.display_text import plain_text
from resources.metadata.catalogue_fields import FieldError, field_named, typed_values
from resources.rows.row_store import RowStore

NEWEST = "newest"
"""Typed in place of a version: no preference any more."""

VERSIONS = """
select * from versions
where image_id = ? and (? is null or asset = ?)
order by asset, version desc
"""
SHORT = ("model", "space", "seed")
"""Parameters that are shown of a version; --json has them all."""

LONGEST_TEXT = 300


def show_versions(image: str, asset: str | None, *, as_json: bool) -> None:
    """Print every version of what is said of the image, newest first within each asset."""
    tables = Tables.open()
    image_id = str(one_image(tables, image)["image_id"])
    versions = versions_of(tables, image_id, asset)
    if as_json:
        show_json(versions)
    elif versions:
        out.print(Text(image_id, style="bold"))
        for version in versions:
            out.print(shown(version), soft_wrap=True)
    else:
        out.print(f"Nobody and no model has said anything of {image_id} yet.", markup=False)


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


def prefer_version(
    image: str,
    version: str,
    *,
    asset: str | None,
    note: str | None,
    part: int | None,
    run: bool,
    as_json: bool,
) -> None:
    """Let this version count from now on. Raises CommandError when it is not one to choose."""
    tables = Tables.open()
    image_id = str(one_image(tables, image)["image_id"])
    if version == NEWEST:
        if asset is None:
            raise CommandError("newest of what?", hint="name it: --asset caption")
        chosen_asset, chosen = asset, None
    else:
        found = one_version(versions_of(tables, image_id, asset), version)
        chosen_asset, chosen = str(found["asset"]), str(found["version"])
    settings = Settings()
    if part is not None:
        refuse_without_parts([all_media()["image"]], {"image": [chosen_asset]})
    preference = Preference(image_id, chosen_asset, chosen, person(settings), note, part)
    prefer(RowStore(settings.media_home.rows), preference)
    done = f"{image_id}: {chosen_asset} {short_name(chosen) if chosen else NEWEST} counts"
    renew(image_id, done, run=run, as_json=as_json)


def one_version(versions: Sequence[Record], name: str) -> Record:
    """The usable version of this name, whole or short. Raises CommandError for none or several."""
    found = [one for one in versions if name in names_of(str(one["version"]))]
    hint = "see them with: media versions IMAGE"
    if len(found) != 1:
        problem = "several versions are" if found else "no version is"
        raise CommandError(f"{problem} named {name!r}", hint=f"{hint} (or name its --asset)")
    if found[0]["outcome"] not in ("ok", "degraded"):
        raise CommandError(f"{name} says nothing: it is {found[0]['outcome']}", hint=hint)
    if found[0]["asset"] == "human_record":
        raise CommandError(
            "what people say is not chosen among versions", hint="change it with: media edit"
        )
    return found[0]


def names_of(version: str) -> tuple[str, str, str]:
    """What a version may be called: its whole name, the short one, or only its digits."""
    short = short_name(version)
    return version, short, short.split("-", 1)[0]


def edit_image(
    image: str,
    fields: Sequence[str],
    deletions: Sequence[str],
    *,
    note: str | None,
    run: bool,
    as_json: bool,
) -> None:
    """Record what a person says of the image. Raises CommandError for what no field can hold."""
    changes = parsed_changes(fields, deletions)
    if not changes:
        raise CommandError(
            "nothing to change", hint='for example: media edit IMAGE --field title="The old mill"'
        )
    settings = Settings()
    image_id = str(one_image(Tables.open(), image)["image_id"])
    edit = Edit(changes, person(settings), note)
    version = edit_record(settings.media_home, image_id, edit)
    done = f"{image_id}: {', '.join(changes)} as {edit.edited_by} says ({short_name(version)})"
    renew(image_id, done, run=run, as_json=as_json)


def parsed_changes(
    fields: Sequence[str], deletions: Sequence[str]
) -> dict[str, Sequence[str] | None]:
    """The changes that were typed as name=value, and the names to delete."""
    typed: dict[str, list[str]] = {}
    for text in fields:
        name, equals, value = text.partition("=")
        if not equals:
            raise CommandError(f"{text!r} is no field", hint='write it like title="The old mill"')
        typed.setdefault(name.strip(), []).append(value)
    try:
        changes: dict[str, Sequence[str] | None] = {
            name: typed_values(name, values) for name, values in typed.items()
        }
        for name in deletions:
            field_named(name)
    except FieldError as error:
        raise CommandError(str(error)) from error
    if both := sorted(changes.keys() & set(deletions)):
        raise CommandError(f"{', '.join(both)}: either a new value or a deletion, not both")
    return changes | dict.fromkeys(deletions)


def person(settings: Settings) -> str:
    """Who sits here: the setting curation.user, else the name that the system knows."""
    if settings.curation.user:
        return settings.curation.user
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for this user id
        return f"user {os.getuid()}"


def renew(image_id: str, done: str, *, run: bool, as_json: bool) -> None:
    """Bring the catalogue record and what is made from it up to date, and say so."""
    image = [Selected("image", image_id)]
    record = {"image": ["catalogue_record"]}
    lines = launch_requests(image, assets=record, force=False) if run else []
    if as_json:
        show_json({"image_id": image_id, "done": done, "runs": lines})
        return
    out.print(done, markup=False)
    for line in lines:
        out.print(line, markup=False)
