"""Dagster's own UI goes on working for viewers: every query that it ships is within the bounds."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from dagster_graphql.schema import create_schema
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    OperationDefinitionNode,
    OperationType,
    get_introspection_query,
    is_list_type,
    is_non_null_type,
    parse,
    type_from_ast,
    validate,
)

from tests.support.guarded_ui import GuardedUi
from tests.support.shipped_queries import shipped_queries
from web.guard.query_cost import cost_of

SCHEMA = create_schema().graphql_schema
QUERIES = {**shipped_queries(), "Introspection": get_introspection_query()}
SCALARS = {"Int": 1, "Float": 1.0, "Boolean": True}


def value(kind: GraphQLInputType) -> Any:
    """A value of this type, the smallest that there is."""
    if is_non_null_type(kind):
        return value(kind.of_type)
    if is_list_type(kind):
        return [value(kind.of_type)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        needed = {name: one for name, one in kind.fields.items() if is_non_null_type(one.type)}
        return {name: value(one.type) for name, one in needed.items()}
    return SCALARS.get(str(kind), "x")


def operation(query: str) -> OperationDefinitionNode:
    first = parse(query).definitions[0]
    assert isinstance(first, OperationDefinitionNode)
    return first


def variables(query: str) -> dict[str, Any]:
    """A value for each variable that the query needs."""
    types = {
        one.variable.name.value: type_from_ast(SCHEMA, one.type)
        for one in operation(query).variable_definitions or ()
    }
    return {name: value(kind) for name, kind in types.items() if is_non_null_type(kind)}


def test_all_queries_of_the_ui_are_found() -> None:
    """Else the others here would test nothing."""
    assert len(QUERIES) > 150
    assert {"RunLogsQuery", "PipelineRunLogsSubscription", "AssetGraphLiveQuery"} <= QUERIES.keys()
    assert not [name for name, text in QUERIES.items() if validate(SCHEMA, parse(text))]


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_query_of_the_ui_costs_less_than_a_viewer_may(name: str) -> None:
    cost_of(SCHEMA, parse(QUERIES[name]))


@pytest.mark.parametrize(
    "name",
    [n for n, text in sorted(QUERIES.items()) if operation(text).operation is OperationType.QUERY],
)
def test_a_query_of_the_ui_is_answered_to_a_viewer(
    ui: GuardedUi, viewer: Mapping[str, str], editor: Mapping[str, str], name: str
) -> None:
    def answered(who: Mapping[str, str]) -> tuple[int, Any]:
        answer = ui.graphql(QUERIES[name], who, variables=variables(QUERIES[name]))
        said = json.loads(answer.body)
        return answer.status, (said["data"] and said["data"].keys(), len(said.get("errors", ())))

    assert answered(viewer) == answered(editor)
