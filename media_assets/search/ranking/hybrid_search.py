"""Search: names, words, meaning and looks of the images, each ranked by itself, then fused.

- name: each of the words begins a part of a file or folder name;
- words: full text (captions, descriptions, text in the picture, tags, places, names), BM25;
- phrase: those among them in which neighboring words of the question are neighbors;
- meaning: the vector of the question among the vectors of the texts;
- picture: the vector of the question among the vectors of the pictures (a model that knows both);
- likeness: the vector of a picture among those of the pictures.

A source that cannot answer is left out and says why; the others answer.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from media_assets.search.ranking.index_search import EXACT_NAME, IndexSearch
from media_assets.search.ranking.search_content import VectorKind, read_spaces
from media_assets.search.ranking.search_index import ServingSpace, read_record
from media_assets.search.ranking.serving_space import serving_space
from media_assets.search.ranking.table_search import open_tables
from resources.configuration.media_home import MediaHome
from resources.embedding import builtin_text_descriptor
from resources.embedding.builtin_spaces import TEXT_SPACE, VISUAL_SPACE
from resources.models.failures import ModelUnavailable
from resources.search.rank_fusion import Fused, Hit, fuse

if TYPE_CHECKING:
    from resources.configuration.settings import Settings

ReadSettings = Callable[[], "Settings"]
"""Reads the settings, which only models need: that takes as long as a search for words."""

NEEDS_MODEL = (
    "Searching by what pictures show needs a model: media models get ViT-B-32/laion2b_s34b_b79k"
)

LEAST_CANDIDATES = 100
CANDIDATES_PER_RESULT = 5
"""Each source is asked for more than will be shown: what two of them find moves up."""

LEAST_SHARE_OF_BEST = 0.4
"""A text that holds one common word of five is noise beside one that holds them all."""

TIED_WITHIN = {"words": 1 / 3}
"""Among short texts with the same words BM25 measures little but their length."""

PICTURE_MODELS_WEIGHT_FOR_TEXTS = 0.5
"""The text half of a picture model was trained to compare texts with pictures, not with texts."""

LEAST_COSINE_OF_TEXTS = 0.1
"""Two texts without anything in common are near 0, and would be ranked by chance."""

LEAST_COSINE_OF_HASHED_WORDS = 0.2
"""Hashed to 512 places, such texts reach 0.15 among a thousand by chance."""


@dataclass(frozen=True)
class SearchQuestion:
    """What is looked for: ``text``, or images like ``like`` (an image id or a JPEG)."""

    text: str | None = None
    like: str | bytes | None = None
    only: Collection[str] | None = None
    limit: int = 20


@dataclass(frozen=True)
class Answer:
    """The best images, what is known of each (by id), and what a person should know."""

    hits: Sequence[Fused]
    facts: dict[str, dict[str, Any]]
    notes: Sequence[str]


def search(home: MediaHome, question: SearchQuestion, settings: ReadSettings) -> Answer:
    """The images that answer the question best. Raises duckdb.Error when nothing is published."""
    with open_tables(home, question.only) as tables:
        asked = Search(settings, IndexSearch(home, tables, question.only), question)
        hits = fuse(asked.rankings(), TIED_WITHIN, asked.weights)
        first = [hit for hit in hits if is_named(hit)]
        best = [*first, *(hit for hit in hits if hit not in first)][: question.limit]
        facts = tables.facts([hit.source_id for hit in best])
    known = [hit for hit in best if hit.source_id in facts]
    notes = [*asked.notes, NEEDS_MODEL] if asked.lacks_model and not known else asked.notes
    return Answer(known, facts, notes)


def is_named(hit: Fused) -> bool:
    """Whether the question was this image's very name: then it comes first."""
    return any(place.source == "name" and place.score >= EXACT_NAME for place in hit.places)


