"""A document is measured by its text, in little time, whatever its fragments and aliases do."""

import pytest
from dagster_graphql.schema import create_schema
from graphql import parse

from web.guard import query_cost
from web.guard.query_cost import TooExpensive, cost_of

SCHEMA = create_schema().graphql_schema
FRAGMENTS = 40


def nested(levels: int) -> str:
    return "assetNodes { " + "dependencies { asset { " * levels + "id" + " } }" * levels + " }"


def doubling() -> str:
    """Each fragment puts in the next one twice: 2^40 fields in 2 KB."""
    parts = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(1, FRAGMENTS)]
    last = f"fragment F{FRAGMENTS} on Query {{ version }}"
    return "\n".join(["{ ...F1 }", *parts, last])


DEAR = {
    "nested_lists": "{ " + nested(7) + " }",
    "aliases_of_nested_lists": "{ " + " ".join(f"a{n}: {nested(4)}" for n in range(50)) + " }",
    "lists_in_fragments": "{ " + " ".join(f"a{n}: assetNodes {{ ...A }}" for n in range(50)) + " } "
    "fragment A on AssetNode { dependencies { asset { ...B } } } "
    "fragment B on AssetNode { dependencies { asset { ...C } } } "
    "fragment C on AssetNode { dependencies { asset { dependencies { asset { id } } } } }",
    "two_operations": f"query A {{ {' '.join(f'a{n}: {nested(4)}' for n in range(25))} }} "
    f"query B {{ {' '.join(f'a{n}: {nested(4)}' for n in range(25))} }}",
    "the_schema": "{ __schema { types { " + "fields { type { " * 6 + "name" + " } }" * 6 + " } } }",
    "fragments_that_double": doubling(),
    "a_fragment_of_itself": "{ ...F } fragment F on Query { version ...F }",
    "fragments_of_each_other": "{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }",
    "the_same_field": "{ " + "version " * 2000 + "}",
    "the_same_field_in_fragments": "{ " + "... on Query { version } " * 500 + "}",
    "the_same_field_unused": "{ version } fragment F on Query { " + "version " * 2000 + "}",
    "the_same_object": "{ " + "assetNodes { id } " * 500 + "}",
    "levels": "{ " + "assetNodes { " * 30 + "id" + " }" * 31,
    "unknown_fields": "{ " + " ".join(f"f{n}" for n in range(4000)) + " }",
}


@pytest.mark.parametrize("text", DEAR.values(), ids=DEAR.keys())
def test_what_costs_too_much_is_refused(text: str) -> None:
    with pytest.raises(TooExpensive, match="too much at once"):
        cost_of(SCHEMA, parse(text))


def test_the_cost_of_lists_aliases_and_levels_is_multiplied() -> None:
    one = cost_of(SCHEMA, parse("{ assetNodes { dependencies { asset { id } } } }")).cost
    two = cost_of(SCHEMA, parse("{ a: " + nested(1) + " b: " + nested(1) + " }")).cost

    assert one == 1 + 10 + 100 + 100
    assert two == 2 * one


def test_looking_stops_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the look itself would be the attack: the fragments have a million million fields."""
    monkeypatch.setattr(query_cost, "MOST_FRAGMENTS", 50_000)
    monkeypatch.setattr(query_cost, "MOST_FIELDS", 50_000)
    with pytest.raises(TooExpensive):
        cost_of(SCHEMA, parse(doubling()))
