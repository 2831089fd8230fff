"""Text as search compares it: forms, case and optional marks of a letter do not matter.

NFKC and case folding (Unicode's NFKC_Casefold) make one of composed and decomposed, wide and narrow
letters. Marks are left out only where readers of a script take the letter without them for the same
word: in Latin and Greek all; in Cyrillic the dots of ё and stress, not the breve of й; vowel points
of Hebrew and Arabic; the nukta of Devanagari. Vowel signs of Indic scripts and of Thai, and the
voicing marks of kana, make other words and stay. Letters that Unicode does not decompose follow
Lucene's ASCIIFoldingFilter, the forms of Arabic and Persian letters its ArabicNormalizer and
PersianNormalizer, the nukta its HindiNormalizer (Apache Lucene 9, Apache-2.0).
"""

import re
import unicodedata

ONE_FOR_MANY = (
    ("a", "ª"),
    ("ae", "æ"),
    ("d", "đðɗ"),
    ("b", "ɓ"),
    ("e", "ɛə"),
    ("h", "ħ"),
    ("i", "\u0131"),
    ("l", "ł"),
    ("n", "ŋ"),
    ("o", "øɔ"),
    ("oe", "œ"),
    ("t", "ŧ"),
    ("th", "þ"),
    ("\u0435", "\u0451\u0450"),  # Cyrillic ye
    ("\u0438", "\u045d"),  # Cyrillic i
    ("\u0627", "\u0623\u0625\u0622\u0671"),  # alef
    ("\u064a", "\u0649\u06cc\u06d2"),  # yeh
    ("\u0643", "\u06a9"),  # kaf
    ("\u0647", "\u0629\u06c0\u06c1\u06d5"),  # heh
    ("\u0928", "\u0929"),  # Devanagari na with nukta
    ("\u0930", "\u0931"),
    ("\u0933", "\u0934"),
    ("'", "\u2018\u2019\u02bb\u02bc\u02b9\u00b4\u0060\u05f3"),
)
"""What stands for letters without a decomposition, and for the forms of an apostrophe."""

LETTERS = str.maketrans({one: plain for plain, many in ONE_FOR_MANY for one in many})

WITHOUT_MARKS = ("LATIN", "GREEK")
"""Scripts, as the names of their letters begin, in which no mark makes another word."""

OPTIONAL_MARKS = re.compile(
    "["
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"  # those left by NFKC
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"  # Arabic
    "\u093c"  # nukta of Devanagari
    "\ufe00-\ufe0f\U000e0100-\U000e01ef\U0001f3fb-\U0001f3ff"  # how a sign is drawn, tones of skin
    "]+"
)
IGNORED = frozenset({"Cf"})
"""The category of joiners, soft hyphens, marks of direction: seen by nobody."""

THAI_AM = re.compile("\u0e4d([\u0e48-\u0e4b])")
"""The vowel am is typed before and after the tone mark."""

ARMENIAN_EV = ("\u0565\u0582", "\u0565\u057e")
"""What the ligature ev is to Unicode, and how it is written in capitals."""


class _FoldedCharacters(dict[int, str]):
    """Code point -> what stands for it; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = found = folded_character(chr(code))
        return found


_CHARACTERS = _FoldedCharacters()


def folded(text: str) -> str:
    """``text`` as it is compared; its length may differ."""
    if text.isascii():
        return text.lower().replace("`", "'")
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = OPTIONAL_MARKS.sub("", plain.translate(_CHARACTERS))
    return THAI_AM.sub("\\1\u0e4d", plain).replace(*ARMENIAN_EV)


def folded_character(character: str) -> str:
    """What stands for one character of case-folded text."""
    category = unicodedata.category(character)
    if category in IGNORED:
        return ""
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category.startswith("L") and unicodedata.name(character, "").startswith(WITHOUT_MARKS):
        character = OPTIONAL_MARKS.sub("", unicodedata.normalize("NFD", character))
    return character.translate(LETTERS)
