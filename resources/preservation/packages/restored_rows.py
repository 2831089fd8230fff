"""The rows of packages on their way into a new home's row store, each checked before it counts.

Rows may say what they like about a picture, and only about that one. Where they name files, these
must be files of the package: a row that could point elsewhere on this machine is refused. Rows
whose files were not packed are left out: their derivative is then missing, and is made again.
"""

import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from resources.landing.sidecar_links import SIDECAR_FILES
from resources.preservation.bag_places import sha256_in
from resources.preservation.packages.opened_package import RefusedPackage
from resources.preservation.packages.row_lines import Row, RowLines, UnreadableRow
from resources.preservation.restore_stage import RestoreRefused
from resources.rows.compaction import write_base
from resources.rows.row_files import ADDED
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.sources.source_rows import IMAGE_MEDIUM, MOVE, ORIGINAL, SIDECAR, SIGHTING

AT_ONCE = 50_000
"""Rows in memory; the others wait in files."""

RESTORED = "restored"
"""Run id of the rows that a restore adds."""

COMMIT = re.compile(r"0[0-8]\d{18}-[0-9a-f]{8}")
"""The id of a commit, before the year 2255: commits that come later must fit above it."""


@dataclass
class RestoredRows:
    """The rows of one picture by table, and those that say where referenced bytes are kept now."""

    source_id: str
    tables: dict[str, list[Row]] = field(default_factory=dict)
    moved: dict[str, Row] = field(default_factory=dict)
    left_out: int = 0


class RowReader:
    """Reads the rows of packages and refuses what they must not say."""

    def __init__(self, schemas: Mapping[str, pl.Schema]) -> None:
        self._lines = RowLines(schemas)
        self._id_columns = {table: next(iter(schema)) for table, schema in schemas.items()}

    def read(self, source_id: str, content: bytes, places: Iterable[str]) -> RestoredRows:
        """The rows of one picture whose package fills these places of a home.

        Raises RefusedPackage.
        """
        found = RestoredRows(source_id)
        kept = frozenset(places)
        originals = {str(sha256_in(one)): one for one in kept if one.startswith("originals/")}
        for line in content.removesuffix(b"\n").split(b"\n"):
            table, row = self._line(source_id, line)
            if table == ORIGINAL.name:
                refuse_original(row, originals)
            if table == SIDECAR_FILES.name:
                refuse_sidecars(row, originals)
            if all(one in kept for one in named_files(row)):
                found.tables.setdefault(table, []).append(row)
            else:
                found.left_out += 1
        for rows in found.tables.values():
            rows.sort(key=lambda row: (row["_seq"], row["_row"]))
        if not any(row["image_id"] == source_id for row in found.tables.get(ORIGINAL.name, ())):
            raise RefusedPackage(f"{source_id}: no row says what its original is")
        found.moved = moved_rows(found, originals)
        return found

    def _line(self, source_id: str, line: bytes) -> tuple[str, Row]:
        try:
            table, row = self._lines.read(line)
        except UnreadableRow as error:
            raise RefusedPackage(f"{source_id}: {error}") from error
        is_named = COMMIT.fullmatch(row["_seq"] or "") and (row["_row"] or 0) >= 0
        if not is_named or row["_row"] is None:
            raise RefusedPackage(f"{source_id}: a row of {table} has no usable name")
        of_sidecar = table in (ORIGINAL.name, SIGHTING.name) and row["role"] == SIDECAR
        if row[self._id_columns[table]] != source_id and not of_sidecar:
            raise RefusedPackage(f"{source_id}: a row of {table} is about another source")
        return table, row


def refuse_original(row: Row, originals: Mapping[str, str]) -> None:
    """Raise RefusedPackage unless the bytes that the row tells of are in the package.

    ``originals``: SHA-256 -> where the home keeps an original or sidecar of the package.
    """
    if row["tenant"] is not None or row["medium"] not in (None, IMAGE_MEDIUM):
        raise RefusedPackage(f"{row['image_id']} belongs to a tenant, or is no picture")
    refuse_place(row["mode"], row["sha256"], row["path"], originals)


def refuse_sidecars(row: Row, originals: Mapping[str, str]) -> None:
    """The same for the sidecars of a picture."""
    for one in row["sidecars"] or ():
        refuse_place(one["mode"], one["sha256"], one["kept_at"], originals)


