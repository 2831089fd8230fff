"""What was read and is not yet on record: copies, rows and the ledger are committed together.

The order makes every crash harmless: copies in ``originals``, then rows, then the ledger, then the
landing files go. Whoever is killed in between has left rows that the ledger catches up with, or a
landing file that is read again, found to be known, and noted no second time.
"""

import hashlib
import os
import secrets
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path

from resources.landing.file import ReadFile, StillChanging, remove_taken
from resources.landing.ledger import Kind, KnownImage, Pending
from resources.landing.ledger_mirror import (
    mirror_event,
    mirror_original,
    mirror_sighting,
    note_commit,
)
from resources.landing.look import Look, Relocation
from resources.landing.roots import WatchedRoot
from resources.landing.scan import Signature
from resources.landing.sidecar_names import is_sidecar
from resources.sources.source_identity import (
    HASH_LENGTHS,
    display_name,
    display_path,
    make_source_id,
    safe_suffix,
)
from resources.sources.source_rows import (
    BATCH_EVENT,
    IMAGE,
    OPENED,
    ORIGINAL,
    SIDECAR,
    SIGHTING,
    BatchEventRow,
    OriginalRow,
    SightingRow,
    append,
    row_of,
)
from resources.stores.kept_originals import put_in_place

MAX_FILES = 1000
"""A commit's size when few of its files bring new images."""


