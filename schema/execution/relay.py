"""Relay's global ids, which Strawberry resolves by a resolver of `Node`: read inline instead."""

from binascii import b2a_base64
from collections.abc import Callable
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


def encoder(type_name: str) -> Callable[[Any], str]:
    """The function that makes a global id of what the id's attribute holds. Raises: Unusual."""
    prefix = f"{type_name}:"
    met: set[type[Any]] = set()  # a look-up is quicker than asking what a class is

    def encode(value: Any) -> str:
        if value.__class__ not in met:
            if not isinstance(value, ORDINARY):
                raise Unusual
            met.add(value.__class__)
        return b2a_base64((prefix + str(value)).encode(), newline=False).decode()

    return encode


def unusual(source: Any) -> str:
    """What stands for the id of an object of another class. Raises: Unusual."""
    raise Unusual
