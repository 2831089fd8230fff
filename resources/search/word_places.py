"""Where the words of a question stand in a text, to show it to a person."""

import re
import unicodedata
from collections.abc import Collection, Sequence

from resources.search.question_words import ANY_ENDING, Wanted
from resources.search.text_analysis import analysis_of

BEFORE = 40
AFTER = 60
"""Characters of context around the first word found."""

LONGEST_SHOWN_WHOLE = 30
"""A longer stretch without a space is a sentence of a script that writes none."""

MOST_LOOKED_AT = 100_000
"""Characters; words further back are found all the same, only not shown."""

SHORTEST_STEM = 3
ENDINGS = ("ingly", "edly", "ings", "ing", "ies", "ied", "ed", "es", "ly", "s", "y", "e")
"""English inflections, nearly as the index takes them off: enough to show a word."""


def found_words(words: Sequence[Wanted], text: str) -> list[Wanted]:
    """Those of the words that the text holds."""
    known = pieces_in(text[:MOST_LOOKED_AT])
    return [word for word in words if is_found(word, known)]


def snippet(words: Sequence[Wanted], text: str) -> str | None:
    """A stretch of ``text`` around the first of the words, in one line; None without any."""
    plain = unicodedata.normalize("NFC", text[:MOST_LOOKED_AT])
    for stretch in re.finditer(r"\S+", plain):
        known = pieces_in(stretch[0])
        if any(has_part(word, known) for word in words):
            return around(plain, stretch.start() + start_within(words, stretch[0]))
    return None


def start_within(words: Sequence[Wanted], stretch: str) -> int:
    """Where the first word begins in a stretch without spaces; 0 for one that is shown whole."""
    if len(stretch) <= LONGEST_SHOWN_WHOLE:
        return 0
    for end in range(1, min(len(stretch), MOST_LOOKED_AT // 100)):
        if any(has_part(word, pieces_in(stretch[:end])) for word in words):
            return end - 1
    return 0


def around(text: str, place: int) -> str:
    """The text around a place, in one line."""
    start, end = max(0, place - BEFORE), place + AFTER
    stretch = " ".join(text[start:end].split())
    return f"{'...' if start else ''}{stretch}{'...' if end < len(text) else ''}"


def pieces_in(text: str) -> frozenset[str]:
    """All pieces and spellings of a text, and those without an English ending."""
    analysis = analysis_of(text)
    known = {*analysis.pieces, *analysis.spellings}
    return frozenset(known | {stem(piece) for piece in known})


def is_found(word: Wanted, known: Collection[str]) -> bool:
    """Whether one of the word's spellings is there with all its pieces."""
    return any(all(is_in(piece, known) for piece in pieces) for pieces in word.spellings)


def has_part(word: Wanted, known: Collection[str]) -> bool:
    """Whether any piece of the word is there."""
    return any(is_in(piece, known) for pieces in word.spellings for piece in pieces)


def is_in(piece: str, known: Collection[str]) -> bool:
    """Whether the piece, or one with another English ending, is among those known."""
    if piece.endswith(ANY_ENDING) and piece != ANY_ENDING:
        return any(one.startswith(piece.removesuffix(ANY_ENDING)) for one in known)
    return piece in known or stem(piece) in known


def stem(word: str) -> str:
    """``word`` without an English ending."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word[: -len(ending)]
    return word
