"""What every table of the search index has in common, whatever stores it."""

RowKey = tuple[str, int]
"""source_id and part: 0 is the whole source, others are regions of it."""

KEY = ("source_id", "part")

VERSIONS: dict[str, type] = {"source_id": str, "part": int, "version": str}
"""What says whether a row is as it should be."""


class DamagedTable(RuntimeError):
    """A table of the index cannot be read, or is not what it should be."""
