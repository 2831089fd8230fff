"""Refuses to write where a look at the landing folders would take the result in as a new file."""

from pathlib import Path

from command_line.terminal.console import CommandError
from resources.configuration.settings import Settings
from resources.landing.roots import is_own, located


def refuse_watched(settings: Settings, target: Path) -> None:
    """Raise CommandError for a target in a landing root."""
    real = target.expanduser().resolve()
    for root in settings.roots:
        if real.is_relative_to(located(root).resolve()):
            raise CommandError(
                f"{target} is in the landing root {root.name!r}",
                hint="what is there is taken in by itself: choose another folder",
            )


def refuse_own(settings: Settings, path: Path) -> None:
    """Raise CommandError for a file or folder of this system, or one that lands already."""
    real = path.resolve()
    if is_own(real, settings.media_home):
        raise CommandError(f"{path} is one of this system's own files", hint="it is known here")
    refuse_watched(settings, path)
