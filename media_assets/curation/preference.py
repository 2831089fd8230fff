"""Preferences: which version of an image's caption, description or tags people want to see.

Without one the newest usable version counts (``media_assets.execution.versions``). A preference
decides what the catalogue record uses, not what models are shown: it makes the record (and what
is made from it) stale, nothing else. It may be about a part of the image, such as a region.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import polars as pl

from media_assets.execution.versions import PREFERENCE
from resources.rows.row_store import RowStore


@dataclass(frozen=True)
class Preference:
    """What was decided for one image and asset; ``version`` None returns to the newest.

    ``part`` is the number of a part of the image, such as a region; None means the whole.
    """

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
