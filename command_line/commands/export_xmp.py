"""``media export --xmp DIR``: an XMP sidecar per picture, in a folder of its own.

Never beside originals: a folder that holds a landing root, our own files or any picture of these
names is refused before a byte is written, and so is a file there that is not an earlier export;
those are replaced with ``--overwrite``.
Below DIR the folders are those of the landing roots, so that the sidecars can be laid over a copy.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from command_line.commands.export import asked, condition
from command_line.commands.output_file import new_output, output_folder
from command_line.queries.tables import QueryError, Record
from command_line.terminal.console import CommandError, out
from resources.configuration.file_modes import given_umask
from resources.configuration.settings import Settings
from resources.landing.roots import located, overlap
from resources.landing.sidecar_names import SIDECAR_SUFFIX
from resources.metadata.xmp_writing import is_written_here, xmp_packet
from resources.stores.open_folder import NotRegular, OpenFolder

RECORDS = """
select
    descriptions.*,
    images.sha256,
    (
        select list({'root': sightings.root, 'path': sightings.path_display})
        from sightings
        where sightings.image_id = images.image_id and sightings.is_latest_at_path
    ) as places
from images
inner join descriptions on images.image_id = descriptions.image_id
where len(descriptions.sources) > 0 and
"""

SUFFIX = SIDECAR_SUFFIX.decode()
LONGEST_NAME = 240
"""Bytes of a file name, with room for a suffix; file systems allow 255."""

MOST_SIDECAR_BYTES = 64 * 1024
"""So much of a file that is there already is read to see who wrote it."""


@dataclass(frozen=True)
class NewSidecar:
    """One file to be written."""

    name: str
    content: bytes


def export_sidecars(folder: Path, *, batch: str | None, where: str | None, overwrite: bool) -> None:
    """Write the sidecars of the chosen images. Raises CommandError, with nothing written then."""
    refuse_folder(Settings(), folder)
    try:
        query = RECORDS + condition(batch, where, key="images.image_id")
        found = asked(query, is_ours=where is None)
    except QueryError as error:
        raise CommandError(f"cannot export: {error}") from error
    sidecars = list(sidecars_of(found.records))
    write_all(folder, sidecars, overwrite=overwrite)
    out.print(
        f"{len(sidecars):,} sidecars of {len(found.rows):,} images written to {folder}",
        markup=False,
    )


def write_all(folder: Path, sidecars: Sequence[NewSidecar], *, overwrite: bool) -> None:
    """Write the files, none of them before all may be written. Raises CommandError."""
    with given_umask():
        folder.mkdir(parents=True, exist_ok=True)
    with output_folder(folder) as opened:
        for sidecar in sidecars:
            refuse_target(opened, sidecar.name)
        if not overwrite and (old := next(existing(opened, sidecars), None)):
            raise CommandError(f"{folder / old} is there already", hint="replace it: --overwrite")
        for sidecar in sidecars:
            with new_output(opened, sidecar.name, overwrite=overwrite) as file:
                file.write(sidecar.content)


def existing(folder: OpenFolder, sidecars: Sequence[NewSidecar]) -> Iterator[str]:
    """The names of those that are there already."""
    return (one.name for one in sidecars if folder.size_of(one.name) is not None)


def refuse_folder(settings: Settings, folder: Path) -> None:
    """Raise CommandError when the folder overlaps one in which originals or our own files lie."""
    real = folder.expanduser().resolve()
    if real.exists() and not real.is_dir():
        raise CommandError(f"{folder} is no folder", hint="name a new or empty one")
    watched = [(f"landing root {root.name!r}", located(root)) for root in settings.roots]
    for what, other in [*watched, ("this system's own folder", settings.home)]:
        if overlap(real, other.resolve()):
            raise CommandError(
                f"{folder} overlaps {what} ({other}): sidecars are never put beside originals",
                hint="name a folder elsewhere; the sidecars can be copied from there",
            )


def sidecars_of(records: Iterable[Record]) -> Iterator[NewSidecar]:
    """The sidecars of records, one per place at which the picture was last seen."""
    for record in records:
        content = xmp_packet(record, f"urn:sha256:{record['sha256']}")
        places = record["places"]
        for place in places if isinstance(places, list) else []:
            yield NewSidecar(target(place), content)


def target(place: Mapping[str, str]) -> str:
    """Where below the folder the sidecar of a picture goes that was seen at this place."""
    parts = [part for part in place["path"].split("/") if part not in ("", ".", "..")]
    *parents, name = [fitting(part) for part in parts] or ["unnamed"]
    return "/".join([fitting(place["root"]), *parents, name + SUFFIX])


def fitting(part: str) -> str:
    """A part of a path, shortened when its displayable form is too long for a file name."""
    clean = part.replace("\0", "")
    if len(clean.encode()) <= LONGEST_NAME:
        return clean
    return f"{clean[:50]}-{hashlib.sha256(clean.encode()).hexdigest()[:12]}"


def refuse_target(folder: OpenFolder, name: str) -> None:
    """Raise CommandError unless the file may be written: ours or new, and beside no picture."""
    picture = name.removesuffix(SUFFIX)
    try:
        if folder.has(picture):
            raise CommandError(
                f"there is a picture at {folder.path / picture}: sidecars are never put beside "
                "originals",
                hint="name a folder without pictures",
            )
        is_free = not folder.has(name) or is_ours(folder, name)
    except NotRegular as error:
        raise CommandError(str(error), hint="name a new or empty folder") from error
    if not is_free:
        raise CommandError(
            f"{folder.path / name} was not written by media export",
            hint="name a new or empty folder",
        )


def is_ours(folder: OpenFolder, name: str) -> bool:
    """Whether an earlier export wrote the file. Raises NotRegular."""
    with folder.reading(name) as file:
        return is_written_here(file.read(MOST_SIDECAR_BYTES))
