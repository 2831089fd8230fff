"""What is decided about one file, from plain values: no disk, no ledger, no clock."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.landing.actions import (
    Action,
    BackOff,
    Follow,
    Forget,
    GiveUp,
    KeepProblem,
    KeepWaiting,
    Remove,
    Take,
    Wait,
)
from resources.landing.decide import (
    ListedFile,
    Missing,
    RootState,
    SeenFile,
    Unreadable,
    decide_absent,
    decide_empty,
    decide_file,
    decide_listed,
)
from resources.landing.records import FileKind, FileProblem, KnownFile, Pending
from resources.landing.roots import WatchedRoot
from resources.landing.scan import Signature
from resources.sources.identities import KnownSource

NOW_S = 1000.0
LANDING = WatchedRoot("in", b"/in", is_move=True)
ARCHIVE = WatchedRoot("archive", b"/archive", is_move=False)
STATE = Signature(size_bytes=5, mtime_ns=1, ctime_ns=2, inode=3)
OTHER = STATE._replace(mtime_ns=9)
KEPT = KnownSource("a" * 64, "a-1", "move", b"originals/aa/aa/a.jpg", 5)
REFERENCED = replace(KEPT, mode="reference", path=b"/archive/first.jpg")


def pending(path: bytes = b"job/a.jpg", *, waited_s: float = 0, **told: Any) -> Pending:
    entry = Pending("in", path, STATE, NOW_S - waited_s, "job", FileKind.FOLDER)
    return replace(entry, **told)


def known(source: KnownSource | None = KEPT, state: Signature = STATE) -> KnownFile:
    return KnownFile(*state, batch="job", source=source)


def state(root: WatchedRoot = LANDING, *waiting: Pending, **told: Any) -> RootState:
    given: dict[str, Any] = {
        "root": root,
        "pending": {entry.path: entry for entry in waiting},
        "problems": {},
        "loose_batch": "in-20260301",
        "holds_files": True,
        "settle_seconds": 5.0,
        "max_file_bytes": 1000,
        **told,
    }
    return RootState(**given)


def decide(seen: SeenFile, *waiting: Pending, root: WatchedRoot = LANDING, **told: Any) -> Any:
    return decide_file(seen, state(root, *waiting, **told), NOW_S)


@pytest.mark.parametrize(
    ("path", "batch", "kind"),
    [
        (b"job/deep/a.jpg", "job", FileKind.FOLDER),
        (b"a.jpg", "in-20260301", FileKind.LOOSE),
        (b"deep/Best of.LST", "Best of", FileKind.LIST),
    ],
    ids=["in_a_folder", "loose", "a_list"],
)
def test_a_file_that_was_never_seen_begins_to_wait(path: bytes, batch: str, kind: FileKind) -> None:
    decided = decide(SeenFile(path, STATE))

    assert decided == Wait(Pending("in", path, STATE, NOW_S, batch, kind))


@pytest.mark.parametrize(
    ("waited_s", "expected"),
    [(-1, Wait), (0, KeepWaiting), (4.9, KeepWaiting), (5, Take), (1e9, Take)],
)
def test_a_file_is_taken_once_it_stayed_the_same_for_the_whole_wait(
    waited_s: float, expected: Any
) -> None:
    """A wait that began in the future (the clock stepped back) begins anew."""
    decided = decide(SeenFile(b"job/a.jpg", STATE), pending(waited_s=waited_s))

    since_s = NOW_S if expected is Wait else NOW_S - waited_s
    assert decided == expected(pending(since_s=since_s))


@pytest.mark.parametrize(
    ("retry_at_s", "expected"),
    [(NOW_S + 1, KeepProblem), (NOW_S, Take), (0.0, Take), (NOW_S + 601, Take)],
    ids=["later", "now", "never", "set_by_another_clock"],
)
def test_a_file_that_could_not_be_read_is_tried_again_when_its_time_has_come(
    retry_at_s: float, expected: type[Action]
) -> None:
    problems = {b"job/a.jpg": FileProblem("cannot be read", 3, retry_at_s)}

    decided = decide(SeenFile(b"job/a.jpg", STATE), pending(waited_s=60), problems=problems)

    assert isinstance(decided, expected)


DONE = [
    ("a kept file of a landing folder goes", LANDING, known(), True, Remove(b"job/a.jpg", STATE)),
    (
        "a read list of a landing folder goes",
        LANDING,
        known(None),
        True,
        Remove(b"job/a.jpg", STATE),
    ),
    ("a file of an archive stays", ARCHIVE, known(), True, None),
    ("a read list of an archive stays", ARCHIVE, known(None), True, None),
    (
        "a copy of a lost reference",
        ARCHIVE,
        known(REFERENCED),
        False,
        Follow(REFERENCED, b"job/a.jpg"),
    ),
    ("a copy of a reference that is there", ARCHIVE, known(REFERENCED), True, None),
]


@pytest.mark.parametrize(
    ("root", "before", "at_hand", "expected"),
    [case[1:] for case in DONE],
    ids=[case[0].replace(" ", "_") for case in DONE],
)
def test_a_file_that_was_taken_and_is_unchanged(
    root: WatchedRoot, before: KnownFile, at_hand: bool, expected: Action | None
) -> None:
    decided = decide(SeenFile(b"job/a.jpg", STATE, before, at_hand), root=root)

    assert decided == expected


def test_a_list_stays_while_a_file_that_it_names_is_to_come() -> None:
    seen = SeenFile(b"best.lst", STATE, known(None))

    assert decide(seen, pending(listed_in=b"best.lst")) is None
    assert decide(seen, pending(listed_in=b"other.lst")) == Remove(b"best.lst", STATE)


def test_a_file_whose_kept_copy_is_lost_waits_to_be_taken_again() -> None:
    decided = decide(SeenFile(b"job/a.jpg", STATE, known(), is_at_hand=False))

    assert isinstance(decided, Wait)


def test_a_ctime_that_is_not_known_is_passed_over_in_an_archive_only() -> None:
    """A landing folder is emptied: what is not surely the file on record is read once more."""
    seen = SeenFile(b"job/a.jpg", STATE, replace(known(), ctime_ns=None))

    assert decide(seen, root=ARCHIVE) is None
    assert isinstance(decide(seen), Wait)


@pytest.mark.parametrize(
    ("name", "size_bytes", "limit"),
    [
        (b"a.jpg", 1001, "1,000 (limits.max_file_bytes)"),
        (b"a.lst", 65 * 1024**2, "67,108,864 for a list"),
    ],
    ids=["file", "list"],
)
def test_a_file_above_the_limit_is_only_reported(name: bytes, size_bytes: int, limit: str) -> None:
    """Lists have a limit of their own."""
    max_file_bytes = 1000 if name == b"a.jpg" else 10**12
    seen = SeenFile(name, STATE._replace(size_bytes=size_bytes))

    decided = decide(seen, max_file_bytes=max_file_bytes)

    reason = f"too large: {size_bytes:,} bytes, the limit is {limit}"
    assert (decided.path, decided.reason, decided.size_bytes) == (name, reason, size_bytes)


LISTED = pending(b"/far/a.jpg", waited_s=60, kind=FileKind.LISTED, listed_in=b"best.lst")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (STATE, (Take(LISTED),)),
        (OTHER, (Wait(replace(LISTED, signature=OTHER, since_s=NOW_S)),)),
        (Missing("it is not there"), (GiveUp(LISTED, "it is not there"),)),
        (Unreadable("cannot be looked at"), (BackOff(LISTED, "cannot be looked at", NOW_S),)),
        (
            STATE._replace(size_bytes=2000),
            (GiveUp(LISTED, "too large: 2,000 bytes, the limit is 1,000 (limits.max_file_bytes)"),),
        ),
    ],
    ids=["settled", "changed", "gone", "unreadable", "too_large"],
)
def test_a_listed_file(found: Any, expected: tuple[Action, ...]) -> None:
    assert decide_listed(ListedFile(LISTED, found), state(LANDING, LISTED), NOW_S) == expected


def test_a_file_that_is_gone_is_forgotten_and_a_list_that_claimed_it_is_told() -> None:
    plain, there = pending(b"a"), pending(b"b")
    claimed, taken = pending(b"c", listed_in=b"x.lst"), pending(b"d", listed_in=b"x.lst")
    root = state(LANDING, plain, there, claimed, taken, LISTED)

    decided = list(decide_absent(root, watched={b"b"}, still_there={b"d"}))

    assert decided == [
        Forget(plain),
        GiveUp(claimed, "it is not there"),
        Forget(claimed),
        Forget(taken),
        Forget(LISTED),
    ]


@pytest.mark.parametrize(
    ("root", "holds_files", "is_told"),
    [(ARCHIVE, True, True), (ARCHIVE, False, False), (LANDING, True, False)],
    ids=["archive", "new_archive", "landing_folder"],
)
def test_an_empty_archive_that_held_files_is_named(
    root: WatchedRoot, holds_files: bool, is_told: bool
) -> None:
    assert (decide_empty(state(root, holds_files=holds_files)) is not None) is is_told


SIGNATURES = st.builds(
    Signature, st.integers(0, 1500), st.integers(0, 1), st.integers(0, 1), st.integers(0, 1)
)
SOURCES = st.sampled_from([KEPT, REFERENCED, None])
KNOWN = st.builds(
    lambda source, state, has_ctime: replace(
        known(source, state), ctime_ns=state.ctime_ns if has_ctime else None
    ),
    SOURCES,
    SIGNATURES,
    st.booleans(),
)
SEEN = st.builds(
    SeenFile,
    st.sampled_from([b"a.jpg", b"job/a.jpg", b"l.lst"]),
    SIGNATURES,
    st.none() | KNOWN,
    st.booleans(),
)
WAITED = st.floats(-10, 100)


@given(SEEN, SIGNATURES, WAITED, st.booleans(), st.sampled_from([LANDING, ARCHIVE]))
def test_whatever_is_seen_nothing_is_taken_too_early_or_removed_too_early(
    seen: SeenFile, before: Signature, waited_s: float, is_pending: bool, root: WatchedRoot
) -> None:
    entry = pending(seen.path, waited_s=waited_s, signature=before)

    decided = decide(seen, *([entry] if is_pending else []), root=root)

    if isinstance(decided, Take):
        assert is_pending
        assert seen.signature == before
        assert waited_s >= 5 - 1e-9
        assert seen.signature.size_bytes <= 1000
    if isinstance(decided, Remove):
        assert root.is_move
        assert seen.known is not None
        assert seen.known.is_same(seen.signature, without_ctime=False)
        assert seen.known.source is None or seen.is_at_hand
    if isinstance(decided, Follow):
        assert not root.is_move
        assert not seen.is_at_hand


@given(st.integers(0, 6), st.sets(st.integers(0, 5)))
def test_no_file_that_was_met_is_forgotten_and_every_other_one_is(
    count: int, met: set[int]
) -> None:
    entries = [pending(b"%d.jpg" % number) for number in range(count)]
    watched = {b"%d.jpg" % number for number in met}

    decided = list(decide_absent(state(LANDING, *entries), watched, set()))

    assert decided == [Forget(entry) for entry in entries if entry.path not in watched]
