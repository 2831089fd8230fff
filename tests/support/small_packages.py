"""Archive packages of a few bytes, good ones and such as an attacker would make."""

import copy
import hashlib
import os
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from resources.landing.sidecar_links import SIDECAR_FILES
from resources.preservation.packages.bag_writing import NewBag, PayloadFile, document
from resources.preservation.packages.package_places import stored_place
from resources.rows.row_envelope import asserted_envelope, envelope
from resources.rows.table import Table
from resources.sources.source_rows import ORIGINAL, SIGHTING

CAPTION = Table(
    "image/caption", pl.Schema({**envelope(), "caption": pl.String()}), ("image_id",), "Said of it."
)
TABLES = (ORIGINAL, SIGHTING, SIDECAR_FILES, CAPTION)
PICTURE = b"a picture"
LANDED = datetime(2026, 5, 14, 18, 30, tzinfo=UTC)

Line = tuple[str, dict[str, Any]]


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def id_of(name: str, content: bytes = PICTURE) -> str:
    return f"{name}-{sha256_of(content)[:12]}"


def commit_of(content: bytes) -> str:
    """Pictures come in commits of their own."""
    return f"01796121978431882975-{sha256_of(content)[:8]}"


def original_row(name: str = "dunes", content: bytes = PICTURE, **other: object) -> Line:
    sha256 = sha256_of(content)
    return ORIGINAL.name, {
        "image_id": id_of(name, content),
        "sha256": sha256,
        "file_name": f"{name}.png",
        "mode": "move",
        "path": os.fsencode(stored_place("originals", sha256, ".png")),
        "size_bytes": len(content),
        "root": "landing",
        "batch": "small",
        "landed_at": LANDED,
        "_seq": commit_of(content),
        "_row": 0,
        "_run_id": "chunk",
        **other,
    }


def caption_row(name: str = "dunes", content: bytes = PICTURE, **other: object) -> Line:
    made = asserted_envelope("builtin", image_id=id_of(name, content), fingerprint="f")
    named = {"caption": "Sand.", "_seq": commit_of(content), "_row": 1, "_run_id": "run"}
    return CAPTION.name, {**made, **named, **other}


def lines(*rows: Line) -> bytes:
    encoded = [msgspec.json.encode({"table": table, "row": row}) for table, row in rows]
    return b"\n".join([*encoded, b""])


def payload(
    *rows: Line, name: str = "dunes", content: bytes = PICTURE, files: Mapping[str, bytes] = {}
) -> list[PayloadFile]:
    """The files of a picture with these rows; without any, its two usual ones."""
    told = rows or (original_row(name, content), caption_row(name, content))
    kept = {"original.png": content, "rows.jsonl": lines(*told), **files}
    return [document(f"{id_of(name, content)}/{place}", one) for place, one in kept.items()]


def write_package(folder: Path, files: list[PayloadFile], root: str = "dunes") -> Path:
    folder.mkdir(exist_ok=True)
    target = folder / f"{root}.zip"
    with target.open("wb") as file:
        NewBag(root, files, {"External-Identifier": root}).write(file)
    return target


def good_package(folder: Path, name: str = "good") -> Path:
    """A package with which nothing is wrong."""
    content = f"picture of {name}".encode()
    return write_package(folder, payload(name=name, content=content), name)


Entries = list[tuple[zipfile.ZipInfo, bytes]]


def changed_zip(path: Path, change: Callable[[Entries], Entries]) -> None:
    """Write the ZIP again with other entries."""
    with zipfile.ZipFile(path) as archive:
        entries = [(one, archive.read(one)) for one in archive.infolist()]
    entries = change([(copy.copy(one), content) for one, content in entries])
    with zipfile.ZipFile(path, "w") as archive:
        for one, content in entries:
            archive.writestr(one, content, one.compress_type)
