"""Why a search found an image: one reason per source that found it, for machines and in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from resources.search.plain_words import holds
from resources.search.question_words import Wanted
from resources.search.rank_fusion import Fused, ListPlace
from resources.search.word_places import found_words, snippet

FIELDS = {
    "title": "its title",
    "caption": "its caption",
    "description": "its description",
    "ocr_text": "the text in it",
    "tags": "its tags",
    "people": "the people in it",
    "place": "its place",
    "creators": "its creators",
    "camera": "its camera",
    "file_name": "its file name",
    "names": "another name or folder of it",
}
"""Where words are looked for to show them, the most telling first, and how that is called."""

COSINES = {
    "meaning": "what is said of it is close to the question",
    "picture": "it looks like what was asked for",
    "likeness": "it looks alike",
}
"""Sources that compare vectors, and what it means to be found by them."""

Reason = dict[str, object]


def reasons(hit: Fused, facts: Mapping[str, Any], words: Sequence[Wanted]) -> list[Reason]:
    """One reason per source that found the image, the best rank first."""
    return [{**reason(place), **evidence(place, facts, words)} for place in hit.places]


def reason(place: ListPlace) -> Reason:
    """Source, rank, the part if it was not the whole, and the source's own measure."""
    part = {"part": place.part} if place.part else {}
    measure = {"cosine": round(place.score, 4)} if place.source in COSINES else {}
    return {"source": place.source, "rank": place.rank, **part, **measure}


def evidence(place: ListPlace, facts: Mapping[str, Any], words: Sequence[Wanted]) -> Reason:
    """Which words stand in which field, for sources that go by words; the field with most."""
    if place.source == "name":
        return evidence_in_names(facts, [word.typed for word in words if not word.is_letter])
    if place.source != "words":
        return {}
    found = {field: found_words(words, facts.get(field) or "") for field in FIELDS}
    field = max(FIELDS, key=lambda name: len(found[name]))
    if not found[field]:
        return {}
    shown = facts[field] if field == "file_name" else snippet(found[field], facts[field])
    return {"field": field, "words": [word.typed for word in found[field]], "snippet": shown}


def evidence_in_names(facts: Mapping[str, Any], typed: Sequence[str]) -> Reason:
    """Whether it is the file's name of today that has the words, or another one, or a folder's."""
    file_name = str(facts["file_name"])
    tests = [holds(word) for word in typed]
    names = [file_name, *str(facts.get("names") or "").splitlines()]
    named = next((name for name in names if any(test(name) for test in tests)), file_name)
    field = "file_name" if named == file_name else "names"
    return {"field": field, "words": list(typed), "snippet": named}


def sentence(found: Sequence[Reason], distance_km: float | None) -> str:
    """All reasons as one sentence; empty without any."""
    told = [in_words(one) for one in without_repetition(found)]
    if distance_km is not None:
        told.append(f"it was taken {distance_km:.1f} km away")
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def without_repetition(found: Sequence[Reason]) -> list[Reason]:
    """The reasons; a name and a field beside it that have the same words are one."""
    by_source = {one["source"]: one for one in found}
    name, words = by_source.get("name"), by_source.get("words")
    if not name or not words or words.get("words") != name["words"]:
        return list(found)
    is_name_too = words["field"] in ("file_name", "names")
    first = name if is_name_too else {**words, "named_in": FIELDS[str(name["field"])]}
    return [first, *(one for one in found if one not in (name, words))]


def in_words(one: Reason) -> str:
    """One reason, such as ``'lake' is in its title (Last light over the lake)``."""
    source = str(one["source"])
    if source in COSINES:
        part = f" (part {one['part']})" if "part" in one else ""
        return f"{COSINES[source]}{part} ({one['cosine']:.2f})"
    if source == "phrase":
        return "words stand side by side as in the question"
    if "field" not in one:
        return "its texts hold words of the question"
    words = one["words"] if isinstance(one["words"], list) else []
    field = str(one["field"])
    shown = "" if field == "file_name" else f" ({one['snippet']})"
    named = f"{one['named_in']} and " if "named_in" in one else ""
    return f"{listed(words)} in {named}{FIELDS[field]}{shown}"


def listed(words: Sequence[str]) -> str:
    """The words as the subject of "in its title"."""
    quoted = [f"'{word}'" for word in words]
    if len(quoted) < 2:
        return f"{''.join(quoted)} is"
    return f"{', '.join(quoted[:-1])} and {quoted[-1]} are"
