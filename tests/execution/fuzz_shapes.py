"""The schema as a map: which types lead to which, and hypothesis-graphql's selections on each."""

from collections import defaultdict, deque
from typing import Any

from graphql import (
    DocumentNode,
    FieldDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    Visitor,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    parse,
    print_ast,
    print_schema,
    visit,
)
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

PIECES = "Pieces"
#: hypothesis-graphql wants a strategy for each custom scalar, though no field has arguments here.
SCALARS = {name: st.just(nodes.Null) for name in ("Date", "DateTime", "Decimal", "JSON")}
#: They lead to any node by its id, which `Documents` writes by itself.
BY_ID = ("node", "nodes")


class Bare(Visitor):
    """Fields without their arguments: those are filled in from what the database holds."""

    def enter_field_definition(self, node: FieldDefinitionNode, *_: Any) -> FieldDefinitionNode:
        return FieldDefinitionNode(name=node.name, type=node.type, arguments=(), directives=())


class Shapes:
    """What can be selected, and how one gets there from `Query`."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.feeders: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.depths = self._explored()
        self.names = sorted(set(self.depths) - {"Query"})
        self.kinds = [name for name in self.names for _ in range(1 if dull(name) else 4)]
        self._pieces = build_schema(self._bare())
        self._strategies: dict[str, st.SearchStrategy[DocumentNode]] = {}

    def objects_of(self, name: str) -> list[str]:
        """The object types that a selection on `name` may meet."""
        kind = self.schema.type_map[name]
        if isinstance(kind, GraphQLObjectType):
            return [name]
        possible = self.schema.get_possible_types(kind)  # type: ignore[arg-type]  # it is abstract
        return sorted(each.name for each in possible)

    def leaves(self, name: str) -> list[str]:
        """The fields of a type that need no selections; of a union there are none."""
        fields = getattr(self.schema.type_map[name], "fields", {})
        return [each for each, field in fields.items() if is_leaf_type(get_named_type(field.type))]

    def lists(self, name: str) -> list[str]:
        """The fields of a type that lead to lists of objects."""
        fields = getattr(self.schema.type_map[name], "fields", {})
        return [
            each
            for each, field in fields.items()
            if is_list_type(get_nullable_type(field.type))
            and is_composite_type(get_named_type(field.type))
            and each not in BY_ID
        ]

    def coordinates(self) -> set[tuple[str, str]]:
        """Every field of every object type that queries reach."""
        return {
            (name, field)
            for name in self.depths
            for field in self.schema.type_map[name].fields  # type: ignore[attr-defined]
        }

    def pieces(self, name: str) -> st.SearchStrategy[DocumentNode]:
        """Documents whose only root field selects something of the object type `name`."""
        if name not in self._strategies:
            self._strategies[name] = queries(
                self._pieces, fields=[name], custom_scalars=SCALARS, print_ast=_itself
            )
        return self._strategies[name]

    def _explored(self) -> dict[str, int]:
        """How many fields each object type is away from `Query`; fills in the feeders."""
        depths, waiting = {"Query": 0}, deque(["Query"])
        while waiting:
            parent = waiting.popleft()
            for name, field in self.schema.type_map[parent].fields.items():  # type: ignore[attr-defined]
                target = get_named_type(field.type)
                if not is_composite_type(target):
                    continue
                for each in self.objects_of(target.name):
                    if name not in BY_ID:
                        self.feeders[each].append((parent, name))
                    if each not in depths:
                        depths[each] = depths[parent] + 1
                        waiting.append(each)
        return depths

    def _bare(self) -> str:
        """The SDL of a schema whose root fields are the object types themselves."""
        document = visit(parse(print_schema(self.schema)), Bare())
        roots = " ".join(f"{name}: {name}" for name in self.names)
        return f"schema {{ query: {PIECES} }} type {PIECES} {{ {roots} }} {_types(document)}"


def dull(name: str) -> bool:
    """There are many of them, and they are all alike."""
    return name.endswith(("Connection", "Edge"))


def _types(document: DocumentNode) -> str:
    """All but the roots."""
    dropped = {"Query", "Mutation", "Subscription"}
    return "\n".join(
        print_ast(each)
        for each in document.definitions
        if getattr(getattr(each, "name", None), "value", None) not in dropped
        and each.kind != "schema_definition"
    )


def _itself(document: DocumentNode) -> DocumentNode:
    return document
