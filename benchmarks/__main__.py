"""``make bench``: every benchmark in one run, each as a ratio; exit code 1 when a bar is missed."""

import sys

from benchmarks import (
    dagster_cost,
    embedding,
    end_to_end,
    landing_look,
    pages,
    search,
    text_recognition,
)

if __name__ == "__main__":
    are_met = [dagster_cost.main(), end_to_end.main(), landing_look.main(), pages.main()]
    text_recognition.main()
    embedding.main()
    search.main([100_000, 1_000_000])
    sys.exit(0 if all(are_met) else 1)
