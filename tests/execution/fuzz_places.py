"""The places of the schema where faults can be put."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from graphql import GraphQLList, GraphQLSchema, get_nullable_type
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from schema.fields import NODES, Link
from tests.execution.fuzz_faults import (
    KINDS,
    OF_LISTS,
    RAISED,
    Active,
    Attribute,
    Fault,
    Place,
    identity_of,
)

OTHER_ROOTS = ("Mutation", "Subscription")


class Faults:
    """Every place of the schema where a fault can be put, by the field that it shows at."""

    def __init__(self, schema: Any) -> None:
        self.active = Active()
        self.places: dict[tuple[str, str], Place] = {}
        self.lists: set[tuple[str, str]] = set()
        self._keys: set[tuple[Any, str]] = set()
        graphql: GraphQLSchema = schema._schema
        fields = list(_fields(schema))
        for _kind, definition, _name, each in fields:
            self._note_link(definition, each)
        for node in NODES.values():
            self.active.made_of[node.batch] = getattr(node.of, "__self__", None)
        for kind, definition, name, each in fields:
            place = self._place(definition, each)
            if place is not None:
                self.places[kind, name] = place
                declared = get_nullable_type(graphql.type_map[kind].fields[name].type)  # type: ignore[attr-defined]
                if isinstance(declared, GraphQLList) and place.level != "batch":
                    self.lists.add((kind, name))

    def kinds(self, coordinate: tuple[str, str]) -> tuple[str, ...]:
        """What can go wrong at a field."""
        place = self.places[coordinate]
        kinds = KINDS[place.level]
        if (place.owner, place.name) in self._keys:
            return RAISED  # another key would be asked for, which no key of that name is
        return (*kinds, *OF_LISTS) if coordinate in self.lists else kinds

    @contextmanager
    def acting(self, faults: Sequence[Fault]) -> Iterator[None]:
        """They happen in the operations of the block."""
        self.active.faults = {self.places[each.coordinate]: each for each in faults}
        try:
            yield
        finally:
            self.active.faults = {}

    def _note_link(self, definition: StrawberryObjectDefinition, each: StrawberryField) -> None:
        """Remember what its rows make, and by which attributes of the parent it is asked."""
        declared = each.metadata.get("link")
        if isinstance(declared, Link):
            self.active.made_of[declared.batch] = getattr(declared.of, "__self__", None)
            keys = {declared.key, declared.permitted.clinic or ""}
            self._keys |= {(definition.origin, key) for key in keys}

    def _place(self, definition: StrawberryObjectDefinition, each: StrawberryField) -> Place | None:
        origin, name = definition.origin, each.python_name
        declared = each.metadata.get("link")
        if isinstance(declared, Link):
            return Place("batch", declared.batch)
        if each.base_resolver is not None:
            return Place("resolver", each.base_resolver)
        if origin.__module__.startswith("strawberry") or hasattr(origin, "__slots__"):
            return None
        column = getattr(origin, "__columns__", {}).get(name)
        if column is None:
            return Place("attribute", origin, name)
        plain = isinstance(column.read, str) and (origin, name) not in self._keys
        return Place("row", origin, column.read) if plain and name != "id" else None

    @contextmanager
    def installed(self) -> Iterator["Faults"]:
        """The places are there, for the length of the block."""
        undo: list[Callable[[], None]] = []
        try:
            for place in dict.fromkeys(self.places.values()):
                if place.level == "attribute":
                    undo.append(_attribute(place, self.active))
                elif place.level == "resolver":
                    undo.append(_resolver(place, self.active))
            yield self
        finally:
            for each in reversed(undo):
                each()


def _fields(schema: Any) -> Iterator[tuple[str, StrawberryObjectDefinition, str, StrawberryField]]:
    """The fields of all object types, by their names in GraphQL."""
    name_of = schema.config.name_converter.get_graphql_name
    for kind, concrete in schema.schema_converter.type_map.items():
        definition = concrete.definition
        if not isinstance(definition, StrawberryObjectDefinition) or kind in OTHER_ROOTS:
            continue
        if not definition.is_input and not definition.is_interface:
            for each in definition.fields:
                yield kind, definition, name_of(each), each


def _attribute(place: Place, active: Active) -> Callable[[], None]:
    """Put it there; gives what takes it away."""
    before = vars(place.owner).get(place.name)
    setattr(place.owner, place.name, Attribute(place, active))

    def undo() -> None:
        if before is None:
            delattr(place.owner, place.name)
        else:
            setattr(place.owner, place.name, before)

    return undo


def _resolver(place: Place, active: Active) -> Callable[[], None]:
    before = place.owner.wrapped_func

    def fault_for(*arguments: Any) -> Fault | None:
        fault = active.faults.get(place)
        sources = [each for each in arguments if hasattr(each, "__strawberry_definition__")]
        hit = fault and fault.hits(identity_of(sources[0]) if sources else "")
        return fault if hit else None

    if iscoroutinefunction(before):

        @wraps(before)
        async def faulty(*args: Any, **kwargs: Any) -> Any:
            fault = fault_for(*args, *kwargs.values())
            value = await before(*args, **kwargs)
            return fault.value(value) if fault else value
    else:

        @wraps(before)
        def faulty(*args: Any, **kwargs: Any) -> Any:
            fault = fault_for(*args, *kwargs.values())
            value = before(*args, **kwargs)
            return fault.value(value) if fault else value

    place.owner.wrapped_func = faulty

    def undo() -> None:
        place.owner.wrapped_func = before

    return undo
