"""The settings for who asks again and again: read only when they have changed."""

import os
from functools import lru_cache
from pathlib import Path

from resources.configuration.settings import PREFIX, Settings, settings_path


def current_settings() -> Settings:
    """The settings as they are now.

    They are read when the environment or the file has changed since. Raises as ``Settings`` does.
    """
    variables = frozenset(pair for pair in os.environ.items() if pair[0].upper().startswith(PREFIX))
    path = settings_path().absolute()
    changed_ns = path.stat().st_mtime_ns if path.exists() else None
    return _read_settings(variables, path, changed_ns)


@lru_cache(maxsize=4)
def _read_settings(
    variables: frozenset[tuple[str, str]], path: Path, changed_ns: int | None
) -> Settings:
    del variables, path, changed_ns
    return Settings()
