"""``media package``: archive packages of pictures, for places that outlive this program."""

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from command_line.commands.backup import end_with
from command_line.commands.output_file import new_output, output_folder
from command_line.commands.package_pictures import Picture, packed_pictures
from command_line.queries.selection import select_images
from command_line.queries.tables import Tables
from command_line.terminal.console import CommandError, human_bytes, out, show_json
from media_assets.media import image_recipes
from resources.configuration.file_modes import given_umask
from resources.preservation.packages.bag_writing import NewBag, PayloadFile
from resources.preservation.packages.ocfl_export import (
    OcflRoot,
    OcflUnavailable,
    refuse_without_ocfl,
)
from resources.preservation.packages.opened_package import MOST_FILES
from resources.preservation.packages.package_places import BAG_NAME
from resources.stores.open_folder import NotRegular, OpenFolder

ALL, NONE = "all", "none"


@dataclass(frozen=True)
class PackageRequest:
    """What to pack. ``together`` names one package of all; None: one for each picture."""

    selection: Sequence[str]
    folder: Path
    derivatives: str
    together: str | None
    as_ocfl: bool
    overwrite: bool


@dataclass
class Packed:
    """What was done."""

    written: int = 0
    unchanged: int = 0
    files: int = 0
    bytes: int = 0
    problems: list[str] = field(default_factory=list)


def pack(request: PackageRequest, *, as_json: bool) -> None:
    """Write the packages and say what was done. Exit code 1 on any problem."""
    chosen = chosen_derivatives(request.derivatives)
    refuse_contradiction(request)
    tables = Tables.open()
    image_ids = select_images(tables, request.selection)
    make_folder(request.folder)
    done = Packed()
    with output_folder(request.folder) as folder:
        packages = packed_pictures(tables, image_ids, chosen, done.problems)
        if request.as_ocfl:
            export_ocfl(request.folder, packages, done)
        elif request.together is None:
            for root, newest, payload in packages:
                write_package(folder, bag(root, newest, payload), request, done)
        elif all_of := list(packages):
            write_together(folder, all_of, request, done)
    tell(request.folder, done, as_json=as_json)


def make_folder(folder: Path) -> None:
    """Make the folder, unless it would be in MEDIA_HOME or a landing root. Raises CommandError."""
    places = (folder, *folder.absolute().parents)
    with output_folder(next(place for place in places if place.exists())), given_umask():
        folder.mkdir(parents=True, exist_ok=True)


def chosen_derivatives(typed: str) -> list[str]:
    """The derivatives whose files are packed. Raises CommandError for one that does not exist."""
    known = image_recipes()
    if typed in (ALL, NONE):
        return list(known) if typed == ALL else []
    names = [name.strip() for name in typed.split(",")]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise CommandError(
            f"there is no derivative {', '.join(map(repr, unknown))}",
            hint=f"all, none, or some of: {', '.join(known)}",
        )
    return [name for name in known if name in names]


def refuse_contradiction(request: PackageRequest) -> None:
    """Raise CommandError for what cannot be done together, or by this name."""
    if request.as_ocfl:
        require_ocfl()
        if request.together is not None:
            raise CommandError(
                "--ocfl keeps an object for each picture", hint="leave --together out"
            )
    name = request.together
    if name is not None and not BAG_NAME.fullmatch(name):
        raise CommandError(
            f"{name!r} is no name for a package",
            hint="use letters, digits, '.', '_' and '-', for example: --together holiday-2026",
        )


def require_ocfl() -> None:
    """Raise CommandError when the optional package is not installed."""
    try:
        refuse_without_ocfl()
    except OcflUnavailable as error:
        hint = ".venv/bin/python -m pip install -c constraints.txt -e '.[ocfl]'"
        raise CommandError(str(error), hint=hint) from error


def bag(root: str, newest_commit: str, payload: Sequence[PayloadFile]) -> NewBag:
    """The bag; its date is that of the newest row in it, so that the same rows give the same."""
    info = {
        "Bagging-Date": f"{written_at(newest_commit):%Y-%m-%d}",
        "Bag-Software-Agent": "media-assets: media package",
        "External-Description": "Pictures with all that is known of them; restore them with: "
        "media restore --from-packages",
        "External-Identifier": root,
    }
    return NewBag(root, payload, info)


def written_at(commit: str) -> datetime:
    """When a commit of rows was written, by its id."""
    return datetime.fromtimestamp(int(commit[:20]) // 1_000_000_000, UTC)


def write_together(
    folder: OpenFolder, pictures: Sequence[Picture], request: PackageRequest, done: Packed
) -> None:
    """One package of all pictures. Raises CommandError when there are too many files."""
    payload = [file for _, _, files in pictures for file in files]
    if len(payload) > MOST_FILES:
        raise CommandError(
            f"{len(payload):,} files are too many for one package; {MOST_FILES:,} are allowed",
            hint="pack them one by one (without --together), or in several parts",
        )
    newest = max(commit for _, commit, _ in pictures)
    write_package(folder, bag(str(request.together), newest, payload), request, done)


def export_ocfl(folder: Path, pictures: Iterable[Picture], done: Packed) -> None:
    """An object of the storage root per picture. Raises CommandError when it is none."""
    try:
        with OcflRoot.at(folder) as root:
            for image_id, newest, payload in pictures:
                try:
                    is_new = root.export(image_id, payload, written_at(newest))
                except OSError as error:
                    done.problems.append(f"{image_id} is not packed: {error}")
                    continue
                count(done, payload, is_new=is_new)
    except OcflUnavailable as error:
        raise CommandError(str(error), hint="name a new or empty folder") from error


def count(done: Packed, payload: Sequence[PayloadFile], *, is_new: bool) -> None:
    """Count one package that was written, or was there."""
    if not is_new:
        done.unchanged += 1
        return
    done.written += 1
    done.files += len(payload)
    done.bytes += sum(one.size_bytes for one in payload)


def write_package(folder: OpenFolder, new: NewBag, request: PackageRequest, done: Packed) -> None:
    """Write one package, unless it is there already; what goes wrong is a problem."""
    name = f"{new.root}.zip"
    try:
        if is_there(folder, name, new):
            count(done, new.payload, is_new=False)
            return
        if folder.has(name) and not request.overwrite:
            done.problems.append(
                f"{name} is there already with other content: --overwrite replaces it"
            )
            return
        with new_output(folder, name, overwrite=request.overwrite) as file:
            new.write(file)
    except (OSError, NotRegular) as error:
        done.problems.append(f"{name} is not written: {error}")
        return
    count(done, new.payload, is_new=True)


def is_there(folder: OpenFolder, name: str, new: NewBag) -> bool:
    """Whether the folder holds this very package already. Raises NotRegular, OSError."""
    if folder.size_of(name) is None:
        return False
    with folder.reading(name) as file:
        try:
            return new.is_in(file)
        except zipfile.BadZipFile:
            return False


def tell(folder: Path, done: Packed, *, as_json: bool) -> None:
    """Say what was done. Exit code 1 on any problem."""
    if as_json:
        show_json({"folder": str(folder), **vars(done)})
    else:
        packages = "1 package" if done.written == 1 else f"{done.written:,} packages"
        out.print(
            f"{packages} written to {folder}: {done.files:,} files, {human_bytes(done.bytes)}. "
            f"Already there: {done.unchanged:,}.",
            markup=False,
        )
    end_with(done.problems)
