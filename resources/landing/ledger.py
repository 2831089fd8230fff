"""What ingest remembers between two looks: an SQLite cache, made again from the rows when lost.

It holds what is still settling, the signature of every file already taken (so that nothing is
hashed twice), the images that wait for a run, and what needs a person. Transactions are short and
flushed to disk: a ledger that is older than the rows is noticed by ``ledger_mirror``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from resources.landing.ledger_database import open_database
from resources.landing.scan import Signature


class Kind(StrEnum):
    """Why a file is looked at."""

    LOOSE = "loose"  # lies in the root itself
    FOLDER = "folder"  # lies in a folder of the root
    LIST = "list"  # a list of paths
    LISTED = "listed"  # named by a list


@dataclass(frozen=True, slots=True)
class Pending:
    """A file that was seen and not yet taken; ``since_s`` is when this state was first seen."""

    root: str
    path: bytes
    signature: Signature
    since_s: float
    batch: str
    kind: Kind
    listed_in: bytes | None = None


@dataclass(frozen=True, slots=True)
class KnownImage:
    """An accepted image; ``path`` as in its original row."""

    sha256: str
    image_id: str
    mode: str
    path: bytes
    size_bytes: int
    is_sighted: int


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file already taken, and the image it held (None: it is a list, and was read).

    ``ctime_ns`` is None when the ledger was made again from rows.
    """

    size_bytes: int
    mtime_ns: int
    ctime_ns: int | None
    inode: int
    batch: str
    image: KnownImage | None

    def is_same(self, signature: Signature, *, without_ctime: bool) -> bool:
        """Whether the file is unchanged; a missing ctime is accepted only ``without_ctime``."""
        found = (signature.size_bytes, signature.mtime_ns, signature.inode)
        if found != (self.size_bytes, self.mtime_ns, self.inode):
            return False
        return self.ctime_ns == signature.ctime_ns or (self.ctime_ns is None and without_ctime)


