"""Text in 8-bit encodings that nobody declared, or that was cut at a byte limit.

The Metadata Working Group's rule for EXIF and IPTC (Guidelines 2.0, 2010, section 3.4.1): UTF-8 if
it is that, else Windows-1252. Many programs cut UTF-8 to the length of a field, inside a letter:
the half letter is left out, the rest stays.
"""

import unicodedata

UNREADABLE = "\N{REPLACEMENT CHARACTER}"

CLOSING = frozenset({"Po", "Pf", "Pe", "Pd"})
"""Categories of the punctuation that ends a sentence (Unicode Standard, section 4.5)."""


def decode_8bit(raw: bytes) -> str:
    """The text of ``raw``, without a half letter at its end."""
    raw = raw.rstrip(b"\0 ")
    text = raw.decode("utf-8", "replace")
    broken = text.count(UNREADABLE) - raw.count(UNREADABLE.encode())
    if not broken:
        return text
    letters = sum(char > "\x7f" for char in text) - text.count(UNREADABLE)
    if letters >= broken or _is_cut(raw):
        return text.rstrip(UNREADABLE)
    return "".join(_windows_1252(byte) for byte in raw)


def _is_cut(raw: bytes) -> bool:
    """Whether ASCII ends with the beginning of a letter in UTF-8.

    The same bytes may be the end of a word in Windows-1252: they are, when they read as one ("un
    café", "CAFÉ", "«café»"), and not, when they would make a word end oddly ("StraÃ", "nowâ€").
    """
    start = next(place for place, byte in enumerate(raw) if byte > 0x7F)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start != start or error.reason != "unexpected end of data":
            return False
    letter, *rest = (_windows_1252(byte) for byte in raw[start:])
    is_word = letter.isalpha() and all(unicodedata.category(char) in CLOSING for char in rest)
    return not is_word or (letter.isupper() and raw[:start][-1:].islower())


def _windows_1252(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)  # five bytes that Windows-1252 leaves undefined


def utf8_read_as_8bit(text: str) -> str:
    """``text`` with UTF-8 that was read as Windows-1252 put right: "CafÃ©" is "Café"."""
    if text.isascii():
        return text
    try:
        return decode_8bit(b"".join(_single_byte(char) for char in text))
    except UnicodeEncodeError:
        return text


def _single_byte(char: str) -> bytes:
    try:
        return char.encode("cp1252")
    except UnicodeEncodeError:
        return char.encode("latin-1")
