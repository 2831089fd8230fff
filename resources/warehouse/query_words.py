"""What a person is told whose query meets a limit: what happened, which limit, what to do."""

import signal

from resources.warehouse.query_limits import QueryLimits

TOO_DEEP = "the query nests too deep: write it with fewer parentheses, lists or subqueries in it"
ENDED_OUTSIDE = "the query's process was ended from outside: ask again"
CANCELLED = "cancelled: nobody waits for the answer"
ALL_BUSY = "too many queries run already: ask again in a moment"
NOT_STARTED = "no process for the query could be started"
UNREADABLE = "the query's process gave an answer that cannot be read: ask again, or more simply"


def too_much_memory(limits: QueryLimits) -> str:
    """Memory ran out."""
    return (
        f"the query needs more memory than the {megabytes(limits.memory_bytes)} allowed: "
        "ask for fewer rows, or for shorter texts and lists"
    )


def too_long(limits: QueryLimits) -> str:
    """The time on the clock ran out."""
    return (
        f"stopped after {limits.wall_seconds:g} s, the time allowed: "
        "ask for less, or put a condition on a column"
    )


def too_much_work(limits: QueryLimits) -> str:
    """The processor time ran out."""
    return (
        f"stopped after {limits.cpu_seconds:g} s of processor time, as much as is allowed: "
        "ask for less, or put a condition on a column"
    )


def too_many_bytes(limits: QueryLimits) -> str:
    """The answer is too long."""
    return (
        f"the answer is longer than the {megabytes(limits.result_bytes)} allowed: "
        "ask for fewer columns, add a condition, or a limit"
    )


def too_many_rows(limits: QueryLimits) -> str:
    """The answer has too many rows."""
    return f"more than {limits.rows:,} rows: add a condition or a limit"


def too_many_columns(columns: int, limits: QueryLimits) -> str:
    """The answer has too many columns."""
    return f"{columns:,} columns, and {limits.columns:,} are allowed: name those that you need"


def too_many_values(limits: QueryLimits) -> str:
    """The answer has too many cells, or too long lists in them."""
    return f"more than {limits.values:,} values in rows and lists: add a condition or a limit"


def too_long_text(limits: QueryLimits) -> str:
    """The text of the query itself is too long."""
    return (
        f"the query is longer than the {megabytes(limits.sql_bytes)} allowed: "
        "put a condition in place of long lists"
    )


def ended_by(status: int, limits: QueryLimits) -> str:
    """What the exit status of a query's process says: negative for a signal."""
    if -status == signal.SIGXCPU:
        return too_much_work(limits)
    if -status in (signal.SIGKILL, signal.SIGTERM):
        return ENDED_OUTSIDE
    name = signal.Signals(-status).name if status < 0 else f"status {status}"
    return (
        f"the query ended its own process ({name}): it nests too deep, or needs more memory than "
        f"the {megabytes(limits.memory_bytes)} allowed; ask more simply, or for less"
    )


def megabytes(count: int) -> str:
    """So many bytes, in MiB or KiB."""
    return f"{count / 1024**2:,.0f} MiB" if count >= 1024**2 else f"{count / 1024:,.0f} KiB"
