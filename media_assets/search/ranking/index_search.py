"""One question to the search index: answered by it, or by the tables while it cannot.

The index may be replaced between the moment its record is read and the search, so a table that
cannot be read is looked up once more; only if it is still the one that counts is it damaged, which
is noted for the next refresh.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from media_assets.search.ranking.search_content import VectorKind
from media_assets.search.ranking.search_index import ServingSpace, read_record, report_damage
from media_assets.search.ranking.table_search import TableSearch
from resources.configuration.media_home import MediaHome
from resources.search.lance_table import DamagedTable, LanceTable
from resources.search.rank_fusion import Hit

_log = logging.getLogger(__name__)


@dataclass
class IndexSearch:
    """The index and the tables of one home. ``substituted`` collects what the index did not do."""

    home: MediaHome
    tables: TableSearch
    only: Collection[str] | None
    substituted: list[str] = field(default_factory=list)

    def by_words(self, text: str, limit: int) -> list[Hit]:
        """Images whose documents hold the words."""
        return self._ask(
            "documents",
            lambda table: table.matching(text, limit, self.only),
            lambda: self.tables.by_words(text, limit),
        )

    def nearest(
        self, kind: VectorKind, serving: ServingSpace, vector: Sequence[float], limit: int
    ) -> list[Hit]:
        """Images whose vectors are most like ``vector``, by cosine."""
        return self._ask(
            f"{kind}_{serving.space}",
            lambda table: table.nearest(vector, limit, self.only),
            lambda: self.tables.nearest(kind, serving.space, vector, limit),
        )

    def _ask(
        self,
        name: str,
        ask_index: Callable[[LanceTable], list[Hit]],
        ask_tables: Callable[[], list[Hit]],
    ) -> list[Hit]:
        refused = ""
        while known := read_record(self.home).tables.get(name):
            try:
                return ask_index(LanceTable(self.home.search_index, known.lance_table))
            except DamagedTable as error:
                if known.lance_table == refused:
                    report_damage(self.home, known.lance_table, error)
                    break
                refused = known.lance_table
        self.substituted.append(name)
        return ask_tables()
