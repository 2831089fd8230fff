"""The files that a picture's package holds: the original, its sidecars, what was made of it."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from media_assets.execution.derivative_rows import Row
from media_assets.media import image_recipes
from media_assets.packages.packed_rows import PackedRows
from resources.preservation.packages.bag_writing import PayloadFile
from resources.preservation.packages.package_places import ORIGINAL
from resources.sources.originals import Source, original_path, source_of_row
from resources.sources.passed_files import open_file
from resources.sources.source_identity import safe_suffix


def packed_files(home: Path, rows: PackedRows, chosen: Collection[str]) -> list[PayloadFile]:
    """The original, the sidecars, and all files of the chosen derivatives, each once.

    Names are as in ``package_places``. The file of an older version has the beginning of its
    SHA-256 in its name.
    """
    files = [original_file(home, rows), *sidecar_files(home, rows)]
    taken = {one.name for one in files}
    seen = set()
    for asset in chosen:
        for file, name in derivative_files(rows, asset):
            if (file["sha256"], PurePosixPath(file["path"]).suffix) in seen:
                continue
            seen.add((file["sha256"], PurePosixPath(file["path"]).suffix))
            folder = f"{rows.image_id}/derivatives/{asset}/"
            place = folder + next(one for one in name if folder + one not in taken)
            taken.add(place)
            files.append(derivative_file(home, place, file))
    return files


def original_file(home: Path, rows: PackedRows) -> PayloadFile:
    """The file as it landed."""
    row = rows.original
    source = source_of_row(home, row)
    name = f"{rows.image_id}/{ORIGINAL}{safe_suffix(row['path'])}"
    return PayloadFile(name, row["sha256"], row["size_bytes"], source.opened)


def sidecar_files(home: Path, rows: PackedRows) -> Iterator[PayloadFile]:
    """The sidecars, in the order of their hashes."""
    for sha256, one in sorted(rows.sidecars.items()):
        path = original_path(home, one["mode"], one["kept_at"])
        source = Source(
            rows.image_id, sha256, one["path"], path, home, size_bytes=one["size_bytes"]
        )
        name = f"{rows.image_id}/sidecars/{sha256}{safe_suffix(one['kept_at'])}"
        yield PayloadFile(name, sha256, one["size_bytes"], source.opened)


def derivative_files(rows: PackedRows, asset: str) -> Iterator[tuple[Row, tuple[str, str]]]:
    """Every file of a derivative, newest version first, and the names that it may have."""
    table = rows.tables.get(image_recipes()[asset].table)
    for row in reversed(table.rows(named=True) if table is not None else []):
        for file in row["files"] or ():
            suffix = PurePosixPath(file["path"]).suffix
            names = (file["role"] + suffix, f"{file['role']}-{file['sha256'][:12]}{suffix}")
            yield file, names


def derivative_file(home: Path, place: str, file: Row) -> PayloadFile:
    """One file that was made."""
    path = os.fsencode(home / file["path"])
    return PayloadFile(place, file["sha256"], file["size_bytes"], lambda: open_file(home, path))
