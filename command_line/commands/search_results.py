"""What a search found, ready to be shown: one result per image, with the reasons it matched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from command_line.terminal.place_text import parent_text, place_of
from media_assets.search.ranking.hybrid_search import Answer
from resources.search.rank_fusion import Fused, ListPlace
from resources.search.search_words import snippet, words_of

FIELDS = (
    "title",
    "caption",
    "description",
    "ocr_text",
    "tags",
    "people",
    "place",
    "creators",
    "camera",
    "name_words",
)
"""Where words are looked for to show them, the most telling first."""

SHOWN = ("file_name", "batch", "format", "width_px", "height_px", "taken_at", "title", "caption")

PARENT = ("parent_id", "parent_medium")

COSINES = frozenset({"meaning", "picture", "likeness"})


@dataclass(frozen=True)
class SearchResult:
    """One image found; ``why`` has one reason per source that found it."""

    image_id: str
    score: float
    facts: Mapping[str, Any]
    distance_km: float | None
    why: Sequence[dict[str, object]]

    @property
    def record(self) -> dict[str, object]:
        """The result for machines."""
        known = {name: self.facts[name] for name in SHOWN}
        parent = {name: self.facts[name] for name in PARENT}
        near = {"distance_km": self.distance_km} if self.distance_km is not None else {}
        return {
            "image_id": self.image_id,
            "score": self.score,
            **known,
            **parent,
            "place": self.place,
            **near,
            "why": self.why,
        }

    @property
    def place(self) -> dict[str, object] | None:
        """Where in its parent it is, such as ``{"page": 3}``; None for an image without one."""
        return place_of(self.facts["place_in_parent"])

    @property
    def origin(self) -> str | None:
        """Which parent it comes from and from where in it, in words; None without a parent."""
        return parent_text(self.facts["parent_id"], self.place)

    @property
    def reasons(self) -> str:
        """Why it was found, in one line."""
        near = [f"{self.distance_km:.1f} km away"] if self.distance_km is not None else []
        return " · ".join([*map(in_words, self.why), *near])


def results_of(
    answer: Answer, text: str | None, distances: Mapping[str, float]
) -> list[SearchResult]:
    """The hits with their reasons, best first."""
    words = words_of(text or "")
    return [
        SearchResult(
            hit.source_id,
            round(hit.score, 6),
            answer.facts[hit.source_id],
            distances.get(hit.source_id),
            reasons(hit, answer.facts[hit.source_id], words),
        )
        for hit in answer.hits
    ]


def reasons(hit: Fused, facts: Mapping[str, Any], words: Sequence[str]) -> list[dict[str, object]]:
    """One reason per source that found the image, the best rank first."""
    return [{**reason(place), **evidence(place, facts, words)} for place in hit.places]


def reason(place: ListPlace) -> dict[str, object]:
    """Source, rank, the part if it was not the whole, and the source's own measure."""
    part = {"part": place.part} if place.part else {}
    measure = {"cosine": round(place.score, 4)} if place.source in COSINES else {}
    return {"source": place.source, "rank": place.rank, **part, **measure}


def evidence(place: ListPlace, facts: Mapping[str, Any], words: Sequence[str]) -> dict[str, object]:
    """Where the words stand, for sources that go by words."""
    if place.source == "name":
        return {"field": "file_name", "snippet": facts["file_name"]}
    if place.source == "words":
        for field in FIELDS:
            found = snippet(words, facts[field] or "")
            if found is not None:
                is_name = field == "name_words"
                return {
                    "field": "file_name" if is_name else field,
                    "snippet": facts["file_name"] if is_name else found,
                }
    return {}


def in_words(reason: Mapping[str, object]) -> str:
    """One reason as people read it: ``words 1 (caption: a red barn in snow)``."""
    details = []
    if "snippet" in reason:
        details.append(f"{reason['field']}: {reason['snippet']}")
    if "part" in reason:
        details.append(f"part {reason['part']}")
    if "cosine" in reason:
        details.append(f"cosine {reason['cosine']:.2f}")
    shown = f" ({', '.join(details)})" if details else ""
    return f"{reason['source']} {reason['rank']}{shown}"
