"""What ingest remembers between two looks: an SQLite cache, made again from the rows when lost.

It holds what is still settling, the signature of every file already taken (so that nothing is
hashed twice), the sources that wait for a run, and what needs a person. Transactions are short and
flushed to disk: a ledger that is older than the rows is noticed by ``ledger_mirror``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from resources.landing.ledger_database import open_database
from resources.landing.priorities import Rank, as_they_came
from resources.landing.records import FileKind, FilePlace, FileProblem, KnownFile, Pending
from resources.landing.scan import Signature
from resources.landing.sidecar_names import folded
from resources.sources.identities import KnownSource
from resources.sources.source_rows import IMAGE_MEDIUM, REFERENCE

SOURCE = "sha256, image_id, mode, path, size_bytes, medium"
"""The columns of a KnownSource, in order."""

OF_SOURCE = ", ".join(f"i.{column}" for column in SOURCE.split(", "))


@dataclass(frozen=True)
class Chunk:
    """Sources of one medium and batch, accepted together, that wait for one run.

    ``id`` is its run key; ``source_ids`` are those of any medium.
    """

    id: str
    root: str
    batch: str
    source_ids: tuple[str, ...]
    medium: str = IMAGE_MEDIUM


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
            f"select s.path, s.size_bytes, s.mtime_ns, s.ctime_ns, s.inode, s.batch, {OF_SOURCE} "  # noqa: S608 - columns and question marks only
            "from seen s left join image i on i.image_id = s.image_id "
            f"where s.root = ? and s.path in ({','.join('?' * len(paths))})"
        )
        rows = self.db.execute(query, (root, *paths))
        return {path: _known_file(fields) for path, *fields in rows}

    def settled_states(
        self, root: str, folder: bytes, paths: Sequence[bytes]
    ) -> dict[bytes, tuple[int, int, int | None, int]]:
        """The signatures of those of these paths, at most a few thousand, that are taken for good.

        ``folder`` is the root's absolute path. Left out are lists, and copies of a file that is
        referenced elsewhere: whether that one is still there has to be looked up.
        """
        query = (
            "select s.path, s.size_bytes, s.mtime_ns, s.ctime_ns, s.inode "  # noqa: S608 - question marks only
            "from seen s join image i on i.image_id = s.image_id "
            f"where s.root = ? and s.path in ({','.join('?' * len(paths))}) "
            "and (i.mode != ? or i.path = cast(? || s.path as blob))"
        )
        rows = self.db.execute(query, (root, *paths, REFERENCE, folder + b"/"))
        return {path: (size, mtime, ctime, inode) for path, size, mtime, ctime, inode in rows}

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

    def known_by_inode(self, root: str, signature: Signature) -> list[KnownFile]:
        """What was taken from files of this root in this state, whatever their name and ctime."""
        rows = self.db.execute(
            f"select s.size_bytes, s.mtime_ns, s.ctime_ns, s.inode, s.batch, {OF_SOURCE} "  # noqa: S608 - columns only
            "from seen s left join image i on i.image_id = s.image_id "
            "where s.root = ? and s.inode = ? and s.size_bytes = ? and s.mtime_ns = ?",
            (root, signature.inode, signature.size_bytes, signature.mtime_ns),
        )
        return [_known_file(fields) for fields in rows]

    def was_seen_as(self, source_id: str, signature: Signature) -> bool:
        """Whether a file in this state was seen to hold the source.

        A ctime that is not known, because the ledger was made again from rows, is passed over.
        """
        found = self.db.execute(
            "select 1 from seen where image_id = ? and size_bytes = ? and mtime_ns = ? "
            "and (ctime_ns = ? or ctime_ns is null) and inode = ? limit 1",
            (source_id, *signature),
        )
        return found.fetchone() is not None

    def holds_files_of(self, root: str) -> bool:
        """Whether anything was ever taken from this root."""
        found = self.db.execute("select 1 from seen where root = ? limit 1", (root,)).fetchone()
        return found is not None

    def remember_file(
        self, place: FilePlace, state: tuple[int | None, ...], source_id: str, batch: str
    ) -> None:
        """Note what a place holds; an empty ``source_id`` says that a list was read."""
        self.db.execute(
            "insert or replace into seen values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*place, *state, source_id, batch, folded(place[1])),
        )

    # --- pending -----------------------------------------------------------------------------

    def pending(self, root: str) -> dict[bytes, Pending]:
        """Everything of a root that is not taken yet, by path."""
        rows = self.db.execute("select * from pending where root = ?", (root,))
        return {
            path: Pending(
                name, path, Signature(*state), since, batch, FileKind(kind), listed_in, first
            )
            for name, path, *state, since, first, batch, kind, listed_in in rows
        }

    def put_pending(self, entries: Iterable[Pending]) -> None:
        """Note files as not yet taken, or change what is noted of them."""
        self.db.executemany(
            "insert or replace into pending values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (_pending_fields(entry) for entry in entries),
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

    # --- sources -----------------------------------------------------------------------------

    def source(self, sha256: str) -> KnownSource | None:
        """The accepted source with these bytes."""
        query = f"select {SOURCE} from image where sha256 = ?"  # noqa: S608 - columns only
        row = self.db.execute(query, (sha256,)).fetchone()
        return KnownSource(*row) if row else None

    def sighted(self, source_ids: Sequence[str]) -> set[str]:
        """Those of these sources, at most a few thousand, that were seen before."""
        query = (
            "select image_id from image where is_sighted"  # noqa: S608 - question marks only
            f" and image_id in ({','.join('?' * len(source_ids))})"
        )
        return {source_id for (source_id,) in self.db.execute(query, source_ids)}

    def hashes_starting_with(self, start: str) -> list[str]:
        """The SHA-256 of all accepted sources that begin with these hex digits."""
        rows = self.db.execute(
            "select sha256 from image where sha256 >= ? and sha256 < ?", (start, start + "g")
        )
        return [sha256 for (sha256,) in rows]

    # --- sources waiting for a run -------------------------------------------------------------

    def waiting_chunks(self, limit: int, rank: Rank = as_they_came) -> tuple[Chunk, ...]:
        """The chunks that no run is known for: by the rank of root and batch, then the oldest."""
        heads = self.db.execute(
            "select chunk_id, root, batch from waiting group by chunk_id order by min(position)"
        ).fetchall()
        offered = [name for name, *_ in sorted(heads, key=lambda head: rank(*head[1:]))[:limit]]
        rows = self.db.execute(
            "select chunk_id, root, batch, medium, image_id from waiting"  # noqa: S608 - question marks only
            f" where chunk_id in ({','.join('?' * len(offered))}) order by position",
            offered,
        )
        members: dict[tuple[str, str, str, str], list[str]] = {}
        for *named, source_id in rows:
            members.setdefault(tuple(named), []).append(source_id)
        chunks = (
            Chunk(chunk_id, root, batch, tuple(source_ids), medium)
            for (chunk_id, root, batch, medium), source_ids in members.items()
        )
        return tuple(sorted(chunks, key=lambda chunk: rank(chunk.root, chunk.batch)))

    def waiting_chunk_ids(self) -> list[str]:
        """The ids of all chunks that no run is known for."""
        rows = self.db.execute("select chunk_id from waiting group by chunk_id order by position")
        return [chunk_id for (chunk_id,) in rows]

    def waiting_source_ids(self) -> set[str]:
        """The sources of these chunks, of any medium."""
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
            (root, FileKind.LOOSE.value),
        ).fetchone()
        return row[0] if row else None

    def problems(self) -> dict[FilePlace, FileProblem]:
        """What needs a person, as of the last look."""
        rows = self.db.execute("select * from problem")
        return {(root, path): FileProblem(*details) for root, path, *details in rows}

    def replace_problems(self, problems: Mapping[FilePlace, FileProblem]) -> None:
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


def _pending_fields(p: Pending) -> tuple[object, ...]:
    first_s = p.since_s if p.first_s is None else p.first_s
    return (p.root, p.path, *p.signature, p.since_s, first_s, p.batch, p.kind.value, p.listed_in)


def _known_file(fields: Sequence[Any]) -> KnownFile:
    size_bytes, mtime_ns, ctime_ns, inode, batch, *source = fields
    known = None if source[0] is None else KnownSource(*source)
    return KnownFile(size_bytes, mtime_ns, ctime_ns, inode, batch, known)
