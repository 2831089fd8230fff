"""The ledger's part in what is left out: what was noted last, and which files change forever."""

import json
from collections.abc import Iterable
from typing import Any

from resources.landing.ledger import LandingLedger
from resources.landing.left_out import LeftOut, LeftOutKey, LeftOutState

CHANGING_AFTER_S = 60.0
"""A file that still changes so long after it was first seen is told of as changing."""

CHANGING = "it keeps changing, or another program writes to it; taken once it stays the same"


def noted_left_out(ledger: LandingLedger) -> dict[LeftOutKey, LeftOut]:
    """What was left out at the last look."""
    rows = ledger.db.execute("select * from noted")
    found = (
        LeftOut(
            root, path, reason, LeftOutState(state), batch, files, tuple(json.loads(names)), size
        )
        for root, path, reason, state, batch, files, names, size in rows
    )
    return {one.key: one for one in found}


def note_left_out(
    ledger: LandingLedger, changed: Iterable[LeftOut], over: Iterable[LeftOutKey]
) -> None:
    """Note what is left out now, and what is over."""
    ledger.db.executemany(
        "delete from noted where root = ? and path = ? and reason = ?", list(over)
    )
    ledger.db.executemany(
        "insert or replace into noted values (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (*one.key, one.state.value, one.batch, one.files, _json(one), one.size_bytes)
            for one in changed
        ),
    )


def mirror_left_out(ledger: LandingLedger, fields: dict[str, Any]) -> None:
    """Note what a stored row says."""
    one = LeftOut(
        root=fields["root"],
        path=fields["path"],
        reason=fields["reason"],
        state=LeftOutState(fields["state"]),
        batch=fields["batch"] or "",
        files=fields["files"],
        first_names=tuple(fields["first_names"] or ()),
        size_bytes=fields["size_bytes"],
    )
    note_left_out(ledger, () if fields["is_over"] else (one,), (one.key,))


def changing(ledger: LandingLedger) -> list[LeftOut]:
    """Files that were seen some time ago and have not stayed the same since."""
    rows = ledger.db.execute(
        "select root, path, batch from pending where since_s - first_s > ?",
        (CHANGING_AFTER_S,),
    )
    state = LeftOutState.STILL_CHANGING
    return [LeftOut(root, path, CHANGING, state, batch) for root, path, batch in rows]


def _json(one: LeftOut) -> str:
    return json.dumps(one.first_names)
