"""What a GraphQL document would cost, told from its text, before anything of it is executed.

Executing nested lists multiplies: three lists of ten entries within each other are a thousand
objects, and fifty aliases of them fifty thousand. Validating costs as well: graphql-core compares
the fields of one answer's place with each other, also those that come from fragments. Both are
bounded here, in time that is linear in the bound. How many entries a list really has is counted
while the request is executed: see ``query_budget``.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    get_named_type,
    is_list_type,
)

ENTRIES = 10
"""For how many objects a list counts that is in a list, whatever it holds."""

MOST_COST = 2_000_000
"""Fields of an answer, so estimated; the dearest document of Dagster 1.13's UI has 966,777."""

MOST_FIELDS = 3_000
"""Fields of a document with its fragments put in; the UI has up to 639."""

MOST_FRAGMENTS = 600
"""Fragments put in, one as often as it is named; the UI has up to 258."""

MOST_PAIRS = 20_000
"""Fields of one place in the answer, squared and summed over the places; the UI has up to 1,093."""

MOST_LEVELS = 20
"""Objects within each other; the UI has up to 11, and the usual look at the schema has 15."""

Parent = GraphQLNamedType | None


class TooExpensive(ValueError):
    """The document would cost more than a request may; the message says what is too much."""


@dataclass
class QueryCost:
    """The cost of the operations of one document; each number grows as the document is walked."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    cost: int = 0
    fields: int = 0
    pairs: int = 0
    levels: int = 0
    named: list[str] = field(default_factory=list)
    put_in: int = 0

    def add(
        self, level: Sequence[tuple[Parent, SelectionSetNode]], factor: int, depth: int
    ) -> None:
        """Count the fields of one place in the answer and of those below. Raises TooExpensive."""
        self.levels = max(self.levels, depth)
        places: dict[str, list[tuple[Parent, FieldNode]]] = defaultdict(list)
        for parent, selected in level:
            for owner, node in self._fields(parent, selected):
                places[node.alias.value if node.alias else node.name.value].append((owner, node))
                self.fields += 1
                self._refuse_excess()
        for nodes in places.values():
            self.pairs += len(nodes) ** 2
            self._add_place(nodes, factor, depth)

    def _add_place(
        self, nodes: Sequence[tuple[Parent, FieldNode]], factor: int, depth: int
    ) -> None:
        types = [self._type_of(owner, node) for owner, node in nodes]
        times = ENTRIES if any(is_list(one) for one in types) else 1
        self.cost += factor
        self._refuse_excess()
        below = [
            (get_named_type(one), node.selection_set)
            for one, (_, node) in zip(types, nodes, strict=True)
            if node.selection_set
        ]
        if below:
            self.add(below, factor * times, depth + 1)

    def _fields(
        self, parent: Parent, selected: SelectionSetNode
    ) -> Iterator[tuple[Parent, FieldNode]]:
        """The fields, those of fragments among them, each with the type that it belongs to."""
        waiting = [(parent, selected)]
        while waiting:
            owner, current = waiting.pop()
            for node in current.selections:
                if isinstance(node, FieldNode):
                    yield owner, node
                    continue
                self.put_in += 1
                self._refuse_excess()
                waiting += self._within(owner, node)

    def _within(self, owner: Parent, node: object) -> list[tuple[Parent, SelectionSetNode]]:
        """What a fragment puts in its place; an unknown one is refused by validation."""
        if isinstance(node, FragmentSpreadNode):
            self.named.append(node.name.value)
            node = self.fragments.get(node.name.value)
        if not isinstance(node, FragmentDefinitionNode | InlineFragmentNode):
            return []
        named = node.type_condition
        return [(self.schema.get_type(named.name.value) if named else owner, node.selection_set)]

    def _type_of(self, owner: Parent, node: FieldNode) -> GraphQLType | None:
        name = node.name.value
        meta = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}.get(name)
        found = meta or getattr(owner, "fields", {}).get(name)
        return found.type if found else None

    def _refuse_excess(self) -> None:
        for what, found, most in (
            ("fields times list entries", self.cost, MOST_COST),
            ("fields", self.fields, MOST_FIELDS),
            ("fragments", self.put_in, MOST_FRAGMENTS),
            ("fields of the same name", self.pairs, MOST_PAIRS),
            ("levels", self.levels, MOST_LEVELS),
        ):
            if found > most:
                raise TooExpensive(f"This asks for too much at once: more than {most} {what}.")


def is_list(kind: GraphQLType | None) -> bool:
    """Whether a field of this type has many values."""
    return is_list_type(kind.of_type if isinstance(kind, GraphQLNonNull) else kind)


def cost_of(schema: GraphQLSchema, document: DocumentNode) -> QueryCost:
    """The cost of all operations of the document together. Raises TooExpensive.

    Fragments that no operation names count as well: validation looks at them, too.
    """
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    cost = QueryCost(schema, fragments)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            root = schema.get_root_type(node.operation)
            cost.add([(root, node.selection_set)], factor=1, depth=1)
    for name in fragments.keys() - set(cost.named):
        of_type = schema.get_type(fragments[name].type_condition.name.value)
        cost.add([(of_type, fragments[name].selection_set)], factor=1, depth=1)
    return cost
