"""Keywords and people of a picture, from all the tags that programs write them to.

What one program wrote another may not know, so that the union counts. The same word in several tags
is one.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from resources.metadata.column_tags import (
    KEYWORD_TAGS,
    KEYWORD_TREES,
    PEOPLE_TAGS,
    REGIONS,
    KeywordTag,
    PeopleTag,
)
from resources.metadata.tags import LONGEST_LIST, TagValue
from resources.metadata.values import texts_of

IPTC_CUT_BYTES = range(60, 65)
"""IPTC-IIM allows 64 bytes of a keyword, fewer when a letter does not fit."""

INTERNAL = "_Digikam"
"""Levels that digiKam keeps for itself."""


def keywords(tags: Mapping[str, TagValue]) -> list[str]:
    """All keywords, each once, without those that are others cut to IPTC's length."""
    flat = [word for one in KEYWORD_TAGS for word in _words(tags, one)]
    trees = [word for name in KEYWORD_TREES for word in _tree(tags.get(name))]
    pets = _named(tags.get(REGIONS.tag), REGIONS.path, {"Pet"})
    words = each_once([*flat, *trees, *pets])
    return [word for word in words if not _is_cut(word, words)][:LONGEST_LIST]


def people(tags: Mapping[str, TagValue]) -> list[str]:
    """The names of the people in the picture, each once."""
    return each_once(name for one in PEOPLE_TAGS for name in _people(tags, one))[:LONGEST_LIST]


def each_once(texts: Iterable[str]) -> list[str]:
    """The texts without repetitions, of those that differ only in case the first."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(unicodedata.normalize("NFKC", text).casefold(), text)
    return list(found.values())


def _words(tags: Mapping[str, TagValue], one: KeywordTag) -> Iterator[str]:
    for text in texts_of(tags.get(one.tag)):
        levels = text.split(one.separator) if one.separator else [text]
        for level in levels:
            word = level.strip().strip('"')
            if word and not word.startswith(INTERNAL):
                yield word


def _tree(value: TagValue | None) -> Iterator[str]:
    """The keywords of a structure and of those within it, from the top."""
    if isinstance(value, list):
        for item in value:
            yield from _tree(item)
    elif isinstance(value, dict):
        yield from texts_of(value.get("Keyword"))
        yield from _tree(value.get("Hierarchy"))
        yield from _tree(value.get("Children"))


def _is_cut(word: str, words: Iterable[str]) -> bool:
    if len(word.encode()) not in IPTC_CUT_BYTES and len(word) not in IPTC_CUT_BYTES:
        return False
    return any(other.startswith(word) and other != word for other in words)


def _people(tags: Mapping[str, TagValue], one: PeopleTag) -> Iterator[str]:
    yield from _named(tags.get(one.tag), one.path, {"Face"})


def _named(value: TagValue | None, path: tuple[str, ...], types: set[str]) -> Iterator[str]:
    """The texts at the end of ``path``, of regions of these types or, for faces, of none."""
    if isinstance(value, list):
        for item in value:
            yield from _named(item, path, types)
    elif isinstance(value, dict) and path:
        kinds = set(texts_of(value.get("Type")))
        if len(path) > 1 or kinds & types or (not kinds and "Face" in types):
            yield from _named(value.get(path[0]), path[1:], types)
    elif not path:
        yield from texts_of(value)
