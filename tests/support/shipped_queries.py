"""Every GraphQL operation that Dagster's own web UI can send, read from its installed JavaScript.

The UI is built with documents as template strings, ``["\\n  query Name {...}\\n ", ...]``, and puts
in fragments of other files when it runs. Here each operation gets the fragments that it names.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import dagster_webserver
from graphql import (
    DefinitionNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

BUNDLE = Path(str(dagster_webserver.__file__)).parent / "webapp" / "build" / "_next"
TEXT = re.compile(
    r"""(["'`])((?:\\n|\s)*(?:query|mutation|subscription|fragment) \w(?:\\.|(?!\1).)*)\1""",
    re.DOTALL,
)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@cache
def shipped_queries() -> Mapping[str, str]:
    """Each operation by its name, with its fragments, as the UI sends it."""
    definitions = list(_definitions())
    fragments = {
        node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)
    }
    operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
    return {
        str(node.name and node.name.value): "\n".join(
            print_ast(part) for part in (node, *_named(node, fragments).values())
        )
        for node in operations
    }


def _definitions() -> Iterator[DefinitionNode]:
    for file in sorted(BUNDLE.rglob("*.js")):
        for _, quoted in TEXT.findall(file.read_text(encoding="utf-8")):
            text = ESCAPED.sub(lambda one: "\n" if one[1] == "n" else one[1], quoted)
            try:
                yield from parse(text, no_location=True).definitions
            except GraphQLError as error:
                raise AssertionError(f"{file.name}: {text[:200]}") from error


def _named(
    node: DefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> dict[str, FragmentDefinitionNode]:
    """The fragments that the definition names, and those that they name."""
    found: dict[str, FragmentDefinitionNode] = {}

    class Spreads(Visitor):
        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: object) -> None:
            name = spread.name.value
            if name not in found:
                found[name] = fragments[name]
                visit(fragments[name], self)

    visit(node, Spreads())
    return found
