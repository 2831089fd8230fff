"""Words of queries and texts: folded alike, and shown where they were found."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

WORD = re.compile(r"\w+")
NOT_IN_NAMES = re.compile(r"[\W_]+")

SNIPPET_BEFORE = 40
SNIPPET_AFTER = 60
"""Characters of context around the first word found."""

SHORTEST_STEM = 4
ENDINGS = ("ing", "ed", "es", "s")
"""English inflections that the full text index ignores too."""


def folded(text: str) -> str:
    """``text`` in lower case without accents, character by character: of the same length."""
    return "".join(fold(character) for character in text)


def fold(character: str) -> str:
    """The one base letter of a character, in lower case."""
    base = unicodedata.normalize("NFKD", character)[:1].lower()
    return base if len(base) == 1 else character


def words_of(text: str) -> list[str]:
    """The words of a query, each once: folded, split at all but letters and digits."""
    return list(dict.fromkeys(word for word in NOT_IN_NAMES.split(folded(text)) if word))


def pairs_of(text: str) -> list[str]:
    """Each two neighboring words of a query, folded, as in "red barn" and "barn in"."""
    words = [word for word in NOT_IN_NAMES.split(folded(text)) if word]
    return list(dict.fromkeys(f"{first} {second}" for first, second in pairwise(words)))


def stem(word: str) -> str:
    """``word`` without an English ending."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def places_of(words: Sequence[str], text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every word of ``text`` that begins with the stem of one of ``words``."""
    stems = tuple(stem(word) for word in words)
    for found in re.finditer(r"[^\W_]+", folded(text)):
        if stems and found[0].startswith(stems):
            yield found.span()


def snippet(words: Sequence[str], text: str) -> str | None:
    """A stretch of ``text`` around the first of ``words``, in one line; None without any."""
    first = next(places_of(words, text), None)
    if first is None:
        return None
    start, end = max(0, first[0] - SNIPPET_BEFORE), first[1] + SNIPPET_AFTER
    stretch = " ".join(text[start:end].split())
    return f"{'...' if start else ''}{stretch}{'...' if end < len(text) else ''}"
