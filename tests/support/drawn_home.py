"""A home with drawings whose contents are known, embedded by the tiny open_clip model."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.models.drawn_pictures import TINY_CLIP, png
from tests.models.shapes import DRAWINGS, SHAPES, Drawing
from tests.support.main_job import MainJob, main_job

DRAWN = tuple(drawing for drawing in DRAWINGS if drawing.is_held_out)[::3] + DRAWINGS[::20]
"""27 pictures of what no model has seen, 27 of others."""

LABELS = "template: a {}\n" + "".join(f"{shape}\n" for shape in SHAPES)


def file_name(drawing: Drawing) -> str:
    """It says what is drawn, so that a test can find it again."""
    return f"{drawing.color}-{drawing.shape}-{drawing.background}.png"


@contextmanager
def recognizing_job(
    home: Path, *, model: str | Path = TINY_CLIP, more: Mapping[str, str] | None = None
) -> Iterator[MainJob]:
    """The main job with a picture model, and ``labels.txt`` beside the home."""
    labels = home.parent / f"{home.name}-labels.txt"
    if not labels.exists():
        labels.write_text(LABELS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDIA_EMBEDDING__MODEL", str(model))
        patch.setenv("MEDIA_EMBEDDING__DEVICE", "cpu")
        patch.setenv("MEDIA_TAGS__LABELS", str(labels))
        for name, value in (more or {}).items():
            patch.setenv(name, value)
        with main_job(home) as job:
            yield job


def draw_home(home: Path) -> Path:
    """Take in the drawings and recognize what is in them."""
    with recognizing_job(home) as job:
        job.add("drawings", {file_name(drawing): png(drawing) for drawing in set(DRAWN)})
    return home
