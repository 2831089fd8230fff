"""One table of words: SQLite's FTS5, which Python has and which loads in milliseconds.

A row is named by source_id and part, as in ``lance_table``, and has a ``version``, the ``names`` of
the source and its ``document``. What is stored of them is what ``text_analysis`` makes of them:
pieces divided by spaces, so that SQLite divides nothing itself; it only takes English endings off
(Porter, "An algorithm for suffix stripping", 1980) in documents, not in names.

A cache, used as such: what cannot be read is replaced. One process writes, in one transaction for
each batch; readers keep what they have opened (write-ahead log).
"""

import json
import os
import sqlite3
import weakref
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from resources.search.index_rows import VERSIONS, DamagedTable, RowKey
from resources.search.question_words import ANY_ENDING, Wanted
from resources.search.rank_fusion import Hit
from resources.search.text_analysis import Analysis, analysis_of, parted_names

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

COLUMNS = {
    "source_id": "string",
    "part": "int32",
    "version": "string",
    "names": "string",
    "document": "string",
}
"""What the rows have that are given to it: Arrow types, by name."""

BUSY_SECONDS = 30.0

SCHEMA = """
create table held (
    row_number integer primary key, source_id text not null, part integer not null,
    version text not null, unique (source_id, part)
);
create virtual table names using fts5(
    pieces, spellings, tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'"
);
create virtual table texts using fts5(
    pieces, spellings,
    tokenize = "porter unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'"
);
"""
"""All but spaces belongs to a piece; in SQLite's older Unicode emoji are unassigned (C*)."""

TABLES = {"held", "names", "texts"}

ALLOWED = "create temp table allowed as select value as source_id from json_each(?)"

MATCHING = """
with found as materialized (
    select rowid as row_number, -rank as score from {table} where {table} match ?
)
select source_id, max(score) as best, part
from found
inner join held using (row_number)
{narrowed}
group by source_id
order by best desc, source_id
limit ?
"""
"""FTS5's rank is BM25 (k1 = 1.2, b = 0.75), negative; SQLite takes ``part`` from the best row."""

NARROWED = "where source_id in (select source_id from temp.allowed)"

PIECES = """
select source_id, part, ' ' || pieces || ' '
from held
inner join texts on texts.rowid = held.row_number
where source_id in (select value from json_each(?))
"""