class Search:
    """One question, put to every source."""

    def __init__(
        self, settings: ReadSettings, index: IndexSearch, question: SearchQuestion
    ) -> None:
        self._settings = settings
        self._index = index
        self._question = question
        self._count = max(LEAST_CANDIDATES, CANDIDATES_PER_RESULT * question.limit)
        self._notes: list[str] = []
        self.lacks_model = False
        """Whether a model could find more; worth a note only where nothing was found."""

    @property
    def notes(self) -> Sequence[str]:
        """Why a source did not answer, or not as well as it could."""
        if self._index.unanswered:
            return [*self._notes, "words are not searched: the search index is not made yet"]
        if self._index.substituted:
            names = ", ".join(self._index.substituted)
            return [*self._notes, f"the search index lacks {names}: the tables answered instead"]
        return self._notes

    @property
    def weights(self) -> dict[str, float]:
        """How much each source counts, where that is not 1."""
        texts, pictures = self._serving("text_embedding"), self._serving("embedding")
        is_text_half = texts and pictures and texts.space == pictures.space
        return {"meaning": PICTURE_MODELS_WEIGHT_FOR_TEXTS} if is_text_half else {}

    def rankings(self) -> dict[str, list[Hit]]:
        """Source -> what it found, best first."""
        text, like = self._question.text, self._question.like
        found: dict[str, list[Hit]] = {}
        if text:
            found["name"] = self._index.by_name(text, self._count)
            found["words"] = above_noise(self._index.by_words(text, self._count))
            among = [hit.source_id for hit in found["words"]]
            found["phrase"] = self._index.by_phrase(text, among)
            found["meaning"] = self._by_meaning(text)
            found["picture"] = self._by_picture(text)
        if like is not None:
            found["likeness"] = self._by_likeness(like)
        return found

    def _by_meaning(self, text: str) -> list[Hit]:
        serving = self._serving("text_embedding")
        if serving is None:
            return []
        try:
            vector = self._vector_of_text(serving, text)
        except ModelUnavailable as error:
            self._notes.append(f"meaning: {error}")
            return []
        hits = self._index.nearest("text_embedding", serving, vector, self._count)
        is_hashed = serving.space == TEXT_SPACE
        least = LEAST_COSINE_OF_HASHED_WORDS if is_hashed else LEAST_COSINE_OF_TEXTS
        return [hit for hit in hits if hit.score >= least]

    def _vector_of_text(self, serving: ServingSpace, text: str) -> Sequence[float]:
        if serving.space == TEXT_SPACE:
            return builtin_text_descriptor.describe(text)
        from resources.embedding.text_encoder import open_text_encoder

        encoder = open_text_encoder(serving.space, serving.model, self._settings())
        return list(encoder.encode_texts([text])[0].tolist())

    def _by_picture(self, text: str) -> list[Hit]:
        serving = self._serving("embedding")
        if serving is None:
            return []
        if serving.space == VISUAL_SPACE:
            self.lacks_model = True
            return []
        from resources.embedding.image_encoder import open_encoder

        try:
            encoder = open_encoder(serving.space, serving.model, self._settings())
        except ModelUnavailable as error:
            self._notes.append(f"picture: {error}")
            return []
        vector = encoder.encode_texts([text])[0].tolist()
        return self._index.nearest("embedding", serving, vector, self._count)

    def _by_likeness(self, like: str | bytes) -> list[Hit]:
        serving = self._serving("embedding")
        if serving is None:
            self._notes.append("likeness: no image has an embedding yet")
            return []
        if isinstance(like, bytes):
            from resources.embedding.image_encoder import open_encoder

            encoder = open_encoder(serving.space, serving.model, self._settings())
            vector = encoder.encode_images([like])[0].tolist()
        else:
            known = self._index.tables.vector_of("embedding", serving.space, like)
            if known is None:
                self._notes.append(f"likeness: {like} has no embedding")
                return []
            vector = known
        return self._index.nearest("embedding", serving, vector, self._count)

    def _serving(self, kind: VectorKind) -> ServingSpace | None:
        """The space that answers, as the index says; without one as the tables suggest."""
        recorded = read_record(self._index.home).serving.get(kind)
        if recorded:
            return recorded
        spaces = read_spaces(self._index.tables.connection, kind)
        if not spaces:
            return None
        chosen = serving_space(None, spaces)
        return ServingSpace(space=chosen.name, model=chosen.model)


def above_noise(hits: Sequence[Hit]) -> list[Hit]:
    """The hits whose score is a fair share of the best one's."""
    best = max((hit.score for hit in hits), default=0.0)
    return [hit for hit in hits if hit.score >= LEAST_SHARE_OF_BEST * best]
