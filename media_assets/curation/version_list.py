"""The versions of what is said of an image: which there are, what each says, and which was meant.

For the command line and the pages alike. To read them needs none of what makes derivatives.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from resources.display_text import plain_text

VERSIONS = """
select * from versions
where image_id = ? and (? is null or asset = ?)
order by asset, version desc
"""
BY_PEOPLE = "human_record"
SHORT = ("model", "space", "seed")
"""Parameters that are shown of a version; --json has them all."""

Record = dict[str, Any]
Ask = Callable[[str, Sequence[object]], Sequence[Record]]
"""The rows of a query with these values, each by column name, on the tables."""


class NoSuchVersion(ValueError):
    """What was named is no version to choose; ``hint`` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def versions_of(ask: Ask, image_id: str, asset: str | None) -> list[Record]:
    """The versions with what each says, parameters taken apart; newest first within each asset."""
    records = ask(VERSIONS, [image_id, asset, asset])
    said = {
        name: contents(ask, name, image_id)
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


def contents(ask: Ask, asset: str, image_id: str) -> Mapping[str, object]:
    """Version -> the asset's own columns, those that say nothing left out."""
    schema = "curation" if asset == BY_PEOPLE else "image"
    rows = ask(
        f'select * from {schema}_history."{asset}" where image_id = ?',  # noqa: S608 - a name from our own recipes
        [image_id],
    )
    envelope = ask("describe artifact_rows", [])
    common = {"image_id", *(str(column["column_name"]) for column in envelope)}
    return {
        f"{row['_seq']}-{row['_row']}": {
            name: value
            for name, value in row.items()
            if name not in common and value not in (None, [], "", False)
        }
        if asset != BY_PEOPLE
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


def made_by(version: Record) -> str:
    """Person, or engine with model, prompt, run and seconds, as far as there are such."""
    if version["edited_by"]:
        note = f" ({version['note']})" if version["note"] else ""
        return plain_text(f"{version['edited_by']}{note}")
    parts = [engine_of(version)]
    parts.append(f"{float(str(version['seconds'] or 0)):.2f} s, run {str(version['run_id'])[:8]}")
    return ", ".join(parts)


def engine_of(version: Record) -> str:
    """The engine with its version, model and prompt, as far as there are such."""
    parameters = version["parameters"]
    known: Mapping[str, object] = parameters if isinstance(parameters, dict) else {}
    parts = [f"{version['engine']} {str(version['engine_version']).split(',')[0]}"]
    parts += [f"{name} {plain_text(str(known[name]))}" for name in SHORT if known.get(name)]
    parts += [
        f"{name.removesuffix('_sha256')} {str(value)[:8]}"
        for name, value in known.items()
        if name.endswith("sha256") and value
    ]
    return ", ".join(parts)


def one_version(versions: Sequence[Record], name: str) -> Record:
    """The usable version of this name, whole or short. Raises NoSuchVersion for none or several."""
    found = [one for one in versions if name in names_of(str(one["version"]))]
    hint = "see them with: media versions IMAGE"
    if len(found) != 1:
        problem = "several versions are" if found else "no version is"
        raise NoSuchVersion(f"{problem} named {name!r}", f"{hint} (or name its --asset)")
    if not is_choosable(found[0]):
        if found[0]["asset"] == BY_PEOPLE:
            raise NoSuchVersion(
                "what people say is not chosen among versions", "change it with: media edit"
            )
        raise NoSuchVersion(f"{name} says nothing: it is {found[0]['outcome']}", hint)
    return found[0]


def is_choosable(version: Record) -> bool:
    """Whether somebody may prefer it: it says something, and no person said it."""
    return version["outcome"] in ("ok", "degraded") and version["asset"] != BY_PEOPLE


def names_of(version: str) -> tuple[str, str, str]:
    """What a version may be called: its whole name, the short one, or only its digits."""
    short = short_name(version)
    return version, short, short.split("-", 1)[0]


def short_name(version: str) -> str:
    """The part of a version's name that tells it from the image's other versions."""
    return version.split("-", 1)[1]
