"""Who asks a server about a picture: a run, one by one, or a bulk job. Never both: each is paid.

A run notes the picture in a file before it asks, and holds the lock of that file until its rows
are committed; a killed run's lock is free, and so are its pictures. A bulk job notes its pictures
in its rows before it is sent. Both do so in turn, so that one sees what the other has noted.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from resources.configuration.media_home import MediaHome
from resources.language.bulk_answers import BulkAnswers
from resources.outcomes import ImageProblem, Outcome


class AnsweredInBulk(ImageProblem):
    """A bulk job has the picture: its answer comes with ``media bulk collect``."""

    outcome = Outcome.SKIPPED


@contextmanager
def turn(home: MediaHome) -> Iterator[None]:
    """The time in which nobody else notes pictures."""
    folder = folder_of(home)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "turn.lock"):
        yield


class AskedPictures:
    """The pictures that this step of a run asks a server about, for one derivative.

    ``told`` names the derivatives that its question tells the model of: while a bulk job makes one
    of them, the question is not asked either, since it would soon be another.
    """

    def __init__(
        self, home: MediaHome, asset: str, known: BulkAnswers, told: Sequence[str] = ()
    ) -> None:
        self._home, self._known, self._assets = home, known, (asset, *told)
        self._notes = folder_of(home) / f"{asset}.{uuid.uuid4().hex}.txt"
        self._lock = FileLock(self._notes.with_suffix(".lock"), thread_local=False)

    def claim(self, image_id: str) -> None:
        """Note that the picture is asked about. Raises AnsweredInBulk when a bulk job has it."""
        with turn(self._home):
            if any(self._known.images_under_way(one, [image_id]) for one in self._assets):
                raise AnsweredInBulk("a bulk job has this picture: media bulk collect, later")
            if not self._lock.is_locked:
                self._lock.acquire()
            with self._notes.open("a") as notes:
                notes.write(f"{image_id}\n")

    def close(self) -> None:
        """Free the pictures: their rows are committed."""
        self._notes.unlink(missing_ok=True)
        if self._lock.is_locked:
            self._lock.release()
            Path(self._lock.lock_file).unlink(missing_ok=True)


def asked_now(home: MediaHome, asset: str) -> set[str]:
    """The pictures that living runs ask about, one by one; notes of killed ones are removed."""
    found: set[str] = set()
    for notes in folder_of(home).glob(f"{asset}.*.txt"):
        lock = FileLock(notes.with_suffix(".lock"))
        try:
            with lock.acquire(timeout=0):
                notes.unlink(missing_ok=True)
        except Timeout:
            found.update(notes.read_text().split("\n"))
    return found - {""}


def folder_of(home: MediaHome) -> Path:
    """Where the notes lie."""
    return home.locks / "asked_pictures"
