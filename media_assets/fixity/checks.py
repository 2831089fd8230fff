"""Fixity checks: whether every kept file still has the bytes whose SHA-256 was recorded.

Made hourly for a part of all files, so that each is read once in `fixity.days` days, the never
checked and the longest unchecked first, at most `fixity.bytes_per_second`. The table `fixity` says
of each file what was found. A damaged derivative is set aside and made again; a damaged original is
never touched: `media fixity restore` replaces it by an intact copy when you say so.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import dagster as dg

from media_assets.fixity.damaged_files import set_aside
from media_assets.fixity.due_files import due_files
from media_assets.fixity.fixity_check import CheckedFile, DueFile, check_files
from resources.configuration.notify_settings import Event
from resources.configuration.settings import Settings
from resources.display_text import plain_text
from resources.notifications.outbox import Announcement, announce
from resources.orchestration.media_resource import MediaResource
from resources.preservation.fixity import Fixity, Pace
from resources.warehouse.warehouse_resource import WarehouseResource

SECONDS_PER_RUN = 3000.0
"""A run ends before the next hourly one begins; the rest is due then."""

NAMED = 20
"""Files in one line of the log or of a check's result."""

CHECKS = dg.AssetKey(["preservation", "fixity_check"])
INTACT = dg.AssetCheckSpec(
    "all_files_are_intact",
    asset=CHECKS,
    description="No file that was ever checked is damaged, missing or unreadable. See the table "
    "fixity.",
)
Named = tuple[str, str, str]
"""A file's kind and path, and its state."""

NOT_INTACT = """
select kind, path, state
from fixity
where state not in ('ok', 'not_checked')
order by kind desc, path
"""


@dg.asset(
    key=CHECKS,
    group_name="preservation",
    kinds={"python"},
    owners=["team:media"],
    code_version="1",
    deps=[dg.AssetKey(["sql", "sources"]), dg.AssetKey(["sql", "artifacts"])],
    check_specs=[INTACT],
    description=__doc__,
)
def fixity_check(
    context: dg.AssetExecutionContext, media: MediaResource, warehouse: WarehouseResource
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Check what is due."""
    settings = Settings()
    with warehouse.reading() as connection:
        due = due_files(connection, media.home.root, settings.fixity.days)
        earlier = connection.execute(NOT_INTACT).fetchall()
    pace = Pace(settings.fixity.bytes_per_second)
    act = partial(set_aside, media.home)
    done = list(check_files(media.home, until(due, SECONDS_PER_RUN), pace, context.run.run_id, act))
    wrong = [one for one in done if one.checked.fixity is not Fixity.OK]
    for one in wrong[:NAMED]:
        context.log.error("%s", line_of(*named(one)))
    not_intact = still_wrong(done, earlier)
    if not_intact:
        announce(settings, alarm(not_intact))
    yield dg.MaterializeResult(metadata=counted(done))
    yield result(not_intact)


def until(files: Iterable[DueFile], seconds: float) -> Iterator[DueFile]:
    """The files, as long as so many seconds are not over."""
    end_s = time.monotonic() + seconds
    for file in files:
        if time.monotonic() > end_s:
            return
        yield file


def counted(done: Sequence[CheckedFile]) -> dict[str, int]:
    """How many files were found in which state, and the bytes read."""
    found = Counter(one.checked.fixity.value for one in done)
    bytes_read = sum(one.checked.size_bytes for one in done)
    return {"files": len(done), "bytes": bytes_read, **found}


def named(one: CheckedFile) -> Named:
    """Kind, path, and what was found."""
    return one.file.kind, one.file.path, one.checked.fixity.value


def line_of(kind: str, path: str, state: str) -> str:
    """A file for people."""
    return f"{kind}: {plain_text(path)} ({state})"


def still_wrong(done: Sequence[CheckedFile], earlier: Iterable[Named]) -> list[str]:
    """What is not intact now: what was found wrong, and what was before and was not read again."""
    read = {one.file.path for one in done}
    found = [named(one) for one in done if one.checked.fixity is not Fixity.OK]
    return [line_of(*one) for one in [*found, *(one for one in earlier if one[1] not in read)]]


def alarm(wrong: list[str]) -> Announcement:
    """The message about files that are not intact; the same files are told of once."""
    occasion = hashlib.sha256("\n".join(sorted(wrong)).encode()).hexdigest()
    title = f"{len(wrong)} file(s) not intact"
    text = "\n".join([*wrong[:NAMED], "See: media fixity status"])
    return Announcement(Event.FIXITY_ALARM, occasion, title, text, {"files": wrong[:NAMED]})


def result(wrong: list[str]) -> dg.AssetCheckResult:
    """The check that people see in Dagster's UI."""
    return dg.AssetCheckResult(
        passed=not wrong,
        asset_key=CHECKS,
        check_name=INTACT.name,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"not_intact": len(wrong), "examples": wrong[:NAMED]},
    )
