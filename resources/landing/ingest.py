"""From landing folders to accepted originals: one look at all roots, safe to repeat at any time.

A look scans the roots (``watch``), decides what is to be done (``decide``, pure) and does it
(``apply``, ``take``, ``commit``): what has settled is hashed, copied or referenced, and put on
record within a time budget. The accepted sources are offered in chunks until somebody confirms that
a run exists for them; so are the children that assets have accepted meanwhile. A look decides by
what is there, not by what changed: after one that was killed, the next one catches up.
Absence deletes nothing.
"""

import logging
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from filelock import FileLock, Timeout
from tenacity import retry, retry_if_exception, stop_after_attempt

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.landing.actions import ProblemAction, ReportProblem
from resources.landing.apply import apply_root, follow_moved
from resources.landing.clock import Clock
from resources.landing.decide_taking import gathered, gathering_seconds
from resources.landing.ledger import Chunk, LandingLedger
from resources.landing.ledger_database import discard_database
from resources.landing.ledger_mirror import catch_up
from resources.landing.left_out import LEFT_OUT
from resources.landing.listable import ListableFiles
from resources.landing.note_left_out import note_what_is_left_out
from resources.landing.problems import next_problems
from resources.landing.records import FilePlace, FileProblem, Pending
from resources.landing.roots import WatchedRoot, watched_roots
from resources.landing.scan import Problem
from resources.landing.scan_pass import BytesAtHand, MediumOf, ScanPass
from resources.landing.sidecar_links import SIDECAR_FILES, link_sidecars
from resources.landing.take import Taking, take
from resources.landing.watch import RootScan, watch_root
from resources.rows.row_store import RowStore
from resources.sources.source_rows import BATCH_EVENT, ORIGINAL, SIGHTING
from resources.stores.beneath import NamedFolders
from resources.stores.free_space import has_room, no_room, why_to_wait
from resources.stores.kept_originals import remove_partials

CHUNKS_OFFERED = 20
"""Chunks offered at once, urgent and old ones first: Dagster creates one run after the other."""

PROBLEMS_SHOWN = 3

LOOK_SECONDS = 0.2
LONGEST_LOOKING_SECONDS = 15.0

BUSY = "Another process is looking at the landing folders."

logger = logging.getLogger(__name__)


def all_images(_head: bytes) -> None:
    """What ``medium_of`` is when nobody says otherwise: every file is an image."""


@dataclass(frozen=True)
class IngestResult:
    """What one look found.

    ``chunks`` wait for a run (at most CHUNKS_OFFERED, oldest first; those of earlier looks that
    nobody confirmed are among them); none are offered while the disk is nearly full. Counts are of
    this look: files in the roots, files read, new sources, sightings of known ones;
    ``waiting_count`` files are not taken yet. ``is_full``: something waits for space on our disk.
    """

    chunks: tuple[Chunk, ...] = ()
    seen_count: int = 0
    read_count: int = 0
    accepted_count: int = 0
    duplicate_count: int = 0
    waiting_count: int = 0
    problems: tuple[Problem, ...] = ()
    is_busy: bool = False
    is_full: bool = False

    @property
    def message(self) -> str:
        """One line for a person."""
        if self.is_busy:
            return BUSY
        counts = [
            (self.accepted_count, "new"),
            (self.duplicate_count, "seen again"),
            (self.waiting_count, "still settling or waiting"),
        ]
        counted = [f"{count} {what}" for count, what in counts if count] or ["nothing new"]
        files = "1 file" if self.seen_count == 1 else f"{self.seen_count} files"
        return "; ".join([f"{files}: {', '.join(counted)}", *self._problem_lines()])

    def _problem_lines(self) -> Iterator[str]:
        yield from (str(problem) for problem in self.problems[:PROBLEMS_SHOWN])
        if len(self.problems) > PROBLEMS_SHOWN:
            yield f"and {len(self.problems) - PROBLEMS_SHOWN} more problems"


def is_damage(error: BaseException) -> bool:
    """Whether SQLite found a database malformed; then ``open_ledger`` has deleted it.

    Subclasses of the error mean a lock, a full disk or a wrong statement.
    """
    return type(error) is sqlite3.DatabaseError


once_more_after_damage = retry(
    retry=retry_if_exception(is_damage), stop=stop_after_attempt(2), reraise=True
)
"""The ledger is a cache: if it is damaged, work goes on with one that is made again from rows."""


@once_more_after_damage
def look_at_landing(
    settings: Settings, *, clock: Clock | None = None, medium_of: MediumOf = all_images
) -> IngestResult:
    """Take what has settled in the landing roots and return what waits for a run.

    ``medium_of`` says by its first bytes what a new file is. One look at a time per MEDIA_HOME:
    while another process looks, the result ``is_busy``. A disk that cannot be written to is a
    problem of the result; the next look goes on. Raises LandingRootRefused when the settings name
    a root that must not be watched.
    """
    roots = {root.name: root for root in watched_roots(settings)}
    home = settings.media_home
    clock = clock or Clock()
    try:
        home.create()
        rows = RowStore(home.rows)
        for table in (ORIGINAL, SIGHTING, BATCH_EVENT, SIDECAR_FILES, LEFT_OUT):
            rows.declare(table)
        with FileLock(home.locks / "ingest.lock", timeout=0), open_ledger(home) as ledger:
            deadline_s = clock.steady_s() + settings.hash_seconds_per_tick
            folders = NamedFolders([bytes(folder) for folder in settings.folders_of_others])
            scan = ScanPass(
                settings=settings,
                rows=rows,
                ledger=ledger,
                clock=clock,
                at_hand=BytesAtHand(home, ledger, folders),
                medium_of=medium_of,
                deadline_s=deadline_s,
                may_list=ListableFiles(home, settings.folders_of_others, folders),
                folders=folders,
            )
            return _look(scan, roots)
    except Timeout:
        return IngestResult(is_busy=True)
    except (OSError, sqlite3.OperationalError) as error:
        logger.exception("the look at the landing folders stopped")
        return _stopped(settings, error)


