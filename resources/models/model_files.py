"""Files of models: their SHA-256, remembered, and which of them may be opened at all.

Hashing weights takes seconds per gigabyte, and which model is in use is asked every few seconds. A
hash is therefore remembered under the file's path, size, inode and times; a file that changes in
any of them is hashed again. The memory is a cache in ``<home>/models``: deleting it is harmless.

Only safetensors files are opened. A pickled checkpoint (.bin, .pt, .pth, .ckpt) can run any code
when it is read.
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from resources.configuration.media_home import MediaHome
from resources.models.failures import ModelUnavailable
from resources.stores.content_store import sha256_of_file

PICKLED = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl"})
SAFE = ".safetensors"
FIRST_CHOICE = "open_clip_model.safetensors"
"""The only name that open_clip prefers to every pickle beside it."""


class PickledWeights(ModelUnavailable):
    """A model whose weights are a pickle: opening it could run any code."""


class WeightsMissing(ModelUnavailable):
    """A folder that should hold a model holds no weights, or more than one file of them."""


class RememberedFacts:
    """What was found out about model files, kept in one small JSON file of MEDIA_HOME."""

    def __init__(self, home: MediaHome) -> None:
        self._path = home.models / "remembered.json"

    def sha256(self, file: Path) -> str:
        """The SHA-256 of a file's content, 64 hex digits. Raises OSError when it is gone."""
        path = file.resolve(strict=True)
        state = path.stat()
        identity = [state.st_size, state.st_ino, state.st_mtime_ns, state.st_ctime_ns]
        key = f"sha256 {path} {' '.join(map(str, identity))}"
        return str(self.get(key, lambda: sha256_of_file(path)))

    def get(self, key: str, find_out: Callable[[], object]) -> Any:
        """The JSON value known under ``key``, found out and kept at the first time."""
        known = self._read()
        if key not in known:
            known[key] = find_out()
            self._write({**self._read(), key: known[key]})
        return known[key]

    def _read(self) -> dict[str, object]:
        try:
            known: dict[str, object] = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        except ValueError:  # torn by a full disk: only a cache
            return {}
        return known

    def _write(self, known: dict[str, object]) -> None:
        """Replace the file as a whole; of two writers at once the last one wins."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self._path.parent, delete=False) as draft:
            json.dump(known, draft, indent=1, sort_keys=True)
        Path(draft.name).replace(self._path)


def refuse_pickles(folder: Path, weights: Path) -> None:
    """Raise PickledWeights or WeightsMissing unless ``weights`` exists in ``folder``."""
    if weights.is_file():
        return
    pickles = sorted(path for path in folder.iterdir() if path.suffix in PICKLED)
    if pickles:
        raise PickledWeights(
            f"{pickles[0]} is a pickled checkpoint, which can run any code when it is opened: "
            f"convert it to safetensors, named {weights.name}"
        )
    raise WeightsMissing(f"{weights} is missing: copy the model's weights there")


def weights_in(folder: Path) -> Path:
    """The one safetensors file of a model's folder.

    Raises PickledWeights when there are only pickles, WeightsMissing when there is none or more.
    """
    found = sorted(path for path in folder.iterdir() if path.suffix == SAFE)
    pickles = sorted(path for path in folder.iterdir() if path.suffix in PICKLED)
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise WeightsMissing(f"{folder} holds several weights ({names}): keep the one to be used")
    if pickles and (not found or found[0].name != FIRST_CHOICE):
        raise PickledWeights(
            f"{pickles[0]} is a pickled checkpoint, which can run any code when it is opened: "
            f"convert it to safetensors, named {FIRST_CHOICE}, and remove it"
        )
    if not found:
        raise WeightsMissing(f"{folder} holds no {SAFE} file: copy the model's weights there")
    return found[0]
