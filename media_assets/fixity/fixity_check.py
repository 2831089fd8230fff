"""The checks as rows: the newest of each file says whether it is intact, older ones are history.

SQL has them in ``fixity``, beside the files that were never checked.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

import polars as pl

from resources.configuration.media_home import MediaHome
from resources.preservation.fixity import Checked, Pace, check_file
from resources.rows.row_store import RowStore
from resources.rows.table import Table

FIXITY_CHECK = Table(
    "preservation/fixity_check",
    pl.Schema(
        {
            "source_id": pl.String(),
            "path": pl.String(),
            "fixity": pl.String(),
            "reason": pl.String(),
            "sha256": pl.String(),
            "found_sha256": pl.String(),
            "read_bytes": pl.Int64(),
            "seconds": pl.Float64(),
            "checked_at": pl.Datetime("us", "UTC"),
        }
    ),
    ("source_id", "path"),
    "Fixity checks: whether the bytes of a file were those whose SHA-256 was recorded. Written by "
    "the schedule fixity_checks and by media fixity check.",
)

FILES_PER_COMMIT = 1000
SECONDS_PER_COMMIT = 20.0
"""A kill loses at most so many checks; the next run makes them again."""


@dataclass(frozen=True)
class DueFile:
    """A file to be checked. ``path`` as the table ``fixity`` has it, ``place`` absolute."""

    source_id: str
    medium: str
    asset: str | None
    kind: str
    path: str
    place: bytes
    sha256: str


@dataclass(frozen=True)
class CheckedFile:
    """A file and what its check found, in so many seconds of wall clock."""

    file: DueFile
    checked: Checked
    seconds: float
    at: datetime


Act = Callable[[Sequence[CheckedFile]], object]
"""Does what some checks ask for."""


def check_files(
    home: MediaHome, files: Iterable[DueFile], pace: Pace, run_id: str, act: Act
) -> Iterator[CheckedFile]:
    """Check the files one after the other; each is given when its row is on record.

    ``act`` is called with some checks before their rows are written: a kill in between leaves a row
    out, and never a finding that nobody has acted upon.
    """
    store = RowStore(home.rows)
    store.declare(FIXITY_CHECK)
    waiting: list[CheckedFile] = []
    committed_s = monotonic()
    for file in files:
        waiting.append(checked_file(home, file, pace))
        elapsed_s = monotonic() - committed_s
        if len(waiting) >= FILES_PER_COMMIT or elapsed_s > SECONDS_PER_COMMIT:
            act(waiting)
            yield from committed(store, waiting, run_id)
            waiting, committed_s = [], monotonic()
    act(waiting)
    yield from committed(store, waiting, run_id)


def checked_file(home: MediaHome, file: DueFile, pace: Pace) -> CheckedFile:
    """Check one file."""
    began_s = monotonic()
    checked = check_file(home.root, file.place, file.sha256, pace)
    return CheckedFile(file, checked, monotonic() - began_s, datetime.now(UTC))


def committed(store: RowStore, checks: Sequence[CheckedFile], run_id: str) -> Sequence[CheckedFile]:
    """The same checks, once their rows are written."""
    if checks:
        frame = pl.DataFrame(map(row_of, checks), schema=FIXITY_CHECK.schema, orient="row")
        store.append(FIXITY_CHECK.name, frame, run_id=run_id, producer={"made_by": "fixity"})
    return checks


def row_of(one: CheckedFile) -> tuple[object, ...]:
    """A check as a row of FIXITY_CHECK."""
    file, found = one.file, one.checked
    return (
        file.source_id,
        file.path,
        found.fixity,
        found.reason,
        file.sha256,
        found.sha256,
        found.size_bytes,
        round(one.seconds, 3),
        one.at,
    )
