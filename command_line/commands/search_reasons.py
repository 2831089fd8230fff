"""Why a search found an image: one reason per source that found it, for machines and in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from resources.search.question_words import Wanted
from resources.search.rank_fusion import Fused, ListPlace
from resources.search.word_places import found_words, snippet

FIELDS = {
    "title": "its title",
    "caption": "its caption",
    "description": "its description",
    "ocr_text": "the text in it",
    "tags": "its tags",
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
        typed = [word.typed for word in words if not word.is_letter]
        return {"field": "file_name", "words": typed, "snippet": facts["file_name"]}
    if place.source != "words":
        return {}
    found = {field: found_words(words, facts.get(field) or "") for field in FIELDS}
    field = max(FIELDS, key=lambda name: len(found[name]))
    if not found[field]:
        return {}
    shown = facts[field] if field == "file_name" else snippet(found[field], facts[field])
    return {"field": field, "words": [word.typed for word in found[field]], "snippet": shown}


def sentence(found: Sequence[Reason], distance_km: float | None) -> str:
    """All reasons as one sentence; empty without any."""
    names = [one for one in found if one["source"] == "name"]
    told = [
        in_words(one)
        for one in found
        if not (names and one["source"] == "words" and one.get("field") == "file_name")
    ]
    if distance_km is not None:
        told.append(f"it was taken {distance_km:.1f} km away")
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


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
    return f"{listed(words)} in {FIELDS[field]}{shown}"


def listed(words: Sequence[str]) -> str:
    """The words as the subject of "in its title"."""
    quoted = [f"'{word}'" for word in words]
    if len(quoted) < 2:
        return f"{''.join(quoted)} is"
    return f"{', '.join(quoted[:-1])} and {quoted[-1]} are"
