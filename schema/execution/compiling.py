"""Which of a level's fields are read inline, which are columns, and how each is resolved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from operator import attrgetter
from typing import Any

from graphql import GraphQLField, GraphQLObjectType
from graphql.execution.collect_fields import GroupedFieldSet
from strawberry.types.field import StrawberryField

from schema.execution.generated import column, generate, literal
from schema.execution.leaves import Leaf
from schema.execution.links import Column, Link, Shape, itself
from schema.execution.plans import (
    Arguments,
    Attribute,
    Inline,
    Level,
    Linked,
    Objects,
    Output,
    Plan,
    Read,
    Resolved,
    Selected,
    by_columns,
)
from schema.execution.relay import Identity, id_attribute, origin_of, unusual

TYPENAME = "__typename"
NUMBERS = count()  # of the names of constants, so that the code of levels can be put together


class NotByColumns(Exception):  # a state, which nobody is told of
    """Something that is selected is not among the columns of a shape."""


def compiled(
    plan: Plan, kind: GraphQLObjectType, grouped: GroupedFieldSet, shape: Shape | None
) -> Level:
    """The level of what is selected of `kind`, read by the shape's columns where they suffice."""
    selected = plan.selected(kind, grouped)
    if shape is not None and shape.columns is not None:
        try:
            return _Compiling(kind, shape, shape.columns).level(selected)
        except NotByColumns:
            pass
    return _Compiling(kind, None, None).level(selected)


@dataclass
class _Compiling:
    """The fields of one level so far; from the columns of a shape where they are given."""

    kind: GraphQLObjectType
    shape: Shape | None
    by: Mapping[str, Column] | None
    constants: dict[str, Any] = field(default_factory=dict)
    inline: list[Inline] = field(default_factory=list)
    columns: list[Attribute | Linked | Resolved] = field(default_factory=list)

    def level(self, selected: Sequence[Selected]) -> Level:
        """Raises: NotByColumns."""
        entries = [(each.name, self.code(each)) for each in selected]
        code = literal(entries)
        names = {
            each.name: self.kind.name if each.node.name.value == TYPENAME else None
            for each in selected
        }
        return Level(
            self.kind,
            self.shape,
            code,
            self.constants,
            generate(code, self.constants, len(self.columns)),
            lambda count: [dict(names) for _ in range(count)],
            self.inline,
            self.columns,
        )

    def code(self, selected: Selected) -> str:
        """The code of a field's value for the object `s`."""
        if selected.node.name.value == TYPENAME:
            return repr(self.kind.name)
        declared = selected.definition.extensions.get("strawberry-definition")
        if not isinstance(declared, StrawberryField):
            return self.resolved(selected)
        if (attribute := id_attribute(declared, self.kind)) is not None:
            return self.identity(selected, attribute)
        link = declared.metadata.get("link")
        if isinstance(link, Link) and not declared.extensions:
            return self.linked(selected, link, declared)
        if _is_plain(declared, selected.definition):
            return self.attribute(selected, declared.python_name)
        return self.resolved(selected)

    def read(self, name: str) -> tuple[Read, str, Shape | None]:
        """How an attribute is read: by a function, by code, and what is read is of which shape."""
        if self.by is None:
            return attrgetter(name), f"s.{name}", None
        if name not in self.by:
            raise NotByColumns
        column = self.by[name]
        if isinstance(column.read, str):
            return attrgetter(column.read), f"s.{column.read}", column.shape
        return column.read, f"{self.constant(column.read)}(s)", column.shape

    def constant(self, value: Any) -> str:
        """The name of a value in the generated code."""
        name = _name()
        self.constants[name] = value
        return name

    def identity(self, selected: Selected, attribute: str) -> str:
        _, code, _ = self.read(attribute)
        self.inline.append(Inline(selected, None))
        made = Identity(self.kind.name).expression(code, _name(), self.constants)
        if self.by is not None:
            return made
        origin, other = self.constant(origin_of(self.kind)), self.constant(unusual)
        return f"({made} if s.__class__ is {origin} else {other}(s))"

    def attribute(self, selected: Selected, name: str) -> str:
        read, code, shape = self.read(name)
        output = selected.output
        if isinstance(output, Leaf):
            self.inline.append(Inline(selected, attrgetter(name)))
            return output.expression(code, self.constant(output.inline), self.constants)
        if shape is not None:
            if not by_columns(output, shape):
                raise NotByColumns
            if (within := self.within(output, shape, read)) is not None:
                self.inline.append(Inline(selected, attrgetter(name)))
                return within
        return self.column(Attribute(selected, read, shape))

    def within(self, output: Output, shape: Shape, read: Read) -> str | None:
        """The code of an object that is made of the same as this one, where code is all it is."""
        if read is not itself or not isinstance(output, Objects):
            return None
        level = output.place.level(output.kind, shape)
        if level.columns:
            return None
        self.constants.update(level.constants)
        return level.code

    def column(self, completed: Attribute | Linked | Resolved) -> str:
        """The code of what is completed as a column, and then given to the generated function."""
        self.columns.append(completed)
        return column(len(self.columns) - 1)

    def linked(self, selected: Selected, link: Link, declared: StrawberryField) -> str:
        key, _, _ = self.read(link.key)
        guard = self.read(link.guard)[0] if link.guard else None
        arguments = Arguments.of(selected)
        return self.column(Linked(selected, arguments, link, declared, key, guard))

    def resolved(self, selected: Selected) -> str:
        if self.by is not None:
            raise NotByColumns
        declared = selected.definition.extensions.get("strawberry-definition")
        waits = isinstance(declared, StrawberryField) and declared.is_async
        return self.column(Resolved(selected, Arguments.of(selected), waits))


def _name() -> str:
    return f"c{next(NUMBERS)}"


def _is_plain(declared: StrawberryField, definition: GraphQLField) -> bool:
    """Whether Strawberry resolves the field by reading an attribute, and does nothing else."""
    resolve = definition.resolve
    return (
        declared.is_basic_field
        and declared.default_resolver is getattr
        and type(declared).get_result is StrawberryField.get_result
        and getattr(resolve, "__name__", "") == "_get_basic_result"
    )
