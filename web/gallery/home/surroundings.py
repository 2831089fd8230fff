"""What the work needs: the parts of the service, room on the disk, models."""

import shutil
import time
from dataclasses import dataclass
from functools import lru_cache

from media_assets.media import all_media
from resources.configuration.settings import Settings
from resources.stores.free_space import room_below

MODELS_FOR_SECONDS = 60
"""Which engine is chosen is found by looking at files: once a minute is enough."""


@dataclass(frozen=True)
class Disk:
    """Bytes of the file system of MEDIA_HOME; work waits when ``room`` is none."""

    total: int
    free: int
    room: int

    @property
    def used_thousandths(self) -> int:
        """How full it is, 0 to 1000."""
        return 1000 * (self.total - self.free) // self.total


@dataclass(frozen=True)
class Engine:
    """What makes a derivative that needs a model, and why that was chosen."""

    asset: str
    engine: str
    why: str


def disk_of(settings: Settings) -> Disk:
    """The disk now."""
    usage = shutil.disk_usage(settings.home)
    return Disk(usage.total, usage.free, room_below(settings.home, settings.reserve_bytes))


def engines_now() -> tuple[Engine, ...]:
    """What would make each derivative, as ``media models status`` says; a minute old at most."""
    return engines(int(time.monotonic() // MODELS_FOR_SECONDS))


@lru_cache(1)
def engines(minute: int) -> tuple[Engine, ...]:
    """The choices in this minute."""
    del minute
    found = []
    for medium in all_media().values():
        for recipe in medium.recipes.values():
            choice = recipe.today().terms.model if recipe.needs_model else None
            if choice:
                found.append(Engine(recipe.name, choice.engine, choice.why))
    return tuple(found)
