"""What one query of a person may cost. Each limit is enforced by a process's kernel or parent.

A query that needs more is ended and answered with a sentence that names the limit.
"""

import os
from dataclasses import dataclass

MACHINE_BYTES = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class QueryLimits:
    """The cost of one query.

    ``wall_seconds`` and ``cpu_seconds`` (of all threads, rounded up to whole seconds) are counted
    from its first character, ``memory_bytes`` is address space beyond what a process without a
    query has. ``result_bytes`` are those of the answer as JSON, ``values`` its cells, with each
    element of a list or record.
    """

    wall_seconds: float
    cpu_seconds: float
    memory_bytes: int
    result_bytes: int
    rows: int
    columns: int
    values: int
    sql_bytes: int
    threads: int


OWNER = QueryLimits(
    wall_seconds=600,
    cpu_seconds=600 * CORES,
    memory_bytes=MACHINE_BYTES // 2,
    result_bytes=1024**3,
    rows=10_000_000,
    columns=2_000,
    values=200_000_000,
    sql_bytes=16 * 1024**2,
    threads=CORES,
)
"""Of the owner on the command line, whose machine it is."""

VISITOR = QueryLimits(
    wall_seconds=10,
    cpu_seconds=10,
    memory_bytes=512 * 1024**2,
    result_bytes=16 * 1024**2,
    rows=100_000,
    columns=500,
    values=1_000_000,
    sql_bytes=256 * 1024,
    threads=1,
)
"""Of somebody who asks over the network, beside others."""