class FullTextTable:
    """The table ``name`` in the folder of the index. Every method raises DamagedTable."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path, self.name = folder / f"{name}.words", name
        with self._clear_errors("cannot be read"):
            self._open(f"{self._file_address()}?{self._mode()}")
            self._refuse_other_tables()

    @classmethod
    def create(cls, folder: Path, name: str, rows: "Iterable[pa.RecordBatch]") -> Self:
        """A new table with these rows. Raises DamagedTable when it cannot be written."""
        made = cls.__new__(cls)
        made.path, made.name = folder / f"{name}.words", name
        with made._clear_errors("cannot be written"):
            made.path.mkdir(parents=True)
            made._open(made._file_address())
            made._connection.execute("pragma journal_mode = wal")
            made._connection.executescript(SCHEMA)
        made.upsert(rows)
        return made

    @classmethod
    def in_memory(cls, rows: Iterable[tuple[str, int, str, str, str]]) -> Self:
        """A table of these rows (see COLUMNS) that is gone with the process."""
        made = cls.__new__(cls)
        made.path, made.name = Path(), "documents in memory"
        made._open("file::memory:")
        made._connection.executescript(SCHEMA)
        for row in rows:
            made._insert(*row)
        return made

    @property
    def columns(self) -> dict[str, str]:
        """Column name -> Arrow type of the rows it takes."""
        return dict(COLUMNS)

    def versions(self) -> "pl.DataFrame":
        """source_id, part and version of every row."""
        import polars as pl  # a search does without

        with self._clear_errors("cannot be read"):
            rows = self._connection.execute("select source_id, part, version from held").fetchall()
        return pl.DataFrame(rows, schema=VERSIONS, orient="row")

    def upsert(self, batches: "Iterable[pa.RecordBatch]") -> None:
        """Add the rows; a row with the same source_id and part is replaced."""
        for batch in batches:
            rows = batch.to_pylist()
            with self._clear_errors("cannot be written"), self._connection:
                for row in rows:
                    self._delete(row["source_id"], row["part"])
                    self._insert(*(row[name] for name in COLUMNS))

    def delete(self, keys: Iterable[RowKey]) -> None:
        """Remove these rows."""
        with self._clear_errors("cannot be written"), self._connection:
            for source_id, part in keys:
                self._delete(source_id, part)

    def maintain(self) -> None:
        """Let later searches find fewer and larger parts of the index; flush to disk."""
        with self._clear_errors("cannot be written"):
            for table in ("names", "texts"):
                merge = f"insert into {table}({table}, rank) values ('merge', 500)"  # noqa: S608 - our own table
                with self._connection:
                    self._connection.execute(merge)
            self._connection.execute("pragma wal_checkpoint(truncate)")

    def row_count(self) -> int:
        """The number of rows."""
        with self._clear_errors("cannot be read"):
            ((count,),) = self._connection.execute("select count(*) from held").fetchall()
        return int(count)

    def matching(
        self, words: Sequence[Wanted], limit: int, only: Collection[str] | None = None
    ) -> list[Hit]:
        """The sources whose documents hold any of the words, best BM25 score first.

        Of little words only, such as "To be or not to be", all are needed; beside others they do
        not count. Each source once, with its best part; among ``only``, if given.
        """
        telling = [word for word in words if not word.is_little]
        joint = " OR " if telling else " AND "
        return self._matching("texts", joint.join(map(expression, telling or words)), limit, only)

    def named(
        self, words: Sequence[Wanted], limit: int, only: Collection[str] | None = None
    ) -> list[Hit]:
        """The sources in whose names each of the words begins a part.

        The score is the number of words, and a hundredth more for each that is a whole part.
        """
        begun = " AND ".join(expression(word, goes_on=True) for word in words)
        found = {hit.source_id for hit in self._matching("names", begun, -1, only)}
        whole: dict[str, int] = dict.fromkeys(found, 0)
        for word in words if found else ():
            for hit in self._matching("names", expression(word), -1, only):
                if hit.source_id in found:
                    whole[hit.source_id] += 1
        hits = [Hit(name, len(words) + count / 100) for name, count in whole.items()]
        return sorted(hits, key=lambda hit: (-hit.score, hit.source_id))[:limit]

    def with_neighbors(self, pairs: Sequence[str], among: Collection[str]) -> list[Hit]:
        """Those of the sources in whose documents pairs of pieces stand, most pairs first."""
        with self._clear_errors("cannot be read"):
            rows = self._connection.execute(PIECES, [json.dumps(list(among))]).fetchall()
        counted = (
            Hit(source_id, float(sum(f" {pair} " in pieces for pair in pairs)), part)
            for source_id, part, pieces in rows
        )
        found = [hit for hit in counted if hit.score]
        return sorted(found, key=lambda hit: (-hit.score, hit.source_id))

    def _matching(
        self, table: str, asked: str, limit: int, only: Collection[str] | None
    ) -> list[Hit]:
        if not asked:
            return []
        with self._clear_errors("cannot be read"):
            if only is not None:
                self._connection.execute("drop table if exists temp.allowed")
                self._connection.execute(ALLOWED, [json.dumps(list(only))])
            narrowed = "" if only is None else NARROWED
            query = MATCHING.format(table=table, narrowed=narrowed)
            return [Hit(*row) for row in self._connection.execute(query, [asked, limit]).fetchall()]

    def _insert(self, source_id: str, part: int, version: str, names: str, document: str) -> None:
        insert = "insert into held (source_id, part, version) values (?, ?, ?)"
        number = self._connection.execute(insert, [source_id, part, version]).lastrowid
        for table, text in (("names", parted_names(names or "")), ("texts", document)):
            pieces = stored(analysis_of(text or ""))
            into = f"insert into {table} (rowid, pieces, spellings) values (?, ?, ?)"  # noqa: S608 - our own table
            self._connection.execute(into, [number, *pieces])

    def _delete(self, source_id: str, part: int) -> None:
        find = "select row_number from held where source_id = ? and part = ?"
        for (number,) in self._connection.execute(find, [source_id, part]).fetchall():
            for table in ("names", "texts"):
                self._connection.execute(f"delete from {table} where rowid = ?", [number])  # noqa: S608 - our own table
            self._connection.execute("delete from held where row_number = ?", [number])

    def _file_address(self) -> str:
        return (self.path / "words.sqlite").absolute().as_uri()

    def _mode(self) -> str:
        """How the file may be opened; without a journal a file that is only read stays as it is."""
        file = self.path / "words.sqlite"
        if not file.exists() or os.access(file, os.W_OK):
            return "mode=rw"
        return "mode=ro" if Path(f"{file}-wal").exists() else "mode=ro&immutable=1"

    def _open(self, address: str) -> None:
        self._connection = sqlite3.connect(
            address, uri=True, timeout=BUSY_SECONDS, check_same_thread=False
        )  # whichever thread frees the table closes it
        weakref.finalize(self, self._connection.close)
        if "mode=ro" not in address:
            self._connection.execute("pragma synchronous = full")

    def _refuse_other_tables(self) -> None:
        found = self._connection.execute("select name from sqlite_master where type = 'table'")
        if not {name for (name,) in found.fetchall()} >= TABLES:
            raise DamagedTable(f"{self.name} is no table of words")

    @contextmanager
    def _clear_errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise DamagedTable(f"{self.name} {what}: {error}") from error


def stored(analysis: Analysis) -> tuple[str, str]:
    """Pieces and spellings as texts."""
    return " ".join(analysis.pieces), " ".join(analysis.spellings)


def expression(word: Wanted, *, goes_on: bool = False) -> str:
    """The word in FTS5's language; with ``goes_on`` each piece may be only a beginning."""
    spelled = (
        " AND ".join(quoted(piece, goes_on=goes_on) for piece in pieces)
        for pieces in word.spellings
    )
    return f"({' OR '.join(f'({one})' for one in spelled)})"


def quoted(piece: str, *, goes_on: bool) -> str:
    """A piece as a string of FTS5, with a star where it may go on."""
    begins = goes_on or (piece.endswith(ANY_ENDING) and piece != ANY_ENDING)
    text = (piece.removesuffix(ANY_ENDING) if begins else piece).replace('"', '""')
    return f'"{text}"{" *" if begins else ""}'
