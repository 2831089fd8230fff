"""``make bench``: every benchmark in one run; exit code 1 when a bar is missed.

``python -m benchmarks NAME ...`` runs only these. CPU-seconds stand beside wall clock, since they
do not grow with waiting; but they do grow, by up to twice, while other work shares the cores and
their caches, so that the load of the machine is printed first.
"""

import os
import sys
from collections.abc import Callable

from benchmarks import (
    dagster_cost,
    embedding,
    end_to_end,
    first_result,
    first_stage,
    landing_look,
    pages,
    priorities,
    publishing,
    reads,
    recognition,
    search,
    text_recognition,
)


def without_bar(work: Callable[[], None]) -> Callable[[], bool]:
    """A benchmark that only prints, as one whose bars are met."""

    def run() -> bool:
        work()
        return True

    return run


BENCHMARKS: dict[str, Callable[[], bool]] = {
    "dagster_cost": dagster_cost.main,
    "first_stage": first_stage.main,
    "first_result": first_result.main,
    "end_to_end": end_to_end.main,
    "landing_look": landing_look.main,
    "reads": reads.main,
    "pages": pages.main,
    "publishing": publishing.main,
    "priorities": priorities.main,
    "recognition": recognition.main,
    "embedding": embedding.main,
    "text_recognition": without_bar(text_recognition.main),
    "search": without_bar(lambda: search.main([100_000, 1_000_000])),
}


def main(names: list[str]) -> bool:
    """Run the named benchmarks, or all; print which missed a bar; return whether none did."""
    if unknown := set(names) - BENCHMARKS.keys():
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
        return False
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(f"{cores} cores, load {load:.1f} before the first benchmark", flush=True)
    missed = [name for name in names or BENCHMARKS if not BENCHMARKS[name]()]
    print(f"bars missed in: {', '.join(missed)}" if missed else "all bars are met")
    return not missed


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
