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
    """The original, the sidecars, and the files of the chosen derivatives; see package_places."""
    made = (file for asset in chosen for file in derivative_files(home, rows, asset))
    return [original_file(home, rows), *sidecar_files(home, rows), *made]


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


def derivative_files(home: Path, rows: PackedRows, asset: str) -> Iterator[PayloadFile]:
    """Every file that a derivative ever had, each once.

    Those of the newest version are named by their role; older ones have the beginning of their
    SHA-256 in their name.
    """
    table = rows.tables.get(image_recipes()[asset].table)
    versions = [row["files"] for row in table.rows(named=True)] if table is not None else []
    seen = set()
    for number, files in enumerate(filter(None, reversed(versions))):
        for file in files:
            suffix = PurePosixPath(file["path"]).suffix
            older = f"-{file['sha256'][:12]}" if number else ""
            if file["path"] not in seen:
                name = f"{rows.image_id}/derivatives/{asset}/{file['role']}{older}{suffix}"
                yield derivative_file(home, name, file)
            seen.add(file["path"])


def derivative_file(home: Path, name: str, file: Row) -> PayloadFile:
    """One file that was made."""
    path = os.fsencode(home / file["path"])
    return PayloadFile(name, file["sha256"], file["size_bytes"], lambda: open_file(home, path))
