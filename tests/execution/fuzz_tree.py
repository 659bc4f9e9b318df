"""A generated query: its selections while it is written, and what comes of them."""

from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLInputType, print_ast
from graphql.utilities import value_to_literal


@dataclass
class Field:
    """A field of the type `parent`, asked for as `key`. `passed` are its arguments, in text."""

    parent: str
    name: str
    children: list["Field | Spread"] = field(default_factory=list)
    key: str = ""
    passed: dict[str, str] = field(default_factory=dict)
    directive: str = ""

    def __post_init__(self) -> None:
        self.key = self.key or self.name


@dataclass
class Spread:
    """A fragment: on a type or none; with a name, or inline."""

    on: str | None
    children: list["Field | Spread"]
    name: str = ""
    directive: str = ""


Selections = list[Field | Spread]


@dataclass(frozen=True)
class Query:
    """A document with its variables, and the fields of object types that it asks for."""

    text: str
    variables: dict[str, Any]
    coordinates: tuple[tuple[str, str], ...]


def literal(value: Any, kind: GraphQLInputType) -> str:
    """In the words of the query language."""
    node = value_to_literal(value, kind)
    assert node is not None, f"{value!r} is no {kind}"
    return print_ast(node)
