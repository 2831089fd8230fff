"""Purposes: what a picture is kept for, as rows. The newest row of a picture and purpose counts.

Every picture is for viewing. Other purposes come from the settings, a landing root or the batch's
own file when a picture is taken, or from a person; each is a row that says who and when. What is
made for a purpose is told by the recipes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum

import polars as pl

from resources.rows.row_store import RowStore
from resources.rows.table import Table


class Purpose(StrEnum):
    """What a picture can be kept for."""

    PRESERVATION = "preservation"
    VIEWING = "viewing"
    PRODUCTION = "production"
    RESTORATION = "restoration"


ALWAYS = frozenset({Purpose.VIEWING})
"""What every picture is for: all that needs no other purpose is made of each of them."""

PURPOSE = Table(
    "curation/purpose",
    pl.Schema(
        {
            "image_id": pl.String(),
            "purpose": pl.String(),
            "is_wanted": pl.Boolean(),
            "decided_by": pl.String(),
            "decided_at": pl.Datetime("us", "UTC"),
        }
    ),
    ("image_id", "purpose"),
    "What pictures are kept for besides viewing: preservation, production, restoration. Written "
    "when a picture is taken (settings, landing root, batch.toml) and by media purposes.",
)


def purposes_of(store: RowStore, source_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """The purposes of each of these sources, by its id."""
    store.declare(PURPOSE)
    found: dict[str, set[str]] = {source_id: set(ALWAYS) for source_id in source_ids}
    for row in store.current(PURPOSE.name, source_ids).iter_rows(named=True):
        if row["is_wanted"]:
            found[row["image_id"]].add(row["purpose"])
    return {source_id: frozenset(names) for source_id, names in found.items()}


def want(
    store: RowStore, source_ids: Sequence[str], purposes: Collection[str], *, by: str
) -> list[str]:
    """Give these sources the purposes that they lack; the sources that gained one."""
    known = purposes_of(store, source_ids)
    missing = [(one, name) for one in known for name in sorted(purposes) if name not in known[one]]
    _append(store, missing, is_wanted=True, by=by)
    return list(dict.fromkeys(source_id for source_id, _ in missing))


def no_longer_want(
    store: RowStore, source_ids: Sequence[str], purposes: Collection[str], *, by: str
) -> list[str]:
    """Take these purposes from the sources that have them; the sources that lost one.

    Nothing that was made is deleted. Viewing stays: see ALWAYS.
    """
    known = purposes_of(store, source_ids)
    taken = sorted(set(purposes) - ALWAYS)
    had = [(one, name) for one in known for name in taken if name in known[one]]
    _append(store, had, is_wanted=False, by=by)
    return list(dict.fromkeys(source_id for source_id, _ in had))


def _append(store: RowStore, pairs: Iterable[tuple[str, str]], *, is_wanted: bool, by: str) -> None:
    """One commit: all of it is said, or nothing."""
    now = datetime.now(UTC)
    rows = [(source_id, name, is_wanted, by, now) for source_id, name in pairs]
    if rows:
        frame = pl.DataFrame(rows, schema=PURPOSE.schema, orient="row")
        store.append(PURPOSE.name, frame, run_id="purposes", producer={"made_by": "purposes"})
