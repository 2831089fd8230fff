"""The language of a text, guessed; or nothing, where the text is too short for a guess."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LEAST_LETTERS = 10
"""Shorter texts are names and abbreviations, which look like any language."""

LEAST_PROBABILITY = 0.7
"""Of the model, which is calibrated: a mixture of languages, or none, stays below."""


def guessed_language(text: str) -> str | None:
    """The ISO 639-1 code of the text's language, such as "en"; None when it is not clear."""
    if sum(char.isalpha() for char in text) < LEAST_LETTERS:
        return None
    language, probability = identifier().classify(text)
    return str(language) if probability >= LEAST_PROBABILITY else None


@cache
def identifier() -> "LanguageIdentifier":
    """The model in py3langid's package; loading it takes a second.

    It knows dialects too (Wu beside Chinese, Pidgin beside English): only languages with a code of
    two letters take part, or long texts would be divided between the two.
    """
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages([label for label in found.labels if len(label) == 2])
    return found
