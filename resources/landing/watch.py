"""Finds what has settled: watches every file of a root until it stays as it is.

A file is settled when size, mtime, ctime and inode did not change for ``settle_seconds`` of real
time (not for a number of looks: two looks may be milliseconds apart, and a copy over a slow
network pauses). Dates in the past or future mean nothing. Nothing is opened or read here.
"""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from resources.landing.batches import MAX_LIST_BYTES, kind_of, loose_batch, named_batch
from resources.landing.draft import remove_from_landing
from resources.landing.ledger import Kind, KnownFile, KnownImage, Pending
from resources.landing.lists import give_up_entry
from resources.landing.look import Look, Relocation
from resources.landing.patient_walk import patient_walk
from resources.landing.roots import WatchedRoot
from resources.landing.scan import FoundFile, Problem, Signature
from resources.sources.source_identity import display_name


def settled_files(look: Look, root: WatchedRoot) -> list[Pending]:
    """The files of ``root`` that may be taken now; what else was seen is noted in the ledger."""
    watch = Watch(look, root, look.ledger.pending(root.name))
    for some in patient_walk(root.name, root.path):
        watch.meet_all(some)
    for entry in [entry for entry in watch.before.values() if entry.kind is Kind.LISTED]:
        watch.meet_listed(entry)
    watch.finish()
    return watch.settled


@dataclass
class Watch:
    """One look at one root. ``before`` is what was pending after the last look."""

    look: Look
    root: WatchedRoot
    before: dict[bytes, Pending]
    settled: list[Pending] = field(default_factory=list)
    changed: list[Pending] = field(default_factory=list)
    met: set[bytes] = field(default_factory=set)
    is_away: bool = False
    is_empty: bool = True
    new_loose_batch: str | None = None

    def stumble(self, problem: Problem) -> None:
        """Something below the root, or the root itself, cannot be seen. Nothing is deleted."""
        self.look.complain(problem.root, problem.path, problem.reason)
        self.is_away |= not problem.path
        self.is_empty = False

    def meet_all(self, walked: Sequence[FoundFile | Problem]) -> None:
        """What the walk came upon next."""
        files = [found for found in walked if isinstance(found, FoundFile)]
        known = self.look.ledger.known_files(self.root.name, [found.path for found in files])
        for found in walked:
            if isinstance(found, Problem):
                self.stumble(found)
            else:
                self.meet(found, known.get(found.path))

    def meet(self, found: FoundFile, known: KnownFile | None) -> None:
        """A file lies in the root."""
        self.look.seen_count += 1
        self.is_empty = False
        if known is not None and self._is_settled_business(found, known):
            return
        kind = kind_of(found.path)
        if not self._is_too_large(found.path, found.signature, kind):
            self._observe(found.path, found.signature, kind)

    def meet_listed(self, entry: Pending) -> None:
        """A list named this file; it may lie anywhere."""
        try:
            status = os.lstat(entry.path)
        except (FileNotFoundError, NotADirectoryError):
            give_up_entry(self.look, entry, "it is not there")
            return
        except OSError as error:
            self.met.add(entry.path)
            self.look.put_off(entry, f"cannot be looked at ({error.strerror})")
            return
        if not stat.S_ISREG(status.st_mode):
            give_up_entry(self.look, entry, "it is not a regular file")
            return
        signature = Signature.of(status)
        self.met.add(entry.path)
        if not self._is_too_large(entry.path, signature, entry.kind):
            self._observe(entry.path, signature, entry.kind)

    def finish(self) -> None:
        """Write down what changed since the last look, in one transaction; often nothing."""
        name = self.root.name
        if self.is_empty and not self.root.is_move and self.look.ledger.holds_files_of(name):
            reason = "the folder is empty (is it mounted?); what was seen in it stays known"
            self.look.complain(name, b"", reason)
        gone = set() if self.is_away else self.before.keys() - self.met
        for path in gone:
            self._miss(self.before[path])
        if gone or self.changed:
            with self.look.ledger.transaction():
                self.look.ledger.drop_pending(self.root.name, gone)
                self.look.ledger.put_pending(self.changed)

    def _observe(self, path: bytes, signature: Signature, kind: Kind) -> None:
        """Start, start anew, or end the wait of a file."""
        self.met.add(path)
        now_s = self.look.clock.steady_s()
        entry = self.before.get(path)
        if entry is None:
            batch = self._loose_batch() if kind is Kind.LOOSE else named_batch(path, kind)
            self.changed.append(Pending(self.root.name, path, signature, now_s, batch, kind))
        elif entry.signature != signature:
            self.look.earlier_troubles.pop((entry.root, path), None)
            self.changed.append(replace(entry, signature=signature, since_s=now_s))
        elif now_s < entry.since_s:
            self.changed.append(replace(entry, since_s=now_s))
        elif self._has_settled(entry, now_s):
            self.settled.append(entry)

    def _has_settled(self, entry: Pending, now_s: float) -> bool:
        waited_s = now_s - entry.since_s
        is_long_enough = waited_s >= self.look.settings.settle_seconds
        return is_long_enough and not self.look.is_put_off(entry)

    def _is_too_large(self, path: bytes, signature: Signature, kind: Kind) -> bool:
        limit = self.look.settings.limits.max_file_bytes
        if kind is Kind.LIST:
            limit = min(limit, MAX_LIST_BYTES)
        if signature.size_bytes <= limit:
            return False
        reason = f"not taken: {signature.size_bytes} bytes, the limit is {limit}"
        self.look.complain(self.root.name, path, reason)
        return True

    def _is_settled_business(self, found: FoundFile, known: KnownFile) -> bool:
        """Whether the file is unchanged since it was taken; finishes what was left undone."""
        if not known.is_same(found.signature, without_ctime=not self.root.is_move):
            return False
        if known.image is None:
            self._finish_list(found)
        elif not self.root.is_move:
            self._follow(found, known.image)
        elif self.look.is_kept(known.image):
            remove_from_landing(self.look, self.root, found.path, found.signature)
        else:
            return False  # its copy is lost: take it again
        return True

    def _finish_list(self, found: FoundFile) -> None:
        """Remove a list from a landing folder once everything it names is dealt with."""
        is_awaited = any(entry.listed_in == found.path for entry in self.before.values())
        if self.root.is_move and not is_awaited:
            remove_from_landing(self.look, self.root, found.path, found.signature)

    def _follow(self, found: FoundFile, image: KnownImage) -> None:
        """If the file that stands for an image is gone, let this one stand for it."""
        here = self.root.absolute(found.path)
        if image.mode == "reference" and image.path != here and not self.look.holds_still(image):
            name = display_name(os.path.basename(found.path))  # noqa: PTH119 - bytes
            moved = Relocation(image.image_id, "reference", here, self.root.name, name)
            self.look.relocations.append(moved)
            self.look.held[image.image_id] = True

    def _miss(self, entry: Pending) -> None:
        """A file that was settling is gone: a list that named it has to be told."""
        is_claimed = entry.listed_in is not None and entry.kind is not Kind.LISTED
        if is_claimed and not os.path.lexists(self.root.absolute(entry.path)):
            give_up_entry(self.look, entry, "it is not there")

    def _loose_batch(self) -> str:
        if self.new_loose_batch is None:
            now = self.look.clock.now()
            self.new_loose_batch = loose_batch(self.look.ledger, self.root.name, now)
        return self.new_loose_batch
