"""Texts for viewers name no file and no module of this machine, and are left alone otherwise."""

from pathlib import Path

import pytest

from web.guard.viewer_answers import plain, without_internals

HERE = str(Path(__file__).resolve())


@pytest.mark.parametrize(
    "text",
    [
        HERE,
        f"cannot open {HERE}",
        f"cannot open '{HERE} copy of mine.jpg'",
        f"path={HERE}",
        f"[Errno 2]:{HERE}",
        f"file://{HERE}",
        f"sqlite:////{HERE}",
        f"({HERE}:12)",
        f"<{HERE}>",
        f'File "{HERE}", line 3, in work',
        f'Traceback (most recent call last):\n  File "{HERE}", line 3\nValueError: x',
        "ValueError: x\n\nStack Trace:\n  File mine, line 3, in work\n    do(secret)\n",
        "resources.failures.PermanentFailure: no image",
        "dagster._core.errors.DagsterExecutionStepExecutionError occurred",
        "media_assets.images.thumbnail.UndecodableImage: no image",
    ],
)
def test_a_path_a_stack_and_a_module_are_left_out(text: str) -> None:
    said = without_internals(text)

    for inside in (*HERE.split("/")[1:-1], "mine", "Traceback", "secret", "resources.", "_core"):
        assert inside not in said or len(inside) < 4, said
    assert "media_assets" not in said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a/b",
        "image/thumbnails",
        "/preview/abc",
        "/assets/image/thumbnail",
        "https://example.org/tmp/x",
        "summer/2020/IMG 1.jpg",
        "1/2 done",
        "media.images.thumbnail",
        "e.g. This and that.",
        "No error: all is well",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert without_internals(text) == text


def test_texts_are_found_wherever_they_are() -> None:
    assert plain({HERE: [{"a": (HERE, 1, None, True, 2.5)}]}) == {
        "…": [{"a": ["…", 1, None, True, 2.5]}]
    }
