"""Source images on a real disk, drawn by the test."""

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from resources.sources.originals import SourceImage
from resources.stores.content_store import ContentStore

MakeSource = Callable[..., SourceImage]


@pytest.fixture
def make_source(tmp_path: Path) -> MakeSource:
    """Store a picture (or bytes) as an original and return it as assets see it."""

    def make(
        picture: Image.Image | bytes,
        format: str = "PNG",  # noqa: A002
        *,
        name: str = "picture.png",
        **options: object,
    ) -> SourceImage:
        content = picture if isinstance(picture, bytes) else encoded(picture, format, **options)
        sha256 = hashlib.sha256(content).hexdigest()
        path = tmp_path / sha256
        path.write_bytes(content)
        derivatives = ContentStore(tmp_path / "derivatives")
        return SourceImage("picture", sha256, name, os.fsencode(path), derivatives)

    return make


def encoded(picture: Image.Image, format: str, **options: object) -> bytes:  # noqa: A002
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()
