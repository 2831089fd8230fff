"""The key that signs the tokens of forms, kept below MEDIA_HOME so that forms outlive a restart.

It is in no backup: a form that was opened before a restore is refused, and says why.
"""

import os
import secrets

from resources.configuration.media_home import MediaHome
from web.guard.private_file import write_private

KEY_BYTES = 32


def kept_key(home: MediaHome) -> bytes:
    """The key of this home, made at first; one that others could read or write is replaced."""
    file = home.locks / "form_key"
    try:
        with file.open("rb") as kept:
            key = kept.read(KEY_BYTES + 1)
            is_private = not os.fstat(kept.fileno()).st_mode & 0o077
    except FileNotFoundError:
        key, is_private = b"", False
    if len(key) != KEY_BYTES or not is_private:
        key = secrets.token_bytes(KEY_BYTES)
        write_private(file, key)
    return key
