"""What a viewer reads of errors: that something failed, without stack, paths and module names.

Errors with their stacks are for editors, who can do something about them. Dagster puts them into
the type ``PythonError``, the output of steps, texts of logs and the errors of an answer; every text
of an answer is looked through, since events and metadata hold what any code has written into them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo
from graphql.execution import ExecutionResult
from pydantic import JsonValue

from web.guard.query_budget import QueryBudget, bounded_arguments

FAILED = "Something failed here. An editor can read the details."
EDITORS_ONLY = "Only an editor may read this."
LEFT_OUT = "…"

HIDDEN: Mapping[tuple[str, str], Any] = {
    ("PythonError", "message"): FAILED,
    ("PythonError", "className"): None,
    ("PythonError", "stack"): [],
    ("PythonError", "cause"): None,
    ("PythonError", "causes"): [],
    ("PythonError", "errorChain"): [],
    ("ErrorChainLink", "message"): FAILED,
    ("CapturedLogs", "stdout"): EDITORS_ONLY,
    ("CapturedLogs", "stderr"): EDITORS_ONLY,
    ("CapturedLogsMetadata", "stdoutLocation"): None,
    ("CapturedLogsMetadata", "stderrLocation"): None,
    ("Instance", "info"): EDITORS_ONLY,
    ("Instance", "executablePath"): EDITORS_ONLY,
}
"""What these fields are for viewers, by the names of type and field in Dagster's schema."""

STACK = re.compile(r"(?:Traceback \(most recent call last\)|Stack Trace) ?:?.*", re.DOTALL)
FRAME = re.compile(r'File "[^"\n]*", line \d+(?:, in \S+)?')
CLASS = re.compile(r"(?<![\w./])(?:[A-Za-z_]\w*\.)+(?=[A-Z]\w*(?:Error|Exception|Failure)\b)")
CLASS_FIRST = re.compile(r"^(?:[a-z_]\w*\.)+(?=[A-Z]\w*:)", re.MULTILINE)


@dataclass(frozen=True)
class ViewerFields:
    """Middleware of graphql-core: each field within the budget, and nothing of HIDDEN."""

    budget: QueryBudget

    def resolve(
        self, next_: Callable[..., Any], root: object, info: GraphQLResolveInfo, **given: Any
    ) -> Any:
        """The field's value. Raises BudgetSpent."""
        self.budget.spend()
        place = (info.parent_type.name, info.field_name)
        if place in HIDDEN:
            return HIDDEN[place]
        value = next_(root, info, **bounded_arguments(info, given))
        self.budget.spend_text(value)
        return value


def for_viewer(result: ExecutionResult) -> ExecutionResult:
    """The answer without what only editors may read."""
    errors = [plain_error(error) for error in result.errors or ()]
    data: Any = plain(result.data)
    return ExecutionResult(data, errors or None)


def plain_error(error: GraphQLError) -> GraphQLError:
    """The error without the exception that it comes from; what is wrong with a query stays."""
    failed = error.original_error is not None
    message = FAILED if failed else without_internals(error.message)
    return GraphQLError(message, error.nodes, error.source, error.positions, error.path)


def plain(value: JsonValue) -> JsonValue:
    """The value with each text in it as ``without_internals`` makes it."""
    if isinstance(value, str):
        return without_internals(value)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {without_internals(str(name)): plain(one) for name, one in value.items()}
    return value


def without_internals(text: str) -> str:
    """The text without stacks, absolute paths of this machine, and modules of exceptions.

    Texts without a space, such as names and ids, lose nothing but paths.
    """
    if "/" in text:
        text = paths().sub(lambda found: (found["quote"] or "") + LEFT_OUT, text)
    if " " not in text and "\n" not in text:
        return text
    text = FRAME.sub(LEFT_OUT, STACK.sub(EDITORS_ONLY, text))
    return CLASS_FIRST.sub("", CLASS.sub("", text))


@cache
def paths() -> re.Pattern[str]:
    """Paths that begin with a folder which this machine has at its root; in quotes also spaces."""
    folders = "|".join(
        sorted((re.escape(one.name) for one in Path("/").iterdir()), key=len, reverse=True)
    )
    start = rf"(?:file:)?/+(?:{folders})/"
    quoted = rf"""(?P<quote>["']){start}[^"'\n]*"""
    return re.compile(rf"""{quoted}|(?<![\w.\-/]){start}[^\s"'`<>|;,)\]}}]*""")
