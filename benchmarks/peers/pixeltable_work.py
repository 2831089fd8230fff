"""The work in Pixeltable: an async UDF on worker threads, rows inserted in chunks.

``python pixeltable_work.py PICTURES TARGET``; prints epoch seconds of the first chunk that could be
asked for. One computed column holds all that is made of a picture, so that it is decoded once; the
chunks are what its experts advise for long inserts: an insert is one transaction, and memory grows
with it.
"""

import sys
import time
from pathlib import Path

import pixeltable as pxt
from pixeltable_functions import derived

CHUNK = 50


def main(pictures: Path, target: Path) -> None:
    """Insert all pictures; everything made of them is a column."""
    table = pxt.create_table("pictures", {"path": pxt.Required[pxt.String]})
    table.add_computed_column(derived=derived(table.path, str(target)))
    table.add_computed_column(sha256=table.derived.sha256)
    table.add_computed_column(exif=table.derived.exif)
    paths = sorted(map(str, pictures.iterdir()))
    for start in range(0, len(paths), CHUNK):
        table.insert([{"path": path} for path in paths[start : start + CHUNK]])
        if start == 0:
            print(f"first {time.time()}", flush=True)
    rows = table.where(table.sha256 != None).select(table.sha256, table.exif).collect()  # noqa: E711 - SQL
    print(f"rows {len(rows)}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
