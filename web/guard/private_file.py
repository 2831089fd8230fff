"""Files with secrets: written whole or not at all, to be read by the service's user alone."""

import os
from pathlib import Path

from resources.stores.content_store import partial_name

OWNER_ONLY = 0o600


def write_private(target: Path, content: bytes) -> None:
    """Put the content in place of what is there, with mode 0600. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_name(target)
    with open(partial, "xb", opener=lambda path, flags: os.open(path, flags, OWNER_ONLY)) as stream:
        stream.write(content)
    partial.replace(target)
