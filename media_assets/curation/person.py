"""Who decides where nobody logs in: the one who sits at the machine."""

import getpass
import os

from resources.configuration.settings import Settings


def person(settings: Settings) -> str:
    """Who sits here: the setting curation.user, else the name that the system knows."""
    if settings.curation.user:
        return settings.curation.user
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for this user id
        return f"user {os.getuid()}"
