"""One question to the search index: answered by it, or by the tables while it cannot.

Words are asked of the index. Vectors are asked of the tables as long as both compare all of them,
which gives the same hits; of the index from VECTOR_INDEX_FROM_ROWS on.

The index may be replaced between the moment its record is read and the search, so a table that
cannot be read is looked up once more; only if it is still the one that counts is it damaged, which
is noted for the next refresh.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from media_assets.search.ranking.search_content import DOCUMENTS, VectorKind
from media_assets.search.ranking.search_index import ServingSpace, read_record, report_damage
from media_assets.search.ranking.table_search import TableSearch
from resources.configuration.media_home import MediaHome
from resources.search.full_text_table import FullTextTable
from resources.search.index_rows import DamagedTable
from resources.search.lance_table import VECTOR_INDEX_FROM_ROWS, LanceTable
from resources.search.question_words import neighbors_of, wanted_of
from resources.search.rank_fusion import Hit

EXACT_NAME = 1000.0
"""Added to the score of an image whose whole name was asked for; no number of words gets there."""

MOST_IN_MEMORY = 20_000
"""Documents that are taken apart for one question when the index cannot answer: some seconds."""

Table = TypeVar("Table", FullTextTable, LanceTable)


@dataclass
class IndexSearch:
    """The index and the tables of one home.

    ``substituted`` collects what the tables did in place of the index, ``unanswered`` what nobody
    could do.
    """

    home: MediaHome
    tables: TableSearch
    only: Collection[str] | None
    substituted: list[str] = field(default_factory=list)
    unanswered: set[str] = field(default_factory=set)

    def by_name(self, text: str, limit: int) -> list[Hit]:
        """Images with parts of their names that begin with all words; a whole name leads."""
        words = [word for word in wanted_of(text) if not word.is_letter]
        scores = dict.fromkeys(self.tables.named(text), EXACT_NAME)
        begun = self._ask_words(lambda table: table.named(words, limit, self.only))
        for hit in begun:
            scores[hit.source_id] = scores.get(hit.source_id, 0.0) + hit.score
        hits = [Hit(image_id, score) for image_id, score in scores.items()]
        return sorted(hits, key=lambda hit: (-hit.score, hit.source_id))[:limit]

    def by_words(self, text: str, limit: int) -> list[Hit]:
        """Images whose documents hold the words."""
        words = wanted_of(text)
        return self._ask_words(lambda table: table.matching(words, limit, self.only))

    def by_phrase(self, text: str, among: Sequence[str]) -> list[Hit]:
        """Those images in whose documents neighboring words of the text are neighbors too.

        Texts with the same words may say different things: "a blue square on a red ground" is no
        red square. Ordered pairs of words as in Metzler and Croft, "A Markov random field model
        for term dependencies" (SIGIR 2005).
        """
        pairs = neighbors_of(text)
        return self._ask_words(lambda table: table.with_neighbors(pairs, among)) if pairs else []

    def nearest(
        self, kind: VectorKind, serving: ServingSpace, vector: Sequence[float], limit: int
    ) -> list[Hit]:
        """Images whose vectors are most like ``vector``, by cosine."""
        name = f"{kind}_{serving.space}"
        known = read_record(self.home).tables.get(name)

        def ask_tables() -> list[Hit]:
            return self.tables.nearest(kind, serving.space, vector, limit)

        if known is not None and known.row_count < VECTOR_INDEX_FROM_ROWS:
            return ask_tables()
        return self._ask(
            name, LanceTable, lambda table: table.nearest(vector, limit, self.only), ask_tables
        )

    def _ask_words(self, ask: Callable[[FullTextTable], list[Hit]]) -> list[Hit]:
        return self._ask(DOCUMENTS, FullTextTable, ask, lambda: ask(self._words_in_memory))

    def _ask(
        self,
        name: str,
        kind: type[Table],
        ask: Callable[[Table], list[Hit]],
        ask_tables: Callable[[], list[Hit]],
    ) -> list[Hit]:
        refused = ""
        while known := read_record(self.home).tables.get(name):
            try:
                return ask(kind(self.home.search_index, known.lance_table))
            except DamagedTable as error:
                if known.lance_table == refused:
                    report_damage(self.home, known.lance_table, error)
                    break
                refused = known.lance_table
        if name not in self.substituted:
            self.substituted.append(name)
        return ask_tables()

    @cached_property
    def _words_in_memory(self) -> FullTextTable:
        """The documents of the tables, unless that would take too long."""
        rows = self.tables.documents(MOST_IN_MEMORY + 1)
        if len(rows) > MOST_IN_MEMORY:
            self.unanswered.add(DOCUMENTS)
            rows = []
        return FullTextTable.in_memory(rows)