@dataclass
class Draft:
    """Files of one batch that were read; ``commit`` puts them on record as one chunk."""

    look: Look
    root: WatchedRoot
    batch: str
    taken: list[Pending] = field(default_factory=list)
    images: dict[str, KnownImage] = field(default_factory=dict)
    copies: list[tuple[Path, Path]] = field(default_factory=list)
    originals: list[OriginalRow] = field(default_factory=list)
    relocations: list[Relocation] = field(default_factory=list)
    sightings: list[tuple[SightingRow, int]] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether one run, or one commit, should hold no more."""
        return len(self.originals) >= self.look.settings.batch_size or len(self.taken) >= MAX_FILES

    def add(self, entry: Pending, read: ReadFile) -> None:
        """Note a file that was read: a new image, or one more sighting of a known one."""
        known = self.images.get(read.sha256) or self.look.ledger.image(read.sha256)
        image = known or self._new_image(entry, read.sha256)
        if read.copy is not None:
            image = self._kept(entry, image, read.copy)
        elif not self._is_at_hand(image):
            image = replace(image, mode="reference", path=self.root.absolute(entry.path))
        if known is None:
            self._accept(entry, image)
        elif (image.mode, image.path) != (known.mode, known.path):
            name = display_name(_name(entry))
            moved = Relocation(image.image_id, image.mode, image.path, self.root.name, name)
            self.relocations.append(moved)
            self.look.held[image.image_id] = True
        self._sight(entry, image)
        self.images[read.sha256] = replace(image, is_sighted=1)
        self.taken.append(entry)

    def commit(self, flushing: Executor) -> None:
        """Put everything on record, durably, then remove what was taken from a landing folder.

        Raises OSError when the disk refuses; the next look then finishes or repeats the work.
        """
        if not self.taken:
            return
        put_in_place(self.copies, flushing)
        chunk_id = self._chunk_id()
        self._open_batch()
        originals = [*self.originals, *relocated(self.look, self.relocations)]
        sightings = [row for row, _ in self.sightings]
        original_seq = originals and append(self.look.rows, ORIGINAL, originals, run_id=chunk_id)
        sighting_seq = sightings and append(self.look.rows, SIGHTING, sightings, run_id=chunk_id)
        ledger = self.look.ledger
        with ledger.transaction():
            for original in originals:
                mirror_original(ledger, original, chunk_id)
            for sighting, ctime_ns in self.sightings:
                mirror_sighting(ledger, sighting, ctime_ns)
            for table, seq in ((ORIGINAL, original_seq), (SIGHTING, sighting_seq)):
                if seq:
                    note_commit(ledger, table, str(seq))
            self._settle_known()
            ledger.drop_pending(self.root.name, [entry.path for entry in self.taken])
        self.look.accepted_count += len(self._new_images())
        self.look.duplicate_count += sum(not row.is_new for row in sightings)
        for entry in self.taken:
            if self._is_removed(entry):
                remove_from_landing(self.look, self.root, entry.path, entry.signature)

    def _new_image(self, entry: Pending, sha256: str) -> KnownImage:
        """An image that nobody has seen before; where its bytes are is not decided yet."""
        start = sha256[: HASH_LENGTHS[0]]
        drafted = [other for other in self.images if other.startswith(start)]
        rivals = [*drafted, *self.look.ledger.hashes_starting_with(start)]
        image_id = make_source_id(_name(entry), sha256, rivals)
        return KnownImage(sha256, image_id, "", b"", entry.signature.size_bytes, is_sighted=0)

    def _kept(self, entry: Pending, image: KnownImage, copy: Path) -> KnownImage:
        """The image with its bytes in ``originals``; ``copy`` will be put there."""
        home = self.look.home.root
        target = self.look.originals.path_of(image.sha256, safe_suffix(_name(entry)))
        if image.mode == "move":
            target = home / os.fsdecode(image.path)
        self.copies.append((copy, target))
        return replace(image, mode="move", path=os.fsencode(target.relative_to(home)))

    def _is_at_hand(self, image: KnownImage) -> bool:
        """Whether the bytes of a known image are where its original row says."""
        if image.sha256 in self.images or self.look.is_kept(image):
            return True
        return image.mode == "reference" and self.look.holds_still(image)

    def _accept(self, entry: Pending, image: KnownImage) -> None:
        row = OriginalRow(
            image_id=image.image_id,
            sha256=image.sha256,
            file_name=display_name(_name(entry)),
            mode=image.mode,
            path=image.path,
            size_bytes=image.size_bytes,
            root=self.root.name,
            batch=self.batch,
            landed_at=self.look.clock.now(),
            role=_role(entry),
        )
        self.originals.append(row)

    def _new_images(self) -> list[str]:
        return [row.image_id for row in self.originals if row.role == IMAGE]

    def _sight(self, entry: Pending, image: KnownImage) -> None:
        """Note where the image was seen, unless exactly that is on record."""
        if self._is_on_record(entry, image):
            return
        signature = entry.signature
        row = SightingRow(
            image_id=image.image_id,
            sha256=image.sha256,
            root=self.root.name,
            path=entry.path,
            path_display=display_path(entry.path),
            file_name=display_name(_name(entry)),
            size_bytes=signature.size_bytes,
            mtime_ns=signature.mtime_ns,
            inode=signature.inode,
            batch=self.batch,
            is_new=not image.is_sighted,
            seen_at=self.look.clock.now(),
            role=_role(entry),
        )
        self.sightings.append((row, signature.ctime_ns))

    def _is_on_record(self, entry: Pending, image: KnownImage) -> bool:
        """Whether the last sighting of this path tells of this very file.

        In a landing folder a file with a later ctime is another drop of the same bytes, as the one
        on record was taken away; after a crash (no ctime known) it is the one on record.
        """
        known = self.look.ledger.known_file(self.root.name, entry.path)
        if known is None or known.image is None or known.image.image_id != image.image_id:
            return False
        if entry.kind is Kind.LISTED and known.batch != self.batch:
            return False
        if not self._is_removed(entry):
            known = replace(known, ctime_ns=None)
        return known.is_same(entry.signature, without_ctime=True)

    def _is_removed(self, entry: Pending) -> bool:
        return self.root.is_move and entry.kind is not Kind.LISTED

    def _settle_known(self) -> None:
        """Note the present signature of files whose sighting was on record already."""
        sighted = {row.path for row, _ in self.sightings}
        for entry in self.taken:
            if entry.path not in sighted:
                known = self.look.ledger.known_file(self.root.name, entry.path)
                if known is not None and known.image is not None:
                    place = (self.root.name, entry.path)
                    image_id = known.image.image_id
                    self.look.ledger.remember_file(place, entry.signature, image_id, known.batch)

    def _chunk_id(self) -> str:
        """The run key: named by its images, so that it is the same when made again."""
        new_images = self._new_images()
        if not new_images:
            return f"seen-{secrets.token_hex(8)}"
        members = "\n".join(new_images)
        return f"landing-{hashlib.sha256(members.encode()).hexdigest()[:16]}"

    def _open_batch(self) -> None:
        if not self.look.ledger.has_event(self.root.name, self.batch, OPENED):
            now = self.look.clock.now()
            record_events(self.look, [BatchEventRow(self.batch, self.root.name, OPENED, "", now)])


def record_events(look: Look, events: Sequence[BatchEventRow]) -> None:
    """Commit those events that are not on record; the ledger is told at once."""
    new = [e for e in events if not look.ledger.has_event(e.root, e.batch, e.event, e.detail)]
    if not new:
        return
    append(look.rows, BATCH_EVENT, new, run_id=f"batch-{secrets.token_hex(8)}")
    with look.ledger.transaction():
        for event in new:
            mirror_event(look.ledger, event)


def relocated(look: Look, relocations: Sequence[Relocation]) -> list[OriginalRow]:
    """The present original rows of these images, with their new places."""
    wanted = {relocation.image_id: relocation for relocation in relocations}
    if not wanted:
        return []
    current = look.rows.current(ORIGINAL.name, list(wanted))
    rows = [row_of(OriginalRow, fields) for fields in current.iter_rows(named=True)]
    return [_moved(row, wanted[row.image_id]) for row in rows]


def _moved(row: OriginalRow, to: Relocation) -> OriginalRow:
    return replace(row, mode=to.mode, path=to.path, root=to.root, file_name=to.file_name)


def remove_from_landing(look: Look, root: WatchedRoot, path: bytes, signature: Signature) -> None:
    """Remove a file that is on record from its landing folder; a changed one stays, as new."""
    try:
        remove_taken(root.absolute(path), signature)
    except StillChanging:
        return  # the next look sees it
    except OSError as error:
        reason = f"it is taken, but cannot be removed from here ({error.strerror})"
        look.complain(root.name, path, reason)


def _role(entry: Pending) -> str:
    return SIDECAR if is_sidecar(entry.path) else IMAGE


def _name(entry: Pending) -> bytes:
    return os.path.basename(entry.path)  # noqa: PTH119 - bytes
