"""How like an image model finds two images, by their vectors as published in media.duckdb."""

from dataclasses import dataclass

import duckdb

COSINE = """
with newest as (
    select image_id, vector
    from image_history.embedding
    where space = ? and image_id in (?, ?) and vector is not null and outcome in ('ok', 'degraded')
    qualify row_number() over (partition by image_id order by _seq desc, _row desc) = 1
)

select list_cosine_similarity(one.vector, other.vector)::double
from newest as one
inner join newest as other on one.image_id < other.image_id
"""


@dataclass(frozen=True)
class PublishedEmbeddings:
    """Compares the vectors of one space as they are published; of no space: knows none."""

    connection: duckdb.DuckDBPyConnection
    space: str

    def cosine(self, first: str, second: str) -> float | None:
        """Of two images, or None when one has no vector."""
        if not self.space:
            return None
        found = self.connection.execute(COSINE, [self.space, first, second]).fetchall()
        return round(found[0][0], 4) if found and found[0][0] is not None else None