def refuse_place(
    mode: str | None, sha256: str | None, path: bytes | None, originals: Mapping[str, str]
) -> None:
    """Raise RefusedPackage unless these bytes are in the package, and kept where they belong."""
    place = originals.get(sha256 or "")
    if place is None or (mode == MOVE and path != os.fsencode(place)):
        raise RefusedPackage(f"a row names {(path or b'')[:200]!r}, which is not in the package")


def named_files(row: Row) -> Iterator[str]:
    """The files that a derivative's row names. Raises RefusedPackage for one elsewhere."""
    for one in row.get("files") or ():
        path, sha256 = one["path"] or "", one["sha256"]
        if not path.startswith("derivatives/") or sha256 is None or sha256_in(path) != sha256:
            raise RefusedPackage(f"a row names {path[:200]!r}, which is no derivative")
        yield path


def moved_rows(found: RestoredRows, originals: Mapping[str, str]) -> dict[str, Row]:
    """Table -> a newer row, where the newest one names a file that was only referenced."""
    moved = {}
    own = [row for row in found.tables[ORIGINAL.name] if row["image_id"] == found.source_id]
    if own[-1]["mode"] != MOVE:
        place = os.fsencode(originals[own[-1]["sha256"]])
        moved[ORIGINAL.name] = {**own[-1], "mode": MOVE, "path": place}
    linked = found.tables.get(SIDECAR_FILES.name, [{"sidecars": []}])[-1]
    if any(one["mode"] != MOVE for one in linked["sidecars"]):
        kept = [
            {**one, "mode": MOVE, "kept_at": os.fsencode(originals[one["sha256"]])}
            for one in linked["sidecars"]
        ]
        moved[SIDECAR_FILES.name] = {**linked, "sidecars": kept}
    return moved


class RowSpool:
    """Collects checked rows and writes each table as one file, as compaction would have."""

    def __init__(self, store: RowStore, tables: Sequence[Table]) -> None:
        self.schemas = {table.name: store.declare(table).full_schema for table in tables}
        self._store = store
        self._parts = store.root / ".parts"
        self._parts.mkdir()
        self._waiting: dict[str, list[Row]] = {}
        self._moved: dict[str, list[Row]] = {}

    def add(self, rows: RestoredRows) -> None:
        """Take the rows of one picture."""
        for table, some in rows.tables.items():
            self._waiting.setdefault(table, []).extend(some)
        for table, row in rows.moved.items():
            self._moved.setdefault(table, []).append(row)
        if sum(map(len, self._waiting.values())) > AT_ONCE:
            self._put_aside()

    def write(self) -> None:
        """Commit all rows. Raises RestoreRefused when two different ones have the same name."""
        self._put_aside()
        for table in self.schemas:
            parts = sorted(self._parts.glob(f"{part_name(table)}-*.parquet"))
            if parts:
                self._write_table(table, pl.read_parquet(parts))
        for table, rows in self._moved.items():
            frame = pl.DataFrame(rows, schema=self.schemas[table]).drop(*ADDED)
            self._store.append(table, frame, run_id=RESTORED, producer={"made_by": RESTORED})
        shutil.rmtree(self._parts)

    def _put_aside(self) -> None:
        for table, rows in self._waiting.items():
            frame = pl.DataFrame(rows, schema=self.schemas[table])
            frame.write_parquet(self._parts / f"{part_name(table)}-{time.time_ns():020d}.parquet")
        self._waiting = {}

    def _write_table(self, table: str, rows: pl.DataFrame) -> None:
        """Rows that several pictures share, such as those of a sidecar, are written once."""
        name = ["_seq", "_row"]
        once = rows.unique([next(iter(self.schemas[table])), *name])
        if once.select(name).is_duplicated().any():
            raise RestoreRefused(f"two packages hold different rows of one name in {table}")
        counts = dict(once["_seq"].value_counts().iter_rows())
        file = self._parts / f"{part_name(table)}.parquet"
        once.write_parquet(file)
        write_base(self._store, table, [file], counts, replaces=())


def part_name(table: str) -> str:
    """The name of a table as part of a file's name."""
    return table.replace("/", ".")
