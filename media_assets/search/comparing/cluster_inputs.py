"""What clusters are made from, read from media.duckdb as it was published last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media_assets.search.comparing.duplicate_inputs import current_rows
from media_assets.search.comparing.search_tables import CLUSTERS
from media_assets.search.ranking.search_content import read_spaces
from media_assets.search.ranking.search_index import read_record
from media_assets.search.ranking.serving_space import serving_space
from resources.configuration.media_home import MediaHome
from resources.warehouse.database_file import reading

VECTORS = """
select
    image_id,
    vector,
    concat_ws(' ', documents.title, documents.caption, documents.tags, documents.place) as "text"
from image_history.embedding
semi join images using (image_id)
left join search_documents as documents using (image_id)
where space = ? and vector is not null and outcome in ('ok', 'degraded')
qualify row_number() over (partition by image_id order by _seq desc, _row desc) = 1
order by image_id
"""


@dataclass(frozen=True)
class ClusterInputs:
    """Images with a vector in ``space``: ids, (N, D) float32 of L2 norm 1, texts; known rows."""

    space: str
    image_ids: Sequence[str]
    vectors: NDArray[np.float32]
    texts: Sequence[str]
    known: Sequence[Mapping[str, Any]]


def read_inputs(home: MediaHome) -> ClusterInputs:
    """The vectors that search is served from. Raises duckdb.Error when nothing is published."""
    with reading(home.warehouse) as connection:
        known = current_rows(connection, CLUSTERS)
        spaces = read_spaces(connection, "embedding")
        if not spaces:
            return ClusterInputs("", [], np.empty((0, 0), np.float32), [], known)
        recorded = read_record(home).serving.get("embedding")
        space = serving_space(recorded.space if recorded else None, spaces).name
        found: Any = connection.sql(VECTORS, params=[space]).to_arrow_table()
    vectors = found["vector"].combine_chunks().flatten().to_numpy().reshape(len(found), -1)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    return ClusterInputs(
        space, found["image_id"].to_pylist(), unit, found["text"].to_pylist(), known
    )
