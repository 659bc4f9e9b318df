"""Leaves: how a value of a scalar or an enum becomes JSON, as an expression for generated code.

The expression takes the usual case without a call; whatever else a value is, `convert` decides as
graphql-core does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from inspect import iscoroutine
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.execution import Executor
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.types import base_scalars
from strawberry.types.scalar import ScalarDefinition

Convert = Callable[[Any], Any]


class Unsettled(Exception):  # a state, which nobody is told of
    """The value is yet to be awaited."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar or an enum at some field; `missing` makes the error of a null that cannot be."""

    type: GraphQLLeafType
    required: bool
    missing: Callable[[], Exception]

    def convert(self, value: Any) -> Any:
        """The value as JSON. Raises: whatever is wrong with it, or Unsettled."""
        if value is None or value is Undefined:
            if self.required:
                raise self.missing()
            return None
        if isinstance(value, Exception):
            raise value
        if optimized_is_awaitable(value):
            raise Unsettled
        return Executor.complete_leaf_value(self.type, value)

    def inline(self, value: Any) -> Any:
        """The same for generated code, behind which the value is read once more."""
        try:
            return self.convert(value)
        except Unsettled:
            if iscoroutine(value):
                value.close()
            raise

    def expression(self, value: str, convert: str, constants: dict[str, Any]) -> str:
        """Code for the value of the expression `value`, where `convert` names this function."""
        usual = _usual(self.type, f"{convert}_", constants)
        if usual is None:
            return f"{convert}({value})"
        becomes, condition = usual
        if self.required:
            return f"({becomes} if {condition.format(v=f'(v := {value})')} else {convert}(v))"
        rest = f"{becomes} if {condition.format(v='v')} else {convert}(v)"
        return f"(None if (v := {value}) is None else {rest})"


#: The classes whose values pass as they are.
PLAIN: dict[GraphQLLeafType, type] = {GraphQLString: str, GraphQLID: str}
FINITE = "-1.7976931348623157e308 <= v <= 1.7976931348623157e308"
#: Those of Strawberry's scalars that write what is of their own class in a way that we know.
ISO = {
    base_scalars.DateDefinition.serialize,
    base_scalars.DateTimeDefinition.serialize,
    base_scalars.TimeDefinition.serialize,
}


def _usual(type_: GraphQLLeafType, name: str, constants: dict[str, Any]) -> tuple[str, str] | None:
    """(what the usual value becomes, the condition that it is usual with {v} for the value)."""
    if type_ in PLAIN:
        return "v", "{v}.__class__ is str"
    if type_ is GraphQLInt:
        return "v", "{v}.__class__ is int and -2147483648 <= v <= 2147483647"
    if type_ is GraphQLFloat:
        return "v", "{v}.__class__ is float and " + FINITE
    if type_ is GraphQLBoolean:
        return "v", "{v}.__class__ is bool"
    if isinstance(type_, GraphQLEnumType):
        return _usual_enum(type_, name, constants)
    definition = type_.extensions.get("strawberry-definition")
    if not isinstance(definition, ScalarDefinition) or not isinstance(definition.origin, type):
        return None
    constants[name] = definition.origin
    if definition.serialize in ISO:
        return "v.isoformat()", f"{{v}}.__class__ is {name}"
    if definition.serialize is str:
        return "str(v)", f"isinstance({{v}}, {name})"
    return None


def _usual_enum(
    type_: GraphQLEnumType, name: str, constants: dict[str, Any]
) -> tuple[str, str] | None:
    """Members of a StrEnum, and the texts that are their values: both are found by their hash."""
    kind: Any = getattr(type_, "wrapped_cls", None)
    if not (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return None
    names = {str(each.value): key for key, each in type_.values.items()}
    if not all(isinstance(each.value, str) for each in type_.values.values()):
        return None
    constants[name] = names
    constants[f"{name}k"] = frozenset({str, kind})
    return f"{name}[v]", f"{{v}}.__class__ in {name}k and v in {name}"
