"""Takes settled files: reads them within the time budget, a few at a time, batch by batch.

Small batches come first, so that a handful of pictures does not wait behind an archive. What the
budget leaves over is read at the next look; nothing that was read is read again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from resources.landing.draft import Draft
from resources.landing.file import CopyFailed, ReadFile, StillChanging, read_file
from resources.landing.ledger import Kind, Pending
from resources.landing.lists import open_list
from resources.landing.look import Look
from resources.landing.roots import WatchedRoot
from resources.landing.scan import Signature
from resources.stores.free_space import no_room, room_below
from resources.stores.kept_originals import new_partial

READERS = 4
"""Files read at the same time: reading, hashing and flushing wait for each other otherwise."""

SLICE_FILES = 32
SLICE_BYTES = 64 * 1024 * 1024
"""The clock is looked at after so many files or bytes."""

Result = ReadFile | StillChanging | OSError


def take(look: Look, settled: Sequence[Pending]) -> None:
    """Take settled files until the budget is spent; a few of them in any case.

    Raises OSError when our own disk refuses; files that cannot be read are only noted.
    """
    lists = [entry for entry in settled if entry.kind is Kind.LIST]
    files = [entry for entry in settled if entry.kind is not Kind.LIST]
    for entry in lists:
        open_list(look, look.roots[entry.root], entry)
    if lists:  # they may have claimed files for their own batches
        files = [replace(entry, batch=look.ledger.batch_of(entry)) for entry in files]
    if files:
        with ThreadPoolExecutor(READERS, thread_name_prefix="landing") as pool:
            for batch in _batches(files):
                _take_batch(look, batch, pool)


def _batches(files: Iterable[Pending]) -> list[list[Pending]]:
    """The files by batch, in path order; the smallest batch first."""
    batches = defaultdict(list)
    for entry in files:
        batches[entry.root, entry.batch].append(entry)
    ordered = (sorted(batch, key=lambda entry: entry.path) for batch in batches.values())
    return sorted(ordered, key=len)


def _take_batch(look: Look, batch: Sequence[Pending], pool: Executor) -> None:
    root = look.roots[batch[0].root]
    draft = Draft(look, root, batch[0].batch)
    for entries in _slices(batch):
        if look.is_out_of_time:
            break
        for entry, result in _read(look, root, entries, pool):
            if not isinstance(result, ReadFile):
                _note_failure(look, entry, result)
                continue
            if draft.is_full:
                draft.commit(pool)
                draft = Draft(look, root, draft.batch)
            draft.add(entry, result)
    draft.commit(pool)


def _slices(batch: Sequence[Pending]) -> Iterator[list[Pending]]:
    slice_: list[Pending] = []
    for entry in batch:
        slice_.append(entry)
        total = sum(entry.signature.size_bytes for entry in slice_)
        if len(slice_) == SLICE_FILES or total >= SLICE_BYTES:
            yield slice_
            slice_ = []
    if slice_:
        yield slice_


def _read(
    look: Look, root: WatchedRoot, entries: Sequence[Pending], pool: Executor
) -> list[tuple[Pending, Result]]:
    """What reading each file brought; those that there is no room for are left out."""
    results: dict[bytes, Result] = {}
    for entry in entries:
        if (sha256 := _known_bytes(look, root, entry)) is not None:
            results[entry.path] = ReadFile(sha256, None)
    unknown = [entry for entry in entries if entry.path not in results]
    readable = _fitting(look, unknown) if root.is_move else unknown
    places = [root.absolute(entry.path) for entry in readable]
    signatures = [entry.signature for entry in readable]
    copies = [new_partial(look.originals) if root.is_move else None for _ in readable]
    read = pool.map(_attempt, places, signatures, copies)
    results |= {entry.path: result for entry, result in zip(readable, read, strict=True)}
    look.read_count += len(readable)
    look.has_taken = True
    return [(entry, results[entry.path]) for entry in entries if entry.path in results]


def _attempt(path: bytes, expected: Signature, copy: Path | None) -> Result:
    try:
        return read_file(path, expected, copy)
    except (StillChanging, OSError) as error:
        return error


def _known_bytes(look: Look, root: WatchedRoot, entry: Pending) -> str | None:
    """The SHA-256 of a file that need not be read, because one with its signature was."""
    sha256 = look.ledger.sha256_with_signature(root.name, entry.signature)
    if sha256 is None or not root.is_move:
        return sha256
    image = look.ledger.image(sha256)
    is_done = entry.kind is Kind.LISTED and image is not None and look.is_kept(image)
    return sha256 if is_done else None


def _fitting(look: Look, entries: Sequence[Pending]) -> list[Pending]:
    """The files that there is room for; the others wait until there is."""
    room = room_below(look.home.originals, look.settings.reserve_bytes)
    fitting = []
    for entry in entries:
        if entry.signature.size_bytes <= room:
            room -= entry.signature.size_bytes
            fitting.append(entry)
        else:
            look.complain(look.home.originals.name, b"", no_room(look.settings))
    return fitting


def _note_failure(look: Look, entry: Pending, result: StillChanging | OSError) -> None:
    """Let a changing file settle again and an unreadable one wait. Raises CopyFailed."""
    if isinstance(result, CopyFailed):
        raise result
    if isinstance(result, StillChanging):
        look.restart_wait(entry)
    elif not isinstance(result, FileNotFoundError):
        look.put_off(entry, f"cannot be read ({result.strerror})")
