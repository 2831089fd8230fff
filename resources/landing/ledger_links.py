"""The ledger's part in linking sidecars: neighbors by name, and who waits for another run."""

from collections.abc import Iterable, Sequence

from resources.landing.ledger import OF_SOURCE, LandingLedger
from resources.sources.identities import KnownSource
from resources.sources.source_rows import IMAGE_MEDIUM

WAITING_GROUP = "sidecars"
"""In place of a batch, for images that wait only for their sidecars' fields."""


def unlinked(ledger: LandingLedger, limit: int) -> list[tuple[str, bytes]]:
    """(root, path) of sighted files that were not yet compared with files of the same name."""
    return ledger.db.execute("select root, path from unlinked limit ?", (limit,)).fetchall()


def forget_unlinked(ledger: LandingLedger, places: Iterable[tuple[str, bytes]]) -> None:
    """Note that these files are linked, as far as there are files of the same name."""
    ledger.db.executemany("delete from unlinked where root = ? and path = ?", places)


def files_between(
    ledger: LandingLedger, root: str, first: bytes, end: bytes
) -> dict[bytes, KnownSource]:
    """What was last seen at the paths that lie, folded, from ``first`` (included) to ``end``."""
    query = (
        f"select s.path, {OF_SOURCE} from seen s join image i on i.image_id = s.image_id"  # noqa: S608 - columns only
        " where s.root = ? and s.folded >= ? and s.folded < ?"
    )
    rows = ledger.db.execute(query, (root, first, end))
    return {path: KnownSource(*source) for path, *source in rows}


def wait_again(ledger: LandingLedger, chunk_id: str, image_ids: Sequence[str]) -> None:
    """Let images wait for one more run, except those that wait for their first one anyway."""
    ledger.db.executemany(
        "insert into waiting (chunk_id, root, batch, medium, image_id, landed_at)"
        " select ?1, ?2, ?2, ?3, ?4, '' where not exists"
        " (select 1 from waiting where image_id = ?4)",
        ((chunk_id, WAITING_GROUP, IMAGE_MEDIUM, image_id) for image_id in image_ids),
    )
