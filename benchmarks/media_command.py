"""The command ``media`` as a user calls it, measured."""

import sys
from pathlib import Path

from benchmarks.processes import Cost, cost_of_command

MEDIA = Path(sys.executable).with_name("media")
SETTLE_SECONDS = "0.1"
"""Waiting by choice, which is no cost."""


def media(home: Path, *words: str, **settings: str) -> Cost:
    """Run ``media WORDS`` on a home; ``settings`` are environment variables after ``MEDIA_``."""
    environment = {f"MEDIA_{name}": value for name, value in settings.items()}
    environment = {"MEDIA_HOME": str(home), "MEDIA_SETTLE_SECONDS": SETTLE_SECONDS, **environment}
    return cost_of_command([str(MEDIA), *words], environment=environment)


def add_folder(folder: Path, home: Path, **settings: str) -> Cost:
    """Add all files of a folder and wait for them. The folder is moved, not copied: it is gone.

    Raises RuntimeError when not every one of them is ready.
    """
    landed = home / "landing" / folder.name
    landed.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(landed)
    last = landed.parent.parent.parent / f"{folder.name}-last{next(landed.iterdir()).suffix}"
    next(landed.iterdir()).rename(last)  # the command wants a path to add
    cost = media(home, "add", str(last), "--batch", folder.name, "--wait", "--json", **settings)
    last.unlink()
    return cost
