"""What a search found, ready to be shown: one result per image, with the reasons it matched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from media_assets.search.answers.place_text import parent_text, place_of
from media_assets.search.answers.reasons import Reason, reasons, sentence
from media_assets.search.ranking.hybrid_search import Answer
from resources.search.question_words import wanted_of

SHOWN = ("file_name", "batch", "format", "width_px", "height_px", "taken_at", "title", "caption")

PARENT = ("parent_id", "parent_medium")


@dataclass(frozen=True)
class SearchResult:
    """One image found; ``why`` has one reason per source that found it."""

    image_id: str
    score: float
    facts: Mapping[str, Any]
    distance_km: float | None
    why: Sequence[Reason]

    @property
    def has_words(self) -> bool:
        """Whether it was found by its words, not only by what is like them."""
        return any(reason["source"] in ("name", "words") for reason in self.why)

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
        """Why it was found, in a sentence."""
        return sentence(self.why, self.distance_km)


def results_of(
    answer: Answer, text: str | None, distances: Mapping[str, float]
) -> list[SearchResult]:
    """The hits with their reasons, best first."""
    words = wanted_of(text or "")
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
