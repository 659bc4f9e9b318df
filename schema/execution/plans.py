"""Plans: what an operation selects, compiled once for the same text, name and conditions.

A plan holds a `Level` for each object type at each place of the operation: a generated function for
what is read inline, and the other fields, each with how it is resolved and completed.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.language import Visitor, visit
from strawberry.types.field import StrawberryField

from schema.execution.generated import Build
from schema.execution.leaves import Leaf
from schema.execution.links import Link, Shape

Read = Callable[[Any], Any]


@dataclass(slots=True)
class Place:
    """Where an operation selects fields of an object: the types met there, each compiled once."""

    plan: "Plan"
    details: list[FieldDetails]
    _levels: dict[tuple[str, int], "Level"] = field(default_factory=dict)

    def level(self, kind: GraphQLObjectType, shape: Shape | None = None) -> "Level":
        """What is selected of `kind` here, of what is of `shape`, or of objects."""
        key = (kind.name, id(shape))
        if key not in self._levels:
            self._levels[key] = self.plan.below(kind, self.details, shape)
        return self._levels[key]


@dataclass(slots=True)
class Objects:
    """Completes to objects of one type."""

    required: bool
    kind: GraphQLObjectType
    place: Place


@dataclass(slots=True)
class Abstracts:
    """Completes to objects of an interface's or a union's types."""

    required: bool
    kind: GraphQLAbstractType
    place: Place


@dataclass(slots=True)
class Lists:
    """Completes to lists."""

    required: bool
    item: "Output"


Output = Leaf | Objects | Abstracts | Lists


@dataclass(slots=True)
class Selected:
    """A field that an operation selects of an object type."""

    name: str
    parent: GraphQLObjectType
    definition: GraphQLField
    details: list[FieldDetails]
    nodes: list[FieldNode] = field(init=False)
    output: Output = field(init=False)

    def __post_init__(self) -> None:
        self.nodes = [each.node for each in self.details]

    @property
    def node(self) -> FieldNode:
        return self.details[0].node

    def missing(self) -> Exception:
        """The error of a null that cannot be."""
        return TypeError(
            f"Cannot return null for non-nullable field {self.parent}.{self.node.name.value}."
        )


#: What a resolver cannot change.
FIXED = (str, int, float, bool, type(None), Enum, Decimal, date, UUID)


@dataclass(slots=True)
class Arguments:
    """A field's arguments; `known` where they are the same for all requests."""

    selected: Selected
    known: dict[str, Any] | None

    @classmethod
    def of(cls, selected: Selected) -> "Arguments":
        if not (selected.definition.args or selected.node.arguments):
            return cls(selected, {})
        found = cls(selected, None)
        if not uses_variables(selected.node):
            with suppress(Exception):  # raised again for each object
                values = found.values(VariableValues({}, {}), False)
                found.known = values if are_fixed(values) else None
        return found

    def values(self, variables: VariableValues, hide_suggestions: bool) -> dict[str, Any]:
        """The arguments under these variables, made anew where a resolver could change them.

        Raises: GraphQLError.
        """
        if self.known is not None:
            return self.known
        return get_argument_values(
            self.selected.definition, self.selected.node, variables, None, hide_suggestions
        )


def are_fixed(arguments: dict[str, Any]) -> bool:
    """Whether resolvers may share the arguments, since none can change them."""
    return all(isinstance(each, FIXED) for each in arguments.values())


def uses_variables(node: FieldNode) -> bool:
    """Whether an argument of the field holds a variable, at any depth."""

    class Looking(Visitor):
        found = False

        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            self.found = True

    looking = Looking()
    for each in node.arguments or ():
        visit(each, looking)
    return looking.found


@dataclass(slots=True)
class Inline:
    """A field that the generated function reads; None for `read`: it asks as the resolver would."""

    selected: Selected
    read: Read | None


@dataclass(slots=True)
class Attribute:
    """A field that is read of each object and completed as a column; `shape` is of what is read."""

    selected: Selected
    read: Read
    shape: Shape | None


