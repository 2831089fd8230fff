"""Vectors of texts without any weights: hashed words and parts of words.

512 numbers: each word, and each run of 3 to 5 letters within it (the ends of the word marked, as in
Bojanowski et al. 2017, Enriching word vectors with subword information), is hashed to a place and a
sign (Weinberger et al. 2009, Feature hashing), counted by 1 + log(count), and the sum has L2 norm
1. Texts that share words, or forms of a word, are near each other; meaning is not seen.
"""

import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from resources.embedding.builtin_spaces import TEXT_SPACE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPACE = TEXT_SPACE
VERSION = "1"
DIMENSIONS = 512

WORD = re.compile(r"\w+")
SHORTEST, LONGEST = 3, 5
LETTERS_WEIGHT, SHORT_WEIGHT = 0.5, 0.2
"""A part of a word says less than the word; so do words of one or two letters: a, of, et, in.

Whole words count 1.
"""


class BuiltinTextEncoder:
    """The descriptor in the form of a text encoder."""

    space = SPACE
    model = "builtin"
    dimensions = DIMENSIONS
    context_tokens: int | None = None

    def encode_texts(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """(N, 512) float32, L2 norm 1 (zeros for a text without any word)."""
        import numpy as np  # a search for words does without

        return np.array([describe(text) for text in texts], np.float32).reshape(-1, DIMENSIONS)


def describe(text: str) -> list[float]:
    """512 numbers of L2 norm 1, or zeros when there is no word."""
    vector = [0.0] * DIMENSIONS
    for feature, count in Counter(features(text)).items():
        code = zlib.crc32(feature.encode())
        weight = weight_of(feature)
        vector[code % DIMENSIONS] += (1 if code >> 31 else -1) * weight * (1 + math.log(count))
    norm = math.hypot(*vector)
    return [number / norm for number in vector] if norm else vector


def weight_of(feature: str) -> float:
    """How much one occurrence counts: ``<word>`` is a whole word."""
    if not (feature.startswith("<") and feature.endswith(">")):
        return LETTERS_WEIGHT
    return 1.0 if len(feature) > len("<of>") else SHORT_WEIGHT


def features(text: str) -> Iterator[str]:
    """Each word as ``<word>``, and its parts; case and accents do not matter."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    for word in WORD.findall("".join(c for c in plain if not unicodedata.combining(c))):
        whole = f"<{word}>"
        yield whole
        for length in range(SHORTEST, min(LONGEST, len(whole) - 3) + 1):
            yield from (whole[at : at + length] for at in range(len(whole) - length + 1))
