"""Source images on a real disk, drawn by the test."""

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from resources.sources.originals import Source

MakeSource = Callable[..., Source]


@pytest.fixture
def make_source(tmp_path: Path) -> MakeSource:
    """Store a picture (or bytes) as an original and return it as assets see it."""

    def make(
        picture: Image.Image | bytes,
        format: str = "PNG",
        *,
        name: str = "picture.png",
        **options: object,
    ) -> Source:
        content = picture if isinstance(picture, bytes) else encoded(picture, format, **options)
        sha256 = hashlib.sha256(content).hexdigest()
        path = tmp_path / sha256
        path.write_bytes(content)
        return Source("picture", sha256, name, os.fsencode(path), tmp_path)

    return make


def encoded(picture: Image.Image, format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()
