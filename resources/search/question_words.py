"""A question as full text search takes it: its words, each in the spellings a document may have.

Analyzed as documents are (see ``text_analysis``). ``*`` at the end of a word stands for any ending.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from resources.search.little_words import LITTLE_WORDS
from resources.search.text_analysis import (
    CLAUSE,
    PIECE_LENGTHS,
    Compound,
    Run,
    has_sign,
    parts_of,
)
from resources.search.text_folding import folded

MOST_CHARACTERS = 10_000
MOST_WORDS = 64
"""Of one question; the rest of a longer one is left out."""

SHORTEST_WITHOUT_SIGN = 3
"""Without its sign a name of one or two letters, such as ``C#``, would be another word."""

AROUND_WORDS = ".,:;!?\"'()[]{}"

ANY_ENDING = "*"
WILDCARDS = re.compile(r"[*]+")
SPELLED_WITH_STARS = re.compile(r"\w(?:[*]\w)+")
"""Such as M*A*S*H."""


@dataclass(frozen=True)
class Wanted:
    """One word of a question: found in a text that has all pieces of one of ``spellings``.

    A piece that ends with ANY_ENDING is found in every piece that begins so. ``typed`` is the word
    as it was typed.
    """

    spellings: Sequence[Sequence[str]]
    typed: str = field(default="", compare=False)

    @property
    def is_little(self) -> bool:
        """Whether it is an article, a preposition or the like."""
        return any(len(one) == 1 and one[0] in LITTLE_WORDS for one in self.spellings)

    @property
    def is_letter(self) -> bool:
        """Whether it is a single letter, with which too many names begin."""
        return any(
            len(one) == 1 and len(one[0]) == 1 and one[0].isalpha() for one in self.spellings
        )


def wanted_of(question: str) -> list[Wanted]:
    """What is looked for, word by word, each once."""
    wanted = (one for word in typed_words(question) for one in wanted_of_word(*word))
    return list({repr(one.spellings): one for one in wanted}.values())[:MOST_WORDS]


def wanted_of_word(word: str, goes_on: bool) -> list[Wanted]:
    """What one typed word looks for: mostly one, none for a dash, several for a row of emoji."""
    parts = [part for part in parts_of(folded(word)) if part != CLAUSE]
    wanted = [wanted_part(part, goes_on=goes_on) for part in parts]
    if len(wanted) == 1:
        return [replace(wanted[0], typed=word.strip(AROUND_WORDS))]
    return [replace(one, typed=" ".join(one.spellings[0])) for one in wanted]


def typed_words(question: str) -> Iterator[tuple[str, bool]]:
    """The words as typed, cut at wildcards; whether there was one at the end."""
    for word in question[:MOST_CHARACTERS].split():
        if SPELLED_WITH_STARS.fullmatch(word):
            yield word, False
            continue
        *beginnings, last = WILDCARDS.split(word)
        yield from ((beginning, True) for beginning in beginnings)
        yield last, False


def wanted_part(part: str | Compound, *, goes_on: bool) -> Wanted:
    """How a document may write what was typed."""
    spellings = [[part]] if isinstance(part, str) else spellings_of(part)
    if goes_on:
        spellings = [[*some[:-1], f"{some[-1].rstrip(ANY_ENDING)}*"] for some in spellings]
    return Wanted(spellings)


def spellings_of(part: Compound) -> list[list[str]]:
    """Its pieces, or all of it joined."""
    pieces = [
        piece
        for word, runs in zip(part.words, part.runs, strict=True)
        for piece in ([word] if needs_sign(word, runs) else pieces_of(runs))
    ]
    return [pieces, *([joined] for joined in part.joined[:1])]


def needs_sign(word: str, runs: Sequence[Run]) -> bool:
    """Whether the word is too short to be looked for without its sign, as ``c++`` is."""
    is_short = all(len(run.text) < SHORTEST_WITHOUT_SIGN for run in runs)
    return has_sign(word) and is_short and any(run.text.isalpha() for run in runs)


def pieces_of(runs: Sequence[Run]) -> list[str]:
    """The pieces that a document has which holds the runs."""
    return [
        f"{piece}{ANY_ENDING}" if len(piece) < PIECE_LENGTHS.get(run.kind, 0) else piece
        for run in runs
        for piece in run.pieces
    ]


def neighbors_of(question: str) -> list[str]:
    """Each two neighboring pieces of a question, as in "red barn" and "barn in"."""
    pieces = [
        piece
        for part in parts_of(folded(question[:MOST_CHARACTERS]))
        for piece in ([part] if isinstance(part, str) else part.pieces)
    ]
    pairs = [pair for pair in pairwise(pieces) if CLAUSE not in pair]
    return list(dict.fromkeys(map(" ".join, pairs)))[:MOST_WORDS]
