"""``media prefer`` and ``edit``: what people say of an image, and which version counts."""

from collections.abc import Sequence

from command_line.commands.repair import launch_requests, refuse_without_parts
from command_line.commands.show import one_image
from command_line.queries.tables import Tables
from command_line.terminal.console import CommandError, out, show_json
from media_assets.curation.human_record import Edit, edit_record
from media_assets.curation.person import person
from media_assets.curation.preference import Preference, prefer
from media_assets.curation.version_list import (
    NoSuchVersion,
    Record,
    one_version,
    short_name,
    versions_of,
)
from media_assets.media import all_media
from resources.configuration.settings import Settings
from resources.metadata.catalogue_fields import FieldError, field_named, typed_values
from resources.rows.row_store import RowStore
from resources.sources.selected import Selected

NEWEST = "newest"
"""Typed in place of a version: no preference any more."""


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
        found = named_version(versions_of(tables.records, image_id, asset), version)
        chosen_asset, chosen = str(found["asset"]), str(found["version"])
    settings = Settings()
    if part is not None:
        refuse_without_parts([all_media()["image"]], {"image": [chosen_asset]})
    preference = Preference(image_id, chosen_asset, chosen, person(settings), note, part)
    prefer(RowStore(settings.media_home.rows), preference)
    done = f"{image_id}: {chosen_asset} {short_name(chosen) if chosen else NEWEST} counts"
    renew(image_id, done, run=run, as_json=as_json)


def named_version(versions: Sequence[Record], name: str) -> Record:
    """The usable version of this name. Raises CommandError for none or several."""
    try:
        return one_version(versions, name)
    except NoSuchVersion as error:
        raise CommandError(str(error), hint=error.hint) from error


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