def look_until_settled(settings: Settings, *, medium_of: MediumOf = all_images) -> IngestResult:
    """Look again and again while files settle, so that they are taken the moment they have.

    Dagster's sensor daemon looks every five seconds only. Ends with the first chunks, when
    nothing waits, or a little after the time in which a batch settles (a tick may take a minute).
    """
    wait_s = gathering_seconds(settings.settle_seconds) + LOOK_SECONDS
    patience_s = min(wait_s, LONGEST_LOOKING_SECONDS)
    started = time.monotonic()
    while True:
        found = look_at_landing(settings, medium_of=medium_of)
        is_idle = not found.waiting_count and not found.is_busy
        if found.chunks or is_idle or time.monotonic() - started > patience_s:
            return found
        time.sleep(LOOK_SECONDS)


@once_more_after_damage
def waiting_chunk_ids(home: MediaHome) -> list[str]:
    """The ids of all chunks that no run is known for, oldest first."""
    if not home.ledger.exists():
        return []
    with open_ledger(home) as ledger:
        return ledger.waiting_chunk_ids()


@once_more_after_damage
def waiting_source_ids(home: MediaHome) -> set[str]:
    """The sources of all chunks that no run is known for, of any medium."""
    if not home.ledger.exists():
        return set()
    with open_ledger(home) as ledger:
        return ledger.waiting_source_ids()


@once_more_after_damage
def confirm(home: MediaHome, chunk_ids: Sequence[str]) -> None:
    """Stop offering these chunks: a run exists for each. Unknown ids are passed over."""
    with open_ledger(home) as ledger:
        ledger.confirm(chunk_ids)


@contextmanager
def open_ledger(home: MediaHome) -> Iterator[LandingLedger]:
    """The ledger; a damaged one is deleted, so that the next look makes it again.

    Raises sqlite3.DatabaseError.
    """
    try:
        with LandingLedger(home.ledger) as ledger:
            yield ledger
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            discard_database(home.ledger, error)
        raise


def _look(scan: ScanPass, roots: Mapping[str, WatchedRoot]) -> IngestResult:
    remove_partials(scan.originals)
    catch_up(scan.ledger, scan.rows)
    earlier = scan.ledger.problems()
    found = [watch_root(scan, root, earlier) for root in roots.values()]
    actions = [action for one in found for action in apply_root(scan, one)]
    follow_moved(scan, found)
    taking = take(hurried(scan, found), roots, _to_take(scan, found))
    link_sidecars(scan)
    if lacking := why_to_wait(scan.settings):
        actions.append(ReportProblem(scan.home.originals.name, b"", lacking))
    problems = _note_problems(scan, earlier, [*actions, *taking.problems])
    note_what_is_left_out(scan, found, [*actions, *taking.problems], problems)
    return _result(scan, found, taking, problems, may_work=lacking is None)


def hurried(scan: ScanPass, found: Sequence[RootScan]) -> ScanPass:
    """The look, to end when urgent files that settle now will have settled."""
    settling = {(entry.root, entry.batch) for one in found for entry in one.settling}
    if not any(scan.is_urgent(root, batch) for root, batch in settling):
        return scan
    soon_s = scan.clock.steady_s() + scan.settings.settle_seconds
    return replace(scan, deadline_s=min(scan.deadline_s, soon_s))


def _to_take(scan: ScanPass, found: Sequence[RootScan]) -> list[Pending]:
    """What has settled, but for batches of which the rest will have settled in a moment."""
    patience_s = gathering_seconds(scan.settings.settle_seconds)
    return gathered(
        [entry for one in found for entry in one.settled],
        [entry for one in found for entry in one.settling],
        long_since_s=scan.clock.steady_s() - patience_s,
    )


def _note_problems(
    scan: ScanPass, earlier: Mapping[FilePlace, FileProblem], actions: Iterable[ProblemAction]
) -> dict[FilePlace, FileProblem]:
    """What needs a person now; noted in the ledger, and logged when it is new."""
    problems = next_problems(earlier, actions)
    for place, problem in problems.items():
        if place not in earlier or earlier[place].reason != problem.reason:
            logger.warning("%s", Problem(*place, problem.reason))
    scan.ledger.replace_problems(problems)
    return problems


def _result(
    scan: ScanPass,
    found: Sequence[RootScan],
    taking: Taking,
    problems: Mapping[FilePlace, FileProblem],
    *,
    may_work: bool,
) -> IngestResult:
    full = no_room(scan.settings)
    return IngestResult(
        chunks=scan.ledger.waiting_chunks(CHUNKS_OFFERED, scan.rank) if may_work else (),
        seen_count=sum(one.seen_count for one in found),
        read_count=taking.read_count,
        accepted_count=taking.accepted_count,
        duplicate_count=taking.duplicate_count,
        waiting_count=scan.ledger.pending_count(),
        problems=tuple(
            Problem(*place, problem.reason) for place, problem in sorted(problems.items())
        ),
        is_full=any(problem.reason == full for problem in problems.values()),
    )


def _stopped(settings: Settings, error: Exception) -> IngestResult:
    """What keeps us from working; a full disk shows in many ways."""
    is_full = settings.home.exists() and not has_room(settings)
    reason = no_room(settings) if is_full else f"cannot be used ({error})"
    return IngestResult(problems=(Problem(settings.home.name, b"", reason),), is_full=is_full)
