"""Files of the landing roots that are not taken, each with a reason, as rows: what, where, why.

Whatever a look sees is taken (a sighting) or is here: too large, unreadable, changing without end,
or excluded. A row is written when something begins, changes or is over, never at each look.
Excluded files of one folder and one reason share a row, as programs leave thousands of them.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import polars as pl

from resources.landing.scan import PassedOver
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.sources.source_identity import display_name, display_path
from resources.sources.source_rows import PRODUCER, WHEN

LEFT_OUT = Table(
    "ingest/left_out",
    pl.Schema(
        {
            "root": pl.String(),
            "path": pl.Binary(),
            "reason": pl.String(),
            "state": pl.String(),
            "batch": pl.String(),
            "path_display": pl.String(),
            "is_folder": pl.Boolean(),
            "files": pl.Int64(),
            "first_names": pl.List(pl.String()),
            "size_bytes": pl.Int64(),
            "is_over": pl.Boolean(),
            "noted_at": WHEN,
        }
    ),
    ("root", "path", "reason"),
    "Files of the landing roots that are not taken, and why: too large, unreadable, still "
    "changing, or excluded (one row per folder and reason). Written by the landing sensor when "
    "that changes.",
)

NAMES_SHOWN = 10
"""File names kept of a row that stands for many files."""


class LeftOutState(StrEnum):
    """Why a file is not taken, in one word; the reason says more."""

    EXCLUDED = "excluded"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    STILL_CHANGING = "still_changing"


LeftOutKey = tuple[str, bytes, str]
"""Root, path, reason."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not taken, or ``files`` of one folder, which ``path`` then is.

    ``path`` is relative to the root, or absolute if a list named it. ``batch`` "": none, as it is
    in no folder. ``files`` is None for a folder that was not walked.
    """

    root: str
    path: bytes
    reason: str
    state: LeftOutState
    batch: str = ""
    files: int | None = 1
    first_names: tuple[str, ...] = ()
    size_bytes: int | None = None

    @property
    def key(self) -> LeftOutKey:
        """What names its row."""
        return self.root, self.path, self.reason


def excluded(
    root: str, passed_over: Iterable[PassedOver], batches: Mapping[bytes, str]
) -> list[LeftOut]:
    """Entries that are passed over: folders one by one, files by folder and reason.

    ``batches`` has the batch of each folder with such files.
    """
    groups: dict[tuple[bytes, str], list[bytes]] = defaultdict(list)
    found = []
    for one in passed_over:
        folder, _, name = one.path.rpartition(b"/")
        if one.is_folder:
            batch = batches.get(folder, "")
            state = LeftOutState.EXCLUDED
            found.append(LeftOut(root, one.path, one.reason, state, batch, files=None))
        else:
            groups[folder, one.reason].append(name)
    for (folder, reason), names in groups.items():
        shown = tuple(map(display_name, names[:NAMES_SHOWN]))
        batch = batches.get(folder, "")
        found.append(LeftOut(root, folder, reason, LeftOutState.EXCLUDED, batch, len(names), shown))
    return found


def changes(
    before: Mapping[LeftOutKey, LeftOut], now: Iterable[LeftOut], kept: Iterable[LeftOutKey]
) -> tuple[list[LeftOut], list[LeftOut]]:
    """What is new or other than before, and what is over. Pure.

    ``kept`` are those that a look could not ask about, since their root or folder was away. A file
    keeps the batch that it had when it was first left out.
    """
    batches = {(one.root, one.path): one.batch for one in before.values()}
    found = {}
    for one in now:
        found[one.key] = replace(one, batch=batches.get((one.root, one.path), one.batch))
    changed = [one for key, one in found.items() if before.get(key) != one]
    over = before.keys() - found.keys() - set(kept)
    return changed, [before[key] for key in sorted(over)]


def append_left_out(
    rows: RowStore, changed: Sequence[LeftOut], over: Sequence[LeftOut], at: datetime
) -> str:
    """Commit these rows, at least one; return the commit's ``_seq``."""
    told = [_row(one, at, is_over=False) for one in changed]
    told += [_row(one, at, is_over=True) for one in over]
    frame = pl.DataFrame(told, schema=LEFT_OUT.schema)
    run_id = f"left-out-{secrets.token_hex(8)}"
    return rows.append(LEFT_OUT.name, frame, run_id=run_id, producer=PRODUCER)


def _row(one: LeftOut, at: datetime, *, is_over: bool) -> dict[str, object]:
    return {
        "root": one.root,
        "path": one.path,
        "reason": one.reason,
        "state": one.state.value,
        "batch": one.batch or None,
        "path_display": display_path(one.path),
        "is_folder": one.files is None,
        "files": one.files,
        "first_names": list(one.first_names),
        "size_bytes": one.size_bytes,
        "is_over": is_over,
        "noted_at": at,
    }
