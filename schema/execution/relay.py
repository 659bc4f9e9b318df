"""Relay's global ids, which Strawberry resolves by a resolver of `Node`: read inline instead."""

from binascii import b2a_base64
from typing import Any
from uuid import UUID

from graphql import GraphQLObjectType
from strawberry import relay
from strawberry.types import get_object_definition
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

ORDINARY = (UUID, int, str)


class Unusual(Exception):  # a state, which nobody is told of
    """Not what the generated code is for: the field's resolver decides."""


def _resolver_of(field: StrawberryField) -> Any:
    """The function of a field's resolver, whichever class it is bound to."""
    function = field.base_resolver.wrapped_func if field.base_resolver else None
    return getattr(function, "__func__", function)


(_NODE_ID,) = (
    _resolver_of(each)
    for each in get_object_definition(relay.Node, strict=True).fields
    if each.python_name == "_id"
)


def id_attribute(field: StrawberryField, kind: GraphQLObjectType) -> str | None:
    """The attribute that holds the id, where the field is `Node.id` as Strawberry resolves it."""
    definition = kind.extensions.get("strawberry-definition")
    if field.extensions or not isinstance(definition, StrawberryObjectDefinition):
        return None
    origin: Any = definition.origin
    if _resolver_of(field) is not _NODE_ID or not issubclass(origin, relay.Node):
        return None
    own: Any = origin
    base: Any = relay.Node
    for name in ("resolve_id", "resolve_typename", "resolve_id_attr"):
        if getattr(own, name).__func__ is not getattr(base, name).__func__:
            return None
    attribute: str = origin.resolve_id_attr()
    return attribute


def origin_of(kind: GraphQLObjectType) -> type[Any]:
    """The class that Strawberry made an object type of."""
    origin: type[Any] = kind.extensions["strawberry-definition"].origin
    return origin


class Identity:
    """How what the id's attribute holds becomes a global id of a type."""

    def __init__(self, type_name: str) -> None:
        self.prefix = f"{type_name}:"
        #: The classes met so far of whose values `str` is the id: a look-up is quicker than asking.
        self.met: set[type[Any]] = set()

    def meet(self, value: Any) -> str:
        """The global id, where the value is of a class not met yet. Raises: Unusual."""
        if not isinstance(value, ORDINARY):
            raise Unusual
        self.met.add(value.__class__)
        return b2a_base64((self.prefix + str(value)).encode(), newline=False).decode()

    def expression(self, value: str, name: str, constants: dict[str, Any]) -> str:
        """Code for the global id of the expression `value`; `name` begins all names it uses."""
        own = {"p": self.prefix, "m": self.met, "e": self.meet, "b": b2a_base64}
        constants |= {f"{name}_{each}": used for each, used in own.items()}
        made = f"{name}_b(({name}_p + str(v)).encode(), newline=False).decode()"
        return f"({made} if (v := {value}).__class__ in {name}_m else {name}_e(v))"


def unusual(source: Any) -> str:
    """What stands for the id of an object of another class. Raises: Unusual."""
    raise Unusual
