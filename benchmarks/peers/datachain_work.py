"""The work in DataChain: a map over the files in parallel processes, saved as a dataset.

``python datachain_work.py PICTURES TARGET``; prints epoch seconds of when the dataset could be
asked for. It is read from storage as a folder of binary files, so that nothing is decoded twice.
"""

import os
import sys
import time
from pathlib import Path

import cloudpickle
import datachain as dc
import picture_work
from datachain import File

cloudpickle.register_pickle_by_value(picture_work)  # its workers look in no folder of ours

Derived = tuple[str, str, str, str, str]


def derived(file: File) -> Derived:
    """What is made of one picture."""
    made = picture_work.derive(file.get_fs_path(), os.environ["PICTURES_TARGET"])
    return (
        made["sha256"],
        made["exif"],
        made["thumbnail_512"],
        made["thumbnail_256"],
        made["thumbnail_128"],
    )


def main(pictures: Path, target: Path) -> None:
    """Make a dataset of all pictures; everything made of them is a column."""
    os.environ["PICTURES_TARGET"] = str(target)
    made = (
        dc.read_storage(pictures.as_uri(), type="binary")
        .settings(parallel=os.cpu_count() or 1)
        .map(derived, output=dict.fromkeys(("sha256", "exif", "large", "medium", "small"), str))
        .save("pictures")
    )
    print(f"first {time.time()}", flush=True)
    print(f"rows {len(made.to_list('sha256', 'exif'))}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
