"""Names for the columns of a result, each once."""

from collections import defaultdict
from collections.abc import Sequence


def unique_names(names: Sequence[str]) -> list[str]:
    """``names`` with ``_2``, ``_3``, ... after those that were there before.

    Steps grow with the number of names, not with its square: each number is tried once per name.
    """
    used: set[str] = set()
    counts: defaultdict[str, int] = defaultdict(lambda: 1)
    unique: list[str] = []
    for name in names:
        candidate = name
        while candidate in used:
            counts[name] += 1
            candidate = f"{name}_{counts[name]}"
        used.add(candidate)
        unique.append(candidate)
    return unique
