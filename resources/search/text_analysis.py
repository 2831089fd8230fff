"""The one analysis of texts, names and questions: what they are taken apart into for full text.

- A word is a run of letters, digits and their marks. Scripts that write no spaces are cut into
  overlapping pieces instead: two characters of Han, kana and Hangul (whose particles stick to the
  word), three of Thai, Lao, Khmer and Burmese.
- A sign that is part of a name is kept: ``C++`` is the word ``c++`` besides ``c``, ``AC/DC`` is
  ``ac``, ``dc`` and ``acdc``, and an emoji is a word. There are no stop words: The Who is a name.

How a question looks for them: ``question_words``.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from resources.search.text_folding import folded

MOST_CHARACTERS = 1_000_000
"""Of one text; a page has some thousands."""

LONGEST_WORD = 200
MOST_JOINED = 4
"""Parts of which each stretch is also a word of its own; of more than these pairs and the whole."""

CLAUSE = "."
"""The piece that stands where a clause ends, so that words before and after are no neighbors."""

PIECE_LENGTHS = {"c": 2, "t": 3}
CLOSE_SCRIPTS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC")
LONG_SCRIPTS = ("THAI", "LAO", "KHMER", "MYANMAR")
"""Names of characters of scripts without spaces begin so."""

SIGNS = "+#*$&@%^~="
JOINERS = "-_/\\'|"
CLAUSE_JOINERS = ".,:!"
"""Between letters they join, elsewhere they end a clause."""

WORD = re.compile(r"s*[wct]+(?:s+[wct]+)*s*")
COMPOUND = re.compile(rf"{WORD.pattern}(?:[jp]{{1,2}}{WORD.pattern})*|rr?|e|[px]")
RUN = re.compile(r"w+|c+|t+")


class _Kinds(dict[int, str]):
    """Code point -> the letter that ``COMPOUND`` knows it by; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = found = kind_of(chr(code))
        return found


_KINDS = _Kinds()


@dataclass(frozen=True)
class Run:
    """Characters of one kind: a word ("w"), or a stretch of a script without spaces."""

    text: str
    kind: str

    @property
    def pieces(self) -> list[str]:
        """The pieces of the run, each of full length unless the run is shorter."""
        length = PIECE_LENGTHS.get(self.kind)
        if length is None or len(self.text) <= length:
            return [self.text[:LONGEST_WORD]]
        return [self.text[at : at + length] for at in range(len(self.text) - length + 1)]

    @property
    def ends(self) -> list[str]:
        """The shorter pieces at its end: with them each part of the run begins a piece."""
        length = PIECE_LENGTHS.get(self.kind, 1)
        last = min(length, len(self.text)) - 1
        return [self.text[-count:] for count in range(last, 0, -1)]


@dataclass(frozen=True)
class Compound:
    """Words that are written without a space: ``words`` with their signs, each of some runs."""

    words: Sequence[str]
    runs: Sequence[Sequence[Run]]

    @property
    def all_runs(self) -> list[Run]:
        """The runs of all words."""
        return [run for runs in self.runs for run in runs]

    @property
    def pieces(self) -> list[str]:
        """The pieces in their order."""
        return [piece for run in self.all_runs for piece in run.pieces]

    @property
    def joined(self) -> list[str]:
        """What stretches of it are when written as one word, the longest first: ``acdc``."""
        parts = [run.text for run in self.all_runs]
        if len(parts) < 2 or any(run.kind != "w" for run in self.all_runs):
            return []
        lengths = range(len(parts), 1, -1) if len(parts) <= MOST_JOINED else (len(parts), 2)
        stretches = (
            "".join(parts[at : at + length])
            for length in lengths
            for at in range(len(parts) - length + 1)
        )
        return [text for text in stretches if len(text) <= LONGEST_WORD]

    @property
    def spellings(self) -> list[str]:
        """The other ways in which it is written: with signs, joined; and the ends of its runs."""
        signed = [word[:LONGEST_WORD] for word in self.words if has_sign(word)]
        ends = [end for run in self.all_runs for end in run.ends if run.kind != "w"]
        return [*signed, *self.joined, *ends]


@dataclass(frozen=True)
class Analysis:
    """A text taken apart: ``pieces`` in their order, and other ``spellings`` of its names."""

    pieces: Sequence[str]
    spellings: Sequence[str]


def analysis_of(text: str) -> Analysis:
    """The pieces of a document or of a name."""
    pieces: list[str] = []
    spellings: list[str] = []
    for found in parts_of(folded(text[:MOST_CHARACTERS])):
        if isinstance(found, str):
            pieces.append(found)
        else:
            pieces += found.pieces
            spellings += found.spellings
    return Analysis(pieces, spellings)


def parted_names(names: str) -> str:
    """Names, one a line, and behind each its parts: ``IMG12`` is also ``IMG 12``, as in RedBarn."""
    lines = unicodedata.normalize("NFC", names).splitlines()
    return "\n".join(f"{line}\n{parted(line)}" for line in lines)


def parted(name: str) -> str:
    """The name with a space where a capital follows a small letter, and around its numbers."""
    return "".join(
        f" {after}" if is_boundary(before, after) else after
        for before, after in pairwise(f" {name[:MOST_CHARACTERS]}")
    )


def is_boundary(before: str, after: str) -> bool:
    """Whether another part of a name begins with the second character."""
    begins_capital = before.islower() and after.isupper()
    is_number_before, is_number_after = before.isdigit(), after.isdigit()
    return begins_capital or (
        is_number_before != is_number_after and before.isalnum() and after.isalnum()
    )


def parts_of(plain: str) -> Iterator[str | Compound]:
    """What folded text consists of: plain words, signs that stand alone, ends of clauses; the rest.

    A word of one run is a text, for speed: nearly all are.
    """
    kinds = plain.translate(_KINDS)
    for found in COMPOUND.finditer(kinds):
        start, end = found.span()
        first = kinds[start]
        if first in "px":
            yield CLAUSE
        elif first in "er" or (first == "w" and kinds.count("w", start, end) == end - start):
            yield plain[start : min(end, start + LONGEST_WORD)]
        else:
            yield compound(plain[start:end], kinds[start:end])


def compound(text: str, kinds: str) -> Compound:
    """The compound ``text``, whose characters are of these kinds."""
    words = [one.span() for one in WORD.finditer(kinds)]
    runs = [
        [
            Run(text[start + run.start() : start + run.end()], run[0][0])
            for run in RUN.finditer(kinds[start:end])
        ]
        for start, end in words
    ]
    return Compound([text[start:end] for start, end in words], runs)


def has_sign(word: str) -> bool:
    """Whether one of its characters is neither letter nor digit, as in ``c++``."""
    return any(sign in word for sign in SIGNS)


def kind_of(character: str) -> str:
    """One letter: w, c, t for words of three kinds of scripts; s, j, p for signs within names.

    e stands alone, r is half a flag, x ends a clause; anything else is a space.
    """
    category = unicodedata.category(character)
    if category[0] in "LMN":
        return kind_of_letter(character)
    if character in SIGNS:
        return "s"
    if character in CLAUSE_JOINERS:
        return "p"
    if character in JOINERS or category in ("Pd", "Pc"):
        return "j"
    if category[0] == "P" or character == "\n":
        return "x"
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return "r"
    return "e" if category[0] == "S" and not character.isascii() else " "


def kind_of_letter(character: str) -> str:
    """Whether the letter's script writes spaces."""
    name = unicodedata.name(character, "")
    if name.startswith(CLOSE_SCRIPTS):
        return "c"
    return "t" if name.startswith(LONG_SCRIPTS) else "w"
