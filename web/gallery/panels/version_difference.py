"""What two versions say, side by side, word by word."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

MOST_WORDS = 1000
"""Per text; what follows is shown as one piece. The comparison takes the square of it at worst."""

WORDS = re.compile(r"\S+\s*|\s+")


class Piece(NamedTuple):
    """Some words, and whether only this version has them."""

    text: str
    is_own: bool


class Difference(NamedTuple):
    """One field in two versions."""

    name: str
    older: list[Piece]
    newer: list[Piece]

    @property
    def is_same(self) -> bool:
        """Whether both say the same."""
        return not any(piece.is_own for piece in (*self.older, *self.newer))


def differences(older: Mapping[str, str], newer: Mapping[str, str]) -> list[Difference]:
    """Every field that one of them has."""
    names = dict.fromkeys((*older, *newer))
    return [Difference(name, *pieces(older.get(name, ""), newer.get(name, ""))) for name in names]


def pieces(older: str, newer: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts, cut where they begin or end to differ."""
    before, after = words(older), words(newer)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    left, right = [], []
    for kind, start, stop, from_, to in matcher.get_opcodes():
        if start < stop:
            left.append(Piece("".join(before[start:stop]), kind != "equal"))
        if from_ < to:
            right.append(Piece("".join(after[from_:to]), kind != "equal"))
    return left, right


def words(text: str) -> list[str]:
    """The words with the space after them; together they are the text."""
    found = WORDS.findall(text)
    rest = "".join(found[MOST_WORDS:])
    return [*found[:MOST_WORDS], *([rest] if rest else [])]
