"""The names in an archive package: whatever else one holds is refused.

All are plain lower-case ASCII, so that no system changes one and no two differ by case alone. One
folder below ``data/`` per picture:

    data/<image id>/original.jpg                     the file as it landed, bit for bit
    data/<image id>/sidecars/<SHA-256>.xmp           the sidecars that were found beside it
    data/<image id>/derivatives/<asset>/<role>.jpg   what was made of it
    data/<image id>/metadata.json, descriptions.json, dublin_core.xml, premis.xml
    data/<image id>/rows.jsonl                       every row, from which it is restored
"""

import re

PAYLOAD = "data/"
ORIGINAL = "original"
ROWS = "rows.jsonl"
DOCUMENTS = ("metadata.json", "descriptions.json", "dublin_core.xml", "premis.xml", ROWS)

SUFFIX = r"(?:\.[a-z0-9]{1,8})?"
SOURCE_ID = r"[a-z0-9_-]{1,40}-[0-9a-f]{12,64}"
ROLE = r"[a-z0-9_]+(?:\.[a-z0-9_]+)*(?:-[0-9a-f]{12})?"
PLACE = re.compile(
    rf"(?P<id>{SOURCE_ID})/(?:"
    rf"(?P<original>{ORIGINAL}(?P<suffix>{SUFFIX}))"
    rf"|sidecars/(?P<sidecar>[0-9a-f]{{64}})(?P<sidecar_suffix>{SUFFIX})"
    rf"|derivatives/[a-z][a-z0-9_]{{0,62}}/(?=.{{1,120}}\Z){ROLE}(?P<file_suffix>\.[a-z0-9]{{1,8}})"
    rf"|(?P<document>{'|'.join(map(re.escape, DOCUMENTS))}))"
)
"""A name in the payload, without ``data/``."""

BAG_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,119}", re.IGNORECASE)
"""The folder that a package holds, and its file without ``.zip``."""


def stored_place(folder: str, sha256: str, suffix: str) -> str:
    """Where the content-addressed stores of a home keep such a file, relative to the home."""
    return f"{folder}/{sha256[:2]}/{sha256[2:4]}/{sha256}{suffix}"


def home_place(name: str, sha256: str) -> str | None:
    """Where a file of the payload belongs in a home; None for documents and rows.

    ``name`` is one that PLACE matches.
    """
    found = PLACE.fullmatch(name)
    if found is None or found["document"]:
        return None
    if found["original"]:
        return stored_place("originals", sha256, found["suffix"])
    if found["sidecar"]:
        return stored_place("originals", sha256, found["sidecar_suffix"])
    return stored_place("derivatives", sha256, found["file_suffix"])
