"""The source image as every asset sees it: identity plus where its bytes are."""

import hashlib
import os
from dataclasses import dataclass

from resources.content_store import ContentStore


class ChangedOriginal(OSError):
    """The file was edited or has decayed since it was hashed; restore it, or let it land anew."""


@dataclass(frozen=True)
class SourceImage:
    """One source image; ``image_id`` is its partition key.

    ``file_name`` is the name under which it was first seen, for display only (control and
    undecodable characters replaced). ``path`` is the absolute path of the bytes, as the operating
    system knows it (raw bytes): a kept copy under ``originals``, or a file of a read-only archive.
    ``derivatives`` is where files made from the image are kept.
    """

    image_id: str
    sha256: str
    file_name: str
    path: bytes
    derivatives: ContentStore

    def content(self) -> bytes:
        """All bytes of the original, proven to be those that were accepted.

        Raises OSError when they cannot be read, ChangedOriginal when they are others.
        """
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no Path
            content = file.read()
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ChangedOriginal("the original's bytes are no longer those that were accepted")
        return content
