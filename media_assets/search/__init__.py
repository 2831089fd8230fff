"""Assets over all images together, unpartitioned: key prefix ``search``.

The search index, duplicates and clusters. They read media.duckdb as it was published last and are
requested after each publication; each one does nothing when nothing it reads has changed.

- ``ranking``: what the index holds, and how a search is answered from it.
- ``comparing``: what duplicates and clusters are found by.

What needs no knowledge of assets and marts is in ``resources.search``.
"""
