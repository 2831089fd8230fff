"""What stores each table of the index: words in SQLite's FTS5, vectors in LanceDB."""

from media_assets.search.ranking.search_content import DOCUMENTS
from resources.search.full_text_table import FullTextTable
from resources.search.lance_table import LanceTable

IndexTable = FullTextTable | LanceTable


def kind_of(name: str) -> type[FullTextTable] | type[LanceTable]:
    """What stores the table for ``name``, such as "documents" or "embedding_<space>"."""
    return FullTextTable if name == DOCUMENTS else LanceTable
