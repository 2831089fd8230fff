"""Assets over all images together, unpartitioned: key prefix ``search``.

The search index, duplicates and clusters. They read media.duckdb as it was published last and are
requested after each publication; each one does nothing when nothing it reads has changed.
"""
