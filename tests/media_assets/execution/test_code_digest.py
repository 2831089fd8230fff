"""The digest changes with the code that makes a derivative, and with nothing else."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import media_assets
from media_assets.execution.code_digest import code_digest, definitions_in

BELOW = '''
"""How long."""
SCALE = {scale}

_calls = 0

def length(text):
    _ = _calls
    return len(text) * SCALE
'''
FUNCTION = '''
from dataclasses import dataclass
from media_assets.edited import below
from media_assets.edited.below import length

@dataclass(frozen=True)
class Length:
    characters: int

def make_length(source: object) -> Length:
    """{docstring}"""
    return Length(length(str(source)) + below.SCALE)  # {comment}
'''

Edit = Callable[..., str]


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edit]:
    """Write the two files as a package of ours, edited, and give the digest of the function."""
    folder = tmp_path / "edited"
    folder.mkdir()
    monkeypatch.setattr(media_assets, "__path__", [*media_assets.__path__, str(tmp_path)])

    def edited(
        *, scale: int = 1, docstring: str = "Length.", comment: str = "", more: str = ""
    ) -> str:
        forget()
        (folder / "__init__.py").write_text("")
        (folder / "below.py").write_text(BELOW.format(scale=scale))
        source = FUNCTION.format(docstring=docstring, comment=comment)
        (folder / "length.py").write_text(source + more)
        return code_digest(importlib.import_module("media_assets.edited.length").make_length)

    yield edited
    forget()


def forget() -> None:
    """Have Python read the files again, however quickly they were written after one another."""
    importlib.invalidate_caches()
    definitions_in.cache_clear()
    for name in [name for name in sys.modules if name.startswith("media_assets.edited")]:
        cached = sys.modules.pop(name).__spec__
        if cached and cached.cached:
            Path(cached.cached).unlink(missing_ok=True)


def test_comments_docstrings_and_other_functions_do_not_count(edit: Edit) -> None:
    first = edit()
    assert len(first) == 16
    assert edit() == first
    assert edit(docstring="Another text.", comment="a remark") == first
    assert edit(more="\n\ndef unused():\n    return 1\n") == first


def test_a_constant_of_a_module_that_it_uses_counts(edit: Edit) -> None:
    assert edit() != edit(scale=2)


def test_the_state_of_the_process_does_not_count(edit: Edit) -> None:
    """Decoder processes set limits of their own; what they make is made by the same code."""
    first = edit()
    module = importlib.import_module("media_assets.edited.below")
    assert code_digest(importlib.import_module("media_assets.edited.length").make_length) == first
    module._calls = 5
    code_digest.cache_clear()
    assert code_digest(importlib.import_module("media_assets.edited.length").make_length) == first


def test_the_columns_of_the_payload_count(edit: Edit) -> None:
    first = edit()
    wider = "\n\n@dataclass(frozen=True)\nclass Length:\n    characters: int\n    lines: int = 0\n"
    assert edit(more=wider) != first
