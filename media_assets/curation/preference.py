"""Preferences: which version of an image's caption, description or tags people want to see.

Without one the newest usable version counts. A preference decides what the catalogue record takes
up, not what models are shown: it makes the record (and what is made from it) stale, nothing else.
A version is one row of the asset's history, named by its commit and its place in it.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import polars as pl

from media_assets.execution.derivative_rows import Row
from resources.outcomes import USABLE
from resources.rows.row_store import RowStore
from resources.rows.table import Table

PREFERENCE = Table(
    "curation/preference",
    pl.Schema(
        {
            "image_id": pl.String(),
            "asset": pl.String(),
            "version": pl.String(),
            "decided_by": pl.String(),
            "note": pl.String(),
            "decided_at": pl.Datetime("us", "UTC"),
            "part": pl.Int64(),
        }
    ),
    ("image_id", "asset", "part"),
    "Which version of a caption, description or set of tags people want to see of an image, or of a "
    "part of it (null: the whole). Written by media prefer.",
)
VERSION = re.compile(r"(\d{20}-[0-9a-f]{8})-(\d+)")


@dataclass(frozen=True)
class Preference:
    """What was decided for one image and asset; ``version`` None returns to the newest."""

    image_id: str
    asset: str
    version: str | None
    decided_by: str
    note: str | None = None
    part: int | None = None


def prefer(store: RowStore, preference: Preference) -> None:
    """Append a preference: one commit, so a killed command has decided or not."""
    store.declare(PREFERENCE)
    row = {**asdict(preference), "decided_at": datetime.now(UTC)}
    frame = pl.DataFrame([row], schema=PREFERENCE.schema)
    store.append(PREFERENCE.name, frame, run_id="prefer", producer={"made_by": "human"})


def version_of(row: Row) -> str:
    """The name of the version that a row is."""
    return f"{row['_seq']}-{row['_row']}"


def chosen_rows(
    store: RowStore, tables: Mapping[str, str], image_ids: Sequence[str]
) -> dict[str, dict[str, Row]]:
    """Asset -> image id -> the row that counts; ``tables`` maps assets to their row tables.

    That is the preferred version, else the newest usable one: a remake that failed does not put
    aside what there was. Images without either are absent. (SQL: stg_curation__chosen_versions)
    """
    store.declare(PREFERENCE)
    preferred: dict[str, list[str]] = {}
    for row in store.current(PREFERENCE.name, image_ids).iter_rows(named=True):
        if row["version"] is not None:
            preferred.setdefault(row["asset"], []).append(row["version"])
    return {
        asset: {
            row["image_id"]: row
            for row in (
                *newest_usable(store, table, image_ids),
                *rows_of_versions(store, table, preferred.get(asset, ())),
            )
        }
        for asset, table in tables.items()
    }


def newest_usable(store: RowStore, table: str, image_ids: Sequence[str]) -> Iterator[Row]:
    """The newest row of each image that carries a payload."""
    among = pl.col("image_id").is_in(list(image_ids)) & pl.col("outcome").is_in(
        [outcome.value for outcome in USABLE]
    )
    found = store.scan(table).filter(among).collect().sort("_seq", "_row")
    yield from found.unique("image_id", keep="last").iter_rows(named=True)


def rows_of_versions(store: RowStore, table: str, versions: Collection[str]) -> list[Row]:
    """The rows that these versions are; a name that no row has is passed over."""
    if not versions:
        return []
    found = [match for version in versions if (match := VERSION.fullmatch(version))]
    seqs = pl.col("_seq").is_in([match[1] for match in found])
    names = {(match[1], int(match[2])) for match in found}
    rows = store.scan(table).filter(seqs).collect().unique(["_seq", "_row"])
    return [row for row in rows.iter_rows(named=True) if (row["_seq"], row["_row"]) in names]
