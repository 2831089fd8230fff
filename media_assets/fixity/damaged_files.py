"""What becomes of files that a check found damaged.

A damaged derivative is set aside, below ``quarantine``: a file that is gone is made again. An
original is never touched by itself; ``restore_original`` puts an intact copy in its place when a
person says so, and sets the damaged bytes aside.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from media_assets.fixity.fixity_check import CheckedFile, DueFile
from resources.configuration.media_home import MediaHome
from resources.preservation.bag_places import PAYLOAD
from resources.preservation.fixity import Fixity, Pace, check_file
from resources.sources.passed_files import open_file
from resources.stores.content_store import READ_ONLY, create, partial_name, sync_folder

DERIVATIVE, KEPT_ORIGINAL = "derivative", "original"


class NotThisCopy(ValueError):
    """A file cannot take the place of an original."""


def set_aside(home: MediaHome, checks: Sequence[CheckedFile]) -> list[Path]:
    """Move damaged derivatives below ``quarantine``; where they are now. Raises OSError."""
    damaged = {
        one.file.place
        for one in checks
        if one.checked.fixity is Fixity.DAMAGED and one.file.kind == DERIVATIVE
    }
    return [move_aside(home, Path(os.fsdecode(place))) for place in sorted(damaged)]


def move_aside(home: MediaHome, file: Path) -> Path:
    """Rename a file into ``quarantine``, under a name that no other file there has."""
    home.quarantine.mkdir(exist_ok=True)
    target = home.quarantine / file.name
    number = 1
    while target.exists():
        number += 1
        target = home.quarantine / f"{file.stem}-{number}{file.suffix}"
    file.rename(target)
    sync_folder(home.quarantine)
    return target


def restore_original(home: MediaHome, file: DueFile, copy: Path) -> Path | None:
    """Put a copy in the place of an original; where the damaged bytes are now, if there were any.

    ``copy`` is a file, or the folder of a backup, in which the copy is looked for.

    Raises NotThisCopy when its bytes are not those that were recorded, or the original is a file
    of somebody's archive; OSError.
    """
    if file.kind != KEPT_ORIGINAL:
        raise NotThisCopy(
            "its original is a file of an archive, which is never written to: put the copy there "
            "yourself, then check it again"
        )
    target = Path(os.fsdecode(file.place))
    source = copy.expanduser().absolute()
    if source.is_dir():
        source = source / PAYLOAD / target.relative_to(home.root)
    found = check_file(home.root, os.fsencode(source), file.sha256, Pace(0))
    if found.fixity is not Fixity.OK:
        raise NotThisCopy(f"{source}: {found.reason}")
    partial = partial_name(home.originals / target.name)
    try:
        _copied(home, source, partial)
        if check_file(home.root, os.fsencode(partial), file.sha256, Pace(0)).fixity != Fixity.OK:
            raise NotThisCopy(f"{copy} changed while it was copied")
        aside = move_aside(home, target) if target.exists() else None
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.replace(target)
        sync_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    return aside


def _copied(home: MediaHome, source: Path, partial: Path) -> None:
    with open_file(home.root, os.fsencode(source)) as read, create(partial, READ_ONLY) as written:
        shutil.copyfileobj(read, written)
        written.flush()
        os.fsync(written.fileno())