@dataclass(slots=True)
class Linked:
    """A field that leads on, found once for all objects of a level."""

    selected: Selected
    arguments: Arguments
    declared: Link
    field: StrawberryField
    key: Read
    guard: Read | None
    _by_columns: bool | None = None

    @property
    def shape(self) -> Shape | None:
        """Of what is found, where that is read by its columns instead of being made.

        Asked when there is something to read: what no data leads to is never compiled.
        """
        if self._by_columns is None:
            self._by_columns = by_columns(self.selected.output, self.declared.shape)
        return self.declared.shape if self._by_columns else None


@dataclass(slots=True)
class Resolved:
    """A field whose resolver is called for each object; `waits`: it is a coroutine."""

    selected: Selected
    arguments: Arguments
    waits: bool


@dataclass(slots=True)
class Level:
    """What is selected of an object type at one place.

    `shape` is what the objects are read by, where they are read by columns and not made. `build`
    does what `code` says, which uses the names of `constants`.
    """

    kind: GraphQLObjectType
    shape: Shape | None
    code: str
    constants: dict[str, Any]
    build: Build
    #: The dictionaries of so many objects, with nothing but the names of their type.
    blank: Callable[[int], list[dict[str, Any]]]
    inline: Sequence[Inline]
    columns: Sequence[Attribute | Linked | Resolved]

    @property
    def first(self) -> str:
        """The name of its first field."""
        return next(iter(self.blank(1)[0]))


def by_columns(output: Output, shape: Shape) -> bool:
    """Whether all that is selected of what is of `shape` is among its columns."""
    while isinstance(output, Lists):
        output = output.item
    if not isinstance(output, Objects):
        return False
    return output.place.level(output.kind, shape).shape is not None


@dataclass(slots=True)
class Plan:
    """An operation, compiled for one combination of its conditions.

    `conditions` are the variables of its `@skip` and `@include`, and no others.
    """

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    conditions: VariableValues
    compiled: Callable[["Plan", GraphQLObjectType, GroupedFieldSet, Shape | None], Level]
    #: One for the whole operation, or one for each of its fields where they run one by one.
    roots: list[Level] = field(init=False)
    #: How many levels were compiled so far.
    size: int = 0

    def __post_init__(self) -> None:
        kind = self.schema.get_root_type(self.operation.operation)
        assert kind is not None, "validated"
        grouped = collect_fields(
            self.schema, self.fragments, self.conditions, kind, self.operation
        ).grouped_field_set
        one_by_one = self.operation.operation is OperationType.MUTATION
        parts = [{name: each} for name, each in grouped.items()] if one_by_one else [grouped]
        self.roots = [self.compiled(self, kind, each, None) for each in parts]

    @property
    def may_be_synchronous(self) -> bool:
        """Whether the operation may end without waiting, as a query whose root fields do not."""
        if self.operation.operation is not OperationType.QUERY:
            return False
        columns = [each for root in self.roots for each in root.columns]
        return not any(
            isinstance(each, Linked) or getattr(each, "waits", False) for each in columns
        )

    def below(
        self, kind: GraphQLObjectType, details: list[FieldDetails], shape: Shape | None
    ) -> Level:
        """What is selected of an object of `kind` by a field."""
        grouped = collect_subfields(
            self.schema, self.fragments, self.conditions, self.operation, kind, details
        ).grouped_field_set
        self.size += 1
        return self.compiled(self, kind, grouped, shape)

    def selected(self, kind: GraphQLObjectType, grouped: GroupedFieldSet) -> list[Selected]:
        """The fields of a selection, without those that the type does not have."""
        found = []
        for name, details in grouped.items():
            definition = self.schema.get_field(kind, details[0].node.name.value)
            if definition is not None:
                selected = Selected(name, kind, definition, details)
                selected.output = self._output(definition.type, selected)
                found.append(selected)
        return found

    def _output(self, kind: GraphQLOutputType, selected: Selected) -> Output:
        required = isinstance(kind, GraphQLNonNull)
        inner: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(inner, GraphQLList):
            return Lists(required, self._output(inner.of_type, selected))
        if is_leaf_type(inner):
            return Leaf(inner, required, selected.missing)
        place = Place(self, selected.details)
        if is_abstract_type(inner):
            return Abstracts(required, inner, place)
        return Objects(required, inner, place)
