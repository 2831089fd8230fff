"""Candidate labels for zero-shot tags: the file in which people write them, and their vectors.

The file's format is explained at the head of the one shipped, ``media_assets/images/labels``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resources.embedding.image_encoder import ImageEncoder
from resources.models.failures import ModelUnavailable

TEMPLATE = "template:"
PLAIN = ("{}",)
LOGIT_SCALE = 100.0
"""What CLIP multiplies cosines by before the softmax (Radford et al. 2021, section 2.5)."""


class UnusableLabels(ModelUnavailable):
    """The label file is missing or says nothing; the message names the line."""


@dataclass(frozen=True)
class Labels:
    """What a label file says: names for people, words for the model, templates for the words."""

    names: tuple[str, ...]
    words: tuple[str, ...]
    templates: tuple[str, ...]


@dataclass(frozen=True)
class ScoredLabel:
    """A label with the cosine to the picture (-1 to 1) and its share of the softmax (0 to 1)."""

    name: str
    score: float
    cosine: float


def read_labels(file: Path) -> Labels:
    """The labels in ``file``. Raises UnusableLabels."""
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableLabels(f"the label file {file} cannot be read: {error}") from error
    said = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    templates = [line.removeprefix(TEMPLATE).strip() for line in said if line.startswith(TEMPLATE)]
    for template in templates:
        if template.count("{}") != 1:
            raise UnusableLabels(f"{file}: the template {template!r} needs {{}} once for the label")
    labels = [line.partition("|") for line in said if not line.startswith(TEMPLATE)]
    names = tuple(name.strip() for name, _, _ in labels)
    if twice := {name for name in names if names.count(name) > 1}:
        raise UnusableLabels(f"{file}: {', '.join(sorted(twice))} is there more than once")
    if len(names) < 2:
        raise UnusableLabels(f"{file}: at least two labels are needed, one per line")
    words = tuple(words.strip() or name.strip() for name, _, words in labels)
    return Labels(names, words, tuple(templates) or PLAIN)


class LabelScorer:
    """Labels as vectors of one space."""

    def __init__(self, labels: Labels, encoder: ImageEncoder) -> None:
        self.space = encoder.space
        self.names = labels.names
        self._vectors = label_vectors(labels, encoder)

    def score(self, vector: Sequence[float]) -> list[ScoredLabel]:
        """Every label for a picture's vector (of the same space), best first."""
        cosines = self._vectors @ np.asarray(vector, dtype=np.float32)
        shares = softmax(LOGIT_SCALE * cosines.astype(np.float64))
        return [
            ScoredLabel(self.names[at], float(shares[at]), float(cosines[at]))
            for at in np.argsort(-cosines, kind="stable")
        ]


def label_vectors(labels: Labels, encoder: ImageEncoder) -> NDArray[np.float32]:
    """(labels, dimensions) of L2 norm 1: the mean over all templates."""
    texts = [
        template.replace("{}", words) for words in labels.words for template in labels.templates
    ]
    vectors = encoder.encode_texts(texts).reshape(len(labels.words), len(labels.templates), -1)
    means = vectors.mean(axis=1)
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares that sum to 1."""
    weights = np.exp(logits - logits.max())
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


@lru_cache(maxsize=4)
def label_scorer(file: Path, sha256: str, encoder: ImageEncoder) -> LabelScorer:
    """The file's labels in the encoder's space, encoded once per process and content."""
    del sha256  # part of the cache's key: an edited file is read again
    return LabelScorer(read_labels(file), encoder)


def best(scored: Iterable[ScoredLabel], *, at_most: int, least_score: float) -> list[ScoredLabel]:
    """The labels worth keeping, best first."""
    return [label for label in scored if label.score >= least_score][:at_most]
