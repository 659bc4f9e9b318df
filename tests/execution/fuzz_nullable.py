"""Which positions of an operation's data may be null."""

from collections.abc import Callable
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
)

from tests.execution.fuzz_compare import Path


def nullable_positions(schema: GraphQLSchema, document: DocumentNode) -> Callable[[Path], bool]:
    """Which positions of an operation's data may be null, by their types.

    Fields of one key have types of one shape, whatever object they are asked of: that is a rule of
    validation. So any of them will do.
    """
    fragments = {
        each.name.value: each.selection_set
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    conditions = {
        each.name.value: each.type_condition.name.value
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    (operation,) = (
        each for each in document.definitions if isinstance(each, OperationDefinitionNode)
    )

    root: Any = schema.get_root_type(operation.operation)

    def fields(parent: str, chosen: SelectionSetNode, key: str) -> list[tuple[str, FieldNode]]:
        found: list[tuple[str, FieldNode]] = []
        for each in chosen.selections:
            if isinstance(each, FieldNode):
                if (each.alias or each.name).value == key:
                    found.append((parent, each))
            elif isinstance(each, FragmentSpreadNode):
                name = each.name.value
                found += fields(conditions[name], fragments[name], key)
            else:
                on = each.type_condition.name.value if each.type_condition else parent
                found += fields(on, each.selection_set, key)
        return found

    def type_of(parent: str, node: FieldNode) -> Any:
        definition: Any = schema.get_field(schema.type_map[parent], node.name.value)  # type: ignore[arg-type]
        return definition.type

    def nullable(path: Path) -> bool:
        here = [(root.name, operation.selection_set)]
        kind: Any = None
        for step in path:
            if isinstance(step, int):
                kind = get_nullable_type(kind).of_type
                continue
            found = [each for parent, chosen in here for each in fields(parent, chosen, step)]
            if not found:
                return False  # no path of this operation
            parent, node = found[0]
            kind = type_of(parent, node)
            here = [
                (get_named_type(type_of(each, asked)).name, asked.selection_set)
                for each, asked in found
                if asked.selection_set
            ]
        return not isinstance(kind, GraphQLNonNull)

    return nullable
