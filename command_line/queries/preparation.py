"""Whether a home is as this program would prepare it: learned from dates and sizes of files.

To prepare a home imports Dagster, the decoders and the code of all models: which tables there are,
how each derivative is made today, what the live views look like. Nearly always all of that is as it
was, so ``live.json`` remembers a digest of what it depends on: the program, the Python packages,
the settings with the files and folders that they name, the models, and the tables themselves. A
command that only reads compares the digest and imports nothing of that kind; what changes anything
prepares the home in any case.
"""

import hashlib
import json
import os
import shutil
import site
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from resources.configuration.media_home import DEFAULT_HOME, MediaHome
from resources.stores.content_store import partial_name, write_durably

FORMAT = "1"
"""To be raised when a home is prepared in another way without a change to any file."""

PROGRAM = Path(__file__).parents[2]
PREPARING = ("media_assets", "dbt_like_sql", "resources")
"""The packages that decide how a home is prepared."""

ENGINES = ("exiftool", "tesseract")
"""Programs whose versions are part of a recipe."""

Seen = tuple[str, int, int]
"""A path with its date in ns and its size in bytes; -1 for what is not there."""


def configured_home() -> MediaHome:
    """The home that the environment names."""
    return MediaHome(Path(os.environ.get("MEDIA_HOME", DEFAULT_HOME)).expanduser().resolve())


def is_prepared(home: MediaHome) -> bool:
    """Whether nothing that a home's preparation depends on has changed since."""
    try:
        known = json.loads(home.preparation.read_bytes())
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    if not isinstance(known, dict):
        return False
    return known.get("digest") == digest(home, surroundings(home, known.get("watched", [])))


def remember(home: MediaHome, watched: Sequence[str], landing: Sequence[str], before: str) -> None:
    """Note that the home is prepared; ``before`` are its surroundings when that was begun."""
    known = {"digest": digest(home, before), "watched": watched, "landing": landing}
    write_durably(home.preparation, json.dumps(known).encode(), partial_name(home.preparation))


def landing_folders(home: MediaHome) -> list[str]:
    """The landing folders of a prepared home as they are shown, each with its mode."""
    return list(json.loads(home.preparation.read_bytes())["landing"])


def digest(home: MediaHome, around: str) -> str:
    """64 hex digits that change with the surroundings, any table's columns, or the live views."""
    declared = sorted(home.rows.glob("*/*/inbox/_declared.parquet"))
    made = [FORMAT, str(home.root), around, *map(seen, [home.live, *declared])]
    return hashlib.sha256(json.dumps(made).encode()).hexdigest()


def surroundings(home: MediaHome, watched: Iterable[str]) -> str:
    """64 hex digits that change with the program, the settings, or a model."""
    settings = sorted(item for item in os.environ.items() if item[0].startswith("MEDIA_"))
    named = [home.root / "settings.toml", *map(Path, watched)]
    files = [*files_below(home.models), *(path for one in named for path in with_contents(one))]
    found = [program(), settings, [seen(path) for path in files]]
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


@cache
def program() -> list[object]:
    """Python, its packages and our own code, as they were when this process first asked."""
    code = (path for name in PREPARING for path in files_below(PROGRAM / name))
    engines = (Path(found) for name in ENGINES if (found := shutil.which(name)))
    packages = map(Path, site.getsitepackages())
    return [sys.version, sys.prefix, [seen(path) for path in (*packages, *engines, *code)]]


def seen(path: Path) -> Seen:
    """A path with its date and size; a folder's date changes with the names in it."""
    try:
        found = path.stat()
    except OSError:
        return str(path), -1, -1
    return str(path), found.st_mtime_ns, found.st_size


def with_contents(path: Path) -> Iterator[Path]:
    """The file, there or not; of a folder all files below it."""
    if path.is_dir():
        yield from files_below(path)
    else:
        yield path


def files_below(folder: Path) -> Iterator[Path]:
    """Every file below the folder, in order, but compiled code and what is remembered of models."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(parent, name) for name in sorted(names) if name != "remembered.json")
