"""An open_clip model, opened: pictures and texts become vectors of one space.

Full precision on CPUs: bfloat16 is nine times slower on processors without it, channels_last and
torch.compile gain nothing (measured on ViT-B-32), and int8 would be another space. The next
pictures are decoded while the model works on the present ones.
"""

import io
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resources.embedding.open_clip_models import MERGES, OpenClipModel
from resources.embedding.torchvision_fallback import import_torchvision
from resources.models.failures import ModelUnavailable, OutOfMemory

Vectors = NDArray[np.float32]

MODELS_IN_MEMORY = 2
"""While one model's vectors serve search and another's are being made."""

WARM_UP_PX = 64
TEXTS_PER_CALL = 64
"""A text tower is a tenth of the image tower's work: 64 texts stay below a second on one core."""

NO_MEMORY = ("can't allocate memory", "out of memory")
"""How torch's allocators for CPU and CUDA put it, where they raise a plain RuntimeError."""


class OpenClipEncoder:
    """One loaded model. Encoding is thread-safe; vectors are float32 with L2 norm 1."""

    def __init__(self, source: OpenClipModel, device: str) -> None:
        self.space = source.space
        self.model = source.name
        self.device = device
        self._source = source
        self._network, self._preprocess = load_network(source, device)
        self.context_tokens: int | None = int(self._network.context_length)
        (self.dimensions,) = self.encode_images([warm_up_picture()]).shape[1:]

    reads_text = True

    def encode_images(self, pictures: Sequence[bytes]) -> Vectors:
        """(N, dimensions) for the JPEGs or PNGs. Raises OutOfMemory, OSError for a bad picture."""
        with ThreadPoolExecutor(min(4, max(1, len(pictures)))) as threads:
            pixels = list(threads.map(self._pixels, pictures))
        return self._encode(self._network.encode_image, pixels)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(N, dimensions) for the texts; what exceeds the model's context is cut off."""
        parts = [texts[at : at + TEXTS_PER_CALL] for at in range(0, len(texts), TEXTS_PER_CALL)]
        encode = self._network.encode_text
        found = [self._encode(encode, list(self.tokenize(list(part)))) for part in parts]
        return np.concatenate(found) if found else np.empty((0, self.dimensions), np.float32)

    @cached_property
    def tokenize(self) -> Any:
        """The model's own tokenizer: list of texts -> (N, context length) tensor of token ids."""
        import open_clip

        folder = self._source.folder
        name = f"local-dir:{folder}" if folder else self._source.name.partition("/")[0]
        own = folder / MERGES if folder else None
        options = {"bpe_path": str(own)} if own and own.exists() else {}
        with quiet_logs():
            return open_clip.get_tokenizer(name, **options)

    def _pixels(self, picture: bytes) -> Any:
        with Image.open(io.BytesIO(picture), formats=["JPEG", "PNG"]) as opened:
            return self._preprocess(opened.convert("RGB"))

    def _encode(self, encode: Any, inputs: list[Any]) -> Vectors:
        import torch

        try:
            with torch.inference_mode():
                batch = torch.stack(inputs).to(self.device)
                vectors = encode(batch, normalize=True)
                return np.asarray(vectors.float().cpu().numpy(), dtype=np.float32)
        except RuntimeError as error:
            if any(words in str(error) for words in NO_MEMORY):
                raise OutOfMemory(f"{self.model}: {len(inputs)} inputs at once: {error}") from error
            raise


@lru_cache(maxsize=MODELS_IN_MEMORY)
def open_model(source: OpenClipModel, wanted_device: str) -> OpenClipEncoder:
    """The model, loaded once per process and warmed up. Raises ModelUnavailable."""
    return OpenClipEncoder(source, usable_device(wanted_device))


def load_network(source: OpenClipModel, device: str) -> tuple[Any, Any]:
    """The network in evaluation mode on ``device``, and its preprocessing of one PIL image.

    Raises ModelUnavailable when the weights do not fit the architecture.
    """
    import_torchvision()
    import open_clip

    wanted: dict[str, Any] = {"require_pretrained": True, "device": device}
    if source.folder:
        name = f"local-dir:{source.folder}"
    else:
        name = source.name.partition("/")[0]
        wanted |= {"pretrained": str(source.weights), "force_quick_gelu": source.quick_gelu}
        wanted |= {
            f"image_{key}": source.preprocessing[key]
            for key in ("mean", "std", "interpolation", "resize_mode")
        }
    try:
        with quiet_logs():
            network, _, preprocess = open_clip.create_model_and_transforms(name, **wanted)
    except (RuntimeError, ValueError, FileNotFoundError) as error:
        raise ModelUnavailable(f"{source.name} cannot be opened: {error}") from error
    return network.eval(), preprocess


def usable_device(wanted: str) -> str:
    """``cpu`` or ``cuda``. Raises ModelUnavailable when cuda is wanted and not there."""
    import torch

    if wanted == "cuda" and not torch.cuda.is_available():
        raise ModelUnavailable("embedding.device is cuda, but torch finds no CUDA device")
    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"


def warm_up_picture() -> bytes:
    """A made picture: the first call of a network is slower than all others."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize((WARM_UP_PX, WARM_UP_PX)).save(file, "PNG")
    return file.getvalue()


@contextmanager
def quiet_logs() -> Iterator[None]:
    """open_clip logs each step of loading to the root logger: keep it out of the run's log."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(before)
