"""Whether a text holds what was typed: any stretch of it, whatever stands between the words.

For long lists and short texts, such as names, without an index. Both are folded as everywhere in
search (see ``text_folding``), and all that joins or ends words is one space: ``AC/DC`` is found in
``AC-DC.jpg``. Signs that are part of names stay, as in ``C++``. ``*`` stands for anything.
"""

import re
from collections.abc import Callable

from resources.search.text_analysis import kind_of
from resources.search.text_folding import folded

ANYTHING = "*"
MOST_CHARACTERS = 1_000


class _Plain(dict[int, str]):
    """Code point -> itself, or a space; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = found = " " if kind_of(chr(code)) in "jpx " else chr(code)
        return found


_PLAIN = _Plain()


def plain_words(text: str) -> str:
    """The folded words of a text with one space between them."""
    return " ".join(folded(text).translate(_PLAIN).split())


def holds(typed: str) -> Callable[[str], bool]:
    """A test whether a text holds what was typed; signs alone are looked for as they are."""
    cut = typed[:MOST_CHARACTERS]
    parts = [plain_words(part) for part in cut.split(ANYTHING)]
    if not any(parts):
        sign = folded(cut.strip())
        return lambda text: sign in folded(text)
    pattern = re.compile(".*?".join(map(re.escape, parts)))
    return lambda text: pattern.search(plain_words(text)) is not None
