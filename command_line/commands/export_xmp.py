"""``media export --xmp DIR``: an XMP sidecar per picture, in a folder of its own.

Never beside originals: a folder that holds a landing root, our own files or any picture of these
names is refused before a byte is written, and so is a file there that is not an earlier export.
Below DIR the folders are those of the landing roots, so that the sidecars can be laid over a copy.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from command_line.commands.export import asked, condition
from command_line.queries.tables import QueryError, Record
from command_line.terminal.console import CommandError, out
from resources.configuration.settings import Settings
from resources.landing.roots import located, overlap
from resources.landing.sidecar_names import SIDECAR_SUFFIX
from resources.metadata.xmp_writing import is_written_here, xmp_packet
from resources.stores.content_store import partial_name

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


@dataclass(frozen=True)
class NewSidecar:
    """One file to be written."""

    path: Path
    content: bytes


def export_sidecars(folder: Path, *, batch: str | None, where: str | None) -> None:
    """Write the sidecars of the chosen images. Raises CommandError, with nothing written then."""
    refuse_folder(Settings(), folder)
    try:
        query = RECORDS + condition(batch, where, key="images.image_id")
        found = asked(query, is_ours=where is None)
    except QueryError as error:
        raise CommandError(f"cannot export: {error}") from error
    sidecars = list(sidecars_of(folder, found.records))
    for sidecar in sidecars:
        refuse_target(folder, sidecar.path)
    for sidecar in sidecars:
        write(sidecar)
    out.print(
        f"{len(sidecars):,} sidecars of {len(found.rows):,} images written to {folder}",
        markup=False,
    )


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


def sidecars_of(folder: Path, records: Iterable[Record]) -> Iterator[NewSidecar]:
    """The sidecars of records, one per place at which the picture was last seen."""
    for record in records:
        content = xmp_packet(record, f"urn:sha256:{record['sha256']}")
        places = record["places"]
        for place in places if isinstance(places, list) else []:
            yield NewSidecar(target(folder, place), content)


def target(folder: Path, place: Mapping[str, str]) -> Path:
    """Where the sidecar of a picture goes that was seen at this place."""
    parts = [part for part in place["path"].split("/") if part not in ("", ".", "..")]
    *parents, name = [fitting(part) for part in parts] or ["unnamed"]
    return folder.expanduser().joinpath(fitting(place["root"]), *parents, name + SUFFIX)


def fitting(part: str) -> str:
    """A part of a path, shortened when its displayable form is too long for a file name."""
    clean = part.replace("\0", "")
    if len(clean.encode()) <= LONGEST_NAME:
        return clean
    return f"{clean[:50]}-{hashlib.sha256(clean.encode()).hexdigest()[:12]}"


def refuse_target(folder: Path, path: Path) -> None:
    """Raise CommandError unless the file may be written: ours or new, and beside no picture."""
    if not path.parent.resolve().is_relative_to(folder.expanduser().resolve()):
        raise CommandError(f"{path.parent} leads out of {folder}", hint="remove the link")
    if path.with_name(path.name.removesuffix(SUFFIX)).exists():
        raise CommandError(
            f"there is a picture at {path.with_name(path.name.removesuffix(SUFFIX))}: sidecars are "
            "never put beside originals",
            hint="name a folder without pictures",
        )
    if path.is_symlink() or (path.exists() and not is_written_here(path.read_bytes())):
        raise CommandError(
            f"{path} was not written by media export", hint="name a new or empty folder"
        )


def write(sidecar: NewSidecar) -> None:
    """Write one file, whole or not at all."""
    sidecar.path.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_name(sidecar.path)
    try:
        partial.write_bytes(sidecar.content)
        partial.replace(sidecar.path)
    finally:
        partial.unlink(missing_ok=True)