@dataclass(frozen=True)
class Chunk:
    """Images of one batch, accepted together, that wait for one run; ``id`` is its run key."""

    id: str
    root: str
    batch: str
    image_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps a file from being taken, how often it was tried, and when it is tried again."""

    reason: str
    attempts: int = 0
    retry_at_s: float = 0.0


class LandingLedger:
    """One open ledger; a context manager. ``db`` is for ``ledger_mirror`` only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = open_database(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside are kept together, or none. Not to be nested."""
        self.db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self.db.execute("rollback")
            raise
        self.db.execute("commit")

    # --- files -------------------------------------------------------------------------------

    def known_files(self, root: str, paths: Sequence[bytes]) -> dict[bytes, KnownFile]:
        """What was last taken from these paths, at most a few thousand."""
        query = (
            "select s.path, s.size_bytes, s.mtime_ns, s.ctime_ns, s.inode, s.batch, i.* "  # noqa: S608 - question marks only
            "from seen s left join image i on i.image_id = s.image_id "
            f"where s.root = ? and s.path in ({','.join('?' * len(paths))})"
        )
        rows = self.db.execute(query, (root, *paths))
        return {path: _known_file(fields) for path, *fields in rows}

    def known_file(self, root: str, path: bytes) -> KnownFile | None:
        """What was last taken from this path."""
        return self.known_files(root, [path]).get(path)

    def sha256_with_signature(self, root: str, signature: Signature) -> str | None:
        """The SHA-256 of a file of this root that had exactly this signature when it was taken.

        So a hard link, or a file in a renamed folder, need not be read again.
        """
        row = self.db.execute(
            "select i.sha256 from seen s join image i on i.image_id = s.image_id"
            " where s.root = ? and s.size_bytes = ? and s.mtime_ns = ? and s.ctime_ns = ?"
            " and s.inode = ?",
            (root, *signature),
        ).fetchone()
        return row[0] if row else None

    def was_seen_as(self, image_id: str, signature: Signature) -> bool:
        """Whether a file in this state was seen to hold the image.

        A ctime that is not known, because the ledger was made again from rows, is passed over.
        """
        found = self.db.execute(
            "select 1 from seen where image_id = ? and size_bytes = ? and mtime_ns = ? "
            "and (ctime_ns = ? or ctime_ns is null) and inode = ? limit 1",
            (image_id, *signature),
        )
        return found.fetchone() is not None

    def holds_files_of(self, root: str) -> bool:
        """Whether anything was ever taken from this root."""
        found = self.db.execute("select 1 from seen where root = ? limit 1", (root,)).fetchone()
        return found is not None

    def remember_file(
        self, place: tuple[str, bytes], state: tuple[int | None, ...], image_id: str, batch: str
    ) -> None:
        """Note what a (root, path) holds; an empty ``image_id`` says that a list was read."""
        self.db.execute(
            "insert or replace into seen values (?, ?, ?, ?, ?, ?, ?, ?)",
            (*place, *state, image_id, batch),
        )

    # --- pending -----------------------------------------------------------------------------

    def pending(self, root: str) -> dict[bytes, Pending]:
        """Everything of a root that is not taken yet, by path."""
        rows = self.db.execute("select * from pending where root = ?", (root,))
        return {
            path: Pending(name, path, Signature(*state), since, batch, Kind(kind), listed_in)
            for name, path, *state, since, batch, kind, listed_in in rows
        }

    def put_pending(self, entries: Iterable[Pending]) -> None:
        """Note files as not yet taken, or change what is noted of them."""
        self.db.executemany(
            "insert or replace into pending values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (p.root, p.path, *p.signature, p.since_s, p.batch, p.kind.value, p.listed_in)
                for p in entries
            ),
        )

    def drop_pending(self, root: str, paths: Iterable[bytes]) -> None:
        """Forget files that were taken or that are gone."""
        self.db.executemany(
            "delete from pending where root = ? and path = ?", ((root, path) for path in paths)
        )

    def batch_of(self, entry: Pending) -> str:
        """The batch that a pending file belongs to by now."""
        row = self.db.execute(
            "select batch from pending where root = ? and path = ?", (entry.root, entry.path)
        ).fetchone()
        return str(row[0]) if row else entry.batch

    def pending_count(self) -> int:
        """How many files are not taken yet."""
        return int(self.db.execute("select count(*) from pending").fetchone()[0])

    # --- images ------------------------------------------------------------------------------

    def image(self, sha256: str) -> KnownImage | None:
        """The accepted image with these bytes."""
        row = self.db.execute("select * from image where sha256 = ?", (sha256,)).fetchone()
        return KnownImage(*row) if row else None

    def hashes_starting_with(self, start: str) -> list[str]:
        """The SHA-256 of all accepted images that begin with these hex digits."""
        rows = self.db.execute(
            "select sha256 from image where sha256 >= ? and sha256 < ?", (start, start + "g")
        )
        return [sha256 for (sha256,) in rows]

    # --- images waiting for a run --------------------------------------------------------------

    def waiting_chunks(self, limit: int) -> tuple[Chunk, ...]:
        """The oldest chunks that no run is known for, in the order of their acceptance."""
        rows = self.db.execute(
            "select chunk_id, root, batch, image_id from waiting where chunk_id in"
            " (select chunk_id from waiting group by chunk_id order by min(position) limit ?)"
            " order by position",
            (limit,),
        )
        members: dict[tuple[str, str, str], list[str]] = {}
        for chunk_id, root, batch, image_id in rows:
            members.setdefault((chunk_id, root, batch), []).append(image_id)
        return tuple(Chunk(*named, tuple(image_ids)) for named, image_ids in members.items())

    def waiting_chunk_ids(self) -> list[str]:
        """The ids of all chunks that no run is known for."""
        rows = self.db.execute("select chunk_id from waiting group by chunk_id order by position")
        return [chunk_id for (chunk_id,) in rows]

    def waiting_image_ids(self) -> set[str]:
        """The images of these chunks."""
        return {image_id for (image_id,) in self.db.execute("select image_id from waiting")}

    def confirm(self, chunk_ids: Iterable[str]) -> None:
        """Stop offering these chunks: a run exists for each."""
        with self.transaction():
            self.db.executemany(
                "delete from waiting where chunk_id = ?", ((name,) for name in chunk_ids)
            )

    # --- batches and problems ------------------------------------------------------------------

    def has_event(self, root: str, batch: str, event: str, detail: str | None = None) -> bool:
        """Whether a batch event is on record; with any detail if none is named."""
        found = self.db.execute(
            "select 1 from batch_event where root = ? and batch = ? and event = ?"
            " and (?4 is null or detail = ?4) limit 1",
            (root, batch, event, detail),
        )
        return found.fetchone() is not None

    def open_loose_batch(self, root: str) -> str | None:
        """The batch of loose files of which one is still to come; stuck files do not count."""
        row = self.db.execute(
            "select batch from pending left join problem using (root, path)"
            " where root = ? and kind = ? and reason is null limit 1",
            (root, Kind.LOOSE.value),
        ).fetchone()
        return row[0] if row else None

    def problems(self) -> dict[tuple[str, bytes], Trouble]:
        """What needs a person, as of the last look, by (root, path)."""
        rows = self.db.execute("select * from problem")
        return {(root, path): Trouble(*details) for root, path, *details in rows}

    def replace_problems(self, problems: Mapping[tuple[str, bytes], Trouble]) -> None:
        """Note what needs a person now; nothing is written when that did not change."""
        before = self.problems()
        gone = before.keys() - problems.keys()
        changed = [(place, t) for place, t in problems.items() if before.get(place) != t]
        if not gone and not changed:
            return
        with self.transaction():
            self.db.executemany("delete from problem where root = ? and path = ?", gone)
            self.db.executemany(
                "insert or replace into problem values (?, ?, ?, ?, ?)",
                ((*place, t.reason, t.attempts, t.retry_at_s) for place, t in changed),
            )


def _known_file(fields: Sequence[Any]) -> KnownFile:
    size_bytes, mtime_ns, ctime_ns, inode, batch, *image = fields
    known = None if image[0] is None else KnownImage(*image)
    return KnownFile(size_bytes, mtime_ns, ctime_ns, inode, batch, known)
