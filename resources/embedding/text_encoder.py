"""Which engine turns texts into vectors, decided from the settings without loading anything.

By default the text half of the model that embeds the pictures: texts and pictures then share one
space. A local sentence-transformers folder knows texts better, in a space of its own.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.embedding import builtin_text_descriptor
from resources.embedding.builtin_text_descriptor import BuiltinTextEncoder
from resources.embedding.image_encoder import BUILTIN, choose_image_encoder, open_encoder, refusing
from resources.embedding.open_clip_models import space_name
from resources.models.failures import ModelUnavailable, OutOfMemory
from resources.models.model_choice import ModelChoice
from resources.models.model_files import RememberedFacts, refuse_pickles

DOCUMENTS_PER_CALL = 32
WORDS_PER_TOKEN = 0.6
"""English prose in CLIP's and BERT's vocabularies has 1.3 tokens a word; names and codes more."""

PIECES_AT_MOST = 32
"""Of one part of a document: a page of text. The rest of a longer one is left to full text."""
SENTENCE_TRANSFORMERS = "sentence-transformers"


class TextEncoder(Protocol):
    """Turns texts into vectors that may be compared with each other."""

    space: str
    model: str
    dimensions: int
    context_tokens: int | None
    """Longer texts are cut off; None: they are not."""

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(N, dimensions) of L2 norm 1. Raises OutOfMemory."""
        ...


class SentenceEncoder:
    """A sentence-transformers model from a local folder."""

    def __init__(self, folder: Path, space: str) -> None:
        from sentence_transformers import SentenceTransformer

        self.space = space
        self.model = str(folder)
        self._network = SentenceTransformer(
            str(folder), local_files_only=True, trust_remote_code=False
        )
        self.dimensions = int(self._network.get_sentence_embedding_dimension() or 0)
        self.context_tokens: int | None = self._network.max_seq_length

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(N, dimensions) float32, L2 norm 1; what exceeds the model's context is cut off."""
        try:
            found = self._network.encode(
                list(texts), normalize_embeddings=True, show_progress_bar=False
            )
        except RuntimeError as error:
            if "memory" in str(error):
                raise OutOfMemory(f"{self.model}: {len(texts)} texts at once: {error}") from error
            raise
        return np.asarray(found, dtype=np.float32).reshape(-1, self.dimensions)


def encode_documents(
    encoder: TextEncoder, documents: Sequence[Sequence[str]]
) -> list[NDArray[np.float32] | None]:
    """One vector of L2 norm 1 per document, None for one without words.

    A document is a list of parts, such as caption and page of text, which count alike however long
    they are: its vector is the mean of theirs. A part too long for the model is the mean of pieces.
    """
    pieces = [[pieces_of(part, encoder.context_tokens) for part in parts] for parts in documents]
    flat = [piece for parts in pieces for part in parts for piece in part]
    vectors = iter(encoder.encode_texts(flat))
    found = []
    for parts in pieces:
        means = [mean([next(vectors) for _ in part]) for part in parts if part]
        said = [vector for vector in means if vector is not None]
        found.append(mean(said) if said else None)
    return found


def pieces_of(text: str, context_tokens: int | None) -> list[str]:
    """The text in pieces that the model reads to the end, of whole words."""
    words = text.split()
    if context_tokens is None:
        return [" ".join(words)] if words else []
    room = max(1, int(context_tokens * WORDS_PER_TOKEN))
    starts = range(0, len(words), room)[:PIECES_AT_MOST]
    return [" ".join(words[start : start + room]) for start in starts]


def mean(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32] | None:
    """The mean direction, L2 norm 1; None when the vectors cancel out or say nothing."""
    total = np.sum(vectors, axis=0)
    norm = np.linalg.norm(total)
    return np.asarray(total / norm, dtype=np.float32) if norm > 1e-6 else None


def choose_text_encoder(settings: Settings) -> ModelChoice[TextEncoder]:
    """What the settings ask for, or why that is impossible (said when it is to be opened)."""
    wanted = settings.text_embedding.model
    if wanted == "auto":
        return text_half(settings)
    if wanted == BUILTIN:
        return builtin_choice("set as text_embedding.model")
    try:
        return sentence_choice(Path(wanted).expanduser(), settings.media_home)
    except ModelUnavailable as error:
        return ModelChoice(
            SENTENCE_TRANSFORMERS, "", {"model": wanted}, refusing(error), str(error)
        )


def text_half(settings: Settings) -> ModelChoice[TextEncoder]:
    """The text half of the model that embeds the pictures, if it has one."""
    pictures = choose_image_encoder(settings)
    if pictures.engine == BUILTIN:
        return builtin_choice("the built-in picture engine reads no text")
    return ModelChoice(
        engine=pictures.engine,
        version=pictures.version,
        parameters=pictures.parameters,
        load=pictures.load,
        why=f"the text half of {pictures.why}",
        images_per_call=DOCUMENTS_PER_CALL,
    )


def builtin_choice(why: str) -> ModelChoice[TextEncoder]:
    """Hashed words, which need no weights."""
    return ModelChoice(
        engine=BUILTIN,
        version=builtin_text_descriptor.VERSION,
        parameters={"space": builtin_text_descriptor.SPACE},
        load=BuiltinTextEncoder,
        why=f"built-in text descriptor (hashed words): {why}",
        images_per_call=DOCUMENTS_PER_CALL,
    )


def sentence_choice(folder: Path, home: MediaHome) -> ModelChoice[TextEncoder]:
    """A folder of sentence-transformers. Raises ModelUnavailable."""
    weights_sha256 = checked_weights(folder, home)
    try:
        installed = version(SENTENCE_TRANSFORMERS)
    except PackageNotFoundError as error:
        raise ModelUnavailable(
            f"text_embedding.model {folder} needs sentence-transformers: pip install "
            "sentence-transformers, or set text_embedding.model = auto"
        ) from error
    space = space_name(folder.name, weights_sha256, {})
    return ModelChoice(
        engine=SENTENCE_TRANSFORMERS,
        version=installed,
        parameters={"space": space, "weights_sha256": weights_sha256},
        load=lambda: sentence_encoder(folder, space),
        why=f"{folder}: set as text_embedding.model",
        images_per_call=DOCUMENTS_PER_CALL,
    )


def checked_weights(folder: Path, home: MediaHome) -> str:
    """The SHA-256 of the folder's weights, which are no pickle. Raises ModelUnavailable."""
    weights = folder / "model.safetensors"
    if not (folder / "modules.json").is_file():
        raise ModelUnavailable(
            f"text_embedding.model {str(folder)!r} is no folder of a sentence-transformers model "
            "(it would hold modules.json)"
        )
    refuse_pickles(folder, weights)
    return RememberedFacts(home).sha256(weights)


@lru_cache(maxsize=1)
def sentence_encoder(folder: Path, space: str) -> TextEncoder:
    """The loaded model, once per process."""
    return SentenceEncoder(folder, space)


def open_text_encoder(space: str, model: str, settings: Settings) -> TextEncoder:
    """The encoder whose vectors are those of ``space``, made earlier by ``model``.

    Raises ModelUnavailable when the model is gone, or is another one by now.
    """
    if space == builtin_text_descriptor.SPACE:
        return BuiltinTextEncoder()
    if (Path(model) / "modules.json").is_file():
        choice = sentence_choice(Path(model), settings.media_home)
        if choice.parameters["space"] == space:
            return choice.load()
    return open_encoder(space, model, settings)
