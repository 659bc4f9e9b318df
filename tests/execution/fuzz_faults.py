"""Faults in resolvers, the same ones under every executor: they depend on the field and its parent,
never on the order in which fields are asked.

They are put where every executor passes: attributes of the objects behind types; batch functions,
and the rows that they give for types that are read by columns; functions of plain resolvers.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import wraps
from typing import Any
from uuid import UUID
from zlib import crc32

from graphql import GraphQLError

from schema.context import Batch, Context, Work
from schema.errors import AccessDenied

#: What identifies an object, of its attributes.
PLAIN = (str, int, UUID, Decimal, date, Enum)

RAISED = ("bug", "refused", "located")
KINDS = {
    "attribute": (*RAISED, "returned", "none", "wrong"),
    "resolver": (*RAISED, "returned", "none", "wrong"),
    "row": ("none", "wrong", "returned"),
    "batch": ("bug", "refused", "drop"),
}
OF_LISTS = ("hole", "bad item", "wrong item")


class Wrong:
    """A value that no type expects."""

    def __repr__(self) -> str:
        return "wrong"


@dataclass(frozen=True)
class Place:
    """Where a fault of a field is put: `owner` is a class, a batch function or a function."""

    level: str
    owner: Any
    name: str = ""


@dataclass(frozen=True)
class Fault:
    """What goes wrong at a field, for one of so many parents."""

    coordinate: tuple[str, str]
    kind: str
    one_in: int = 1
    salt: int = 0

    def hits(self, identity: str) -> bool:
        return crc32(f"{self.salt} {identity}".encode()) % self.one_in == 0

    def error(self) -> Exception:
        text = f"a fault at {'.'.join(self.coordinate)}"
        if self.kind == "refused":
            return AccessDenied(text)
        if self.kind == "located":
            return GraphQLError(text, extensions={"code": "FAULT"})
        return RuntimeError(text)

    def value(self, value: Any) -> Any:
        """What is there instead. Raises: what the fault says."""
        if self.kind in RAISED:
            raise self.error()
        if self.kind in OF_LISTS:
            return self.spoiled(value) if isinstance(value, list | tuple) and value else value
        return {"returned": self.error(), "none": None, "wrong": Wrong()}[self.kind]

    def spoiled(self, values: Sequence[Any]) -> list[Any]:
        """The list, with something bad in the middle of it."""
        bad = {"hole": None, "bad item": self.error(), "wrong item": Wrong()}[self.kind]
        middle = len(values) // 2
        return [*values[:middle], bad, *values[middle + 1 :]]


def identity_of(instance: Any) -> str:
    """Tells the objects of a type apart, the same in every run."""
    told = sorted((k, str(v)) for k, v in vars(instance).items() if isinstance(v, PLAIN))
    return repr(told)


@dataclass
class Active:
    """The faults of the operation that runs now, by their places; and of which class the rows of
    batch functions make objects."""

    faults: dict[Place, Fault] = field(default_factory=dict)
    made_of: dict[Any, Any] = field(default_factory=dict)


class Attribute:
    """An attribute of a class, at which faults can be active."""

    def __init__(self, place: Place, active: Active) -> None:
        self.place = place
        self.active = active

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        try:
            value = vars(instance)[self.place.name]
        except KeyError:
            raise AttributeError(self.place.name) from None
        fault = self.active.faults.get(self.place)
        if fault is None or not fault.hits(identity_of(instance)):
            return value
        return fault.value(value)

    def __set__(self, instance: Any, value: Any) -> None:
        vars(instance)[self.place.name] = value


class Altered:
    """A row of which one column says something else."""

    def __init__(self, row: Any, name: str, value: Any) -> None:
        self._row = row
        self._name = name
        self._value = value

    def __getattr__(self, name: str) -> Any:
        return self._value if name == self._name else getattr(self._row, name)


def altered(batch: Batch[Any, Any], active: Active) -> Batch[Any, Any]:
    """The batch function with the faults that are active at it, or at the rows that it gives."""

    @wraps(batch)
    async def faulty(session: Any, keys: Sequence[Any], *arguments: Any) -> Any:
        fault = active.faults.get(Place("batch", batch))
        if fault and fault.kind != "drop":
            raise fault.error()
        found = dict(await batch(session, keys, *arguments))
        if fault:
            found = {key: each for key, each in found.items() if not fault.hits(str(key))}
        for place, each in active.faults.items():
            if place.level == "row" and place.owner is active.made_of.get(batch):
                found = {key: _spoilt(value, place, each) for key, value in found.items()}
        return found

    return faulty


def _spoilt(value: Any, place: Place, fault: Fault) -> Any:
    """A row or a list of rows, those that are hit altered where their type can be made of that."""
    if isinstance(value, list):
        return [_spoilt(each, place, fault) for each in value]
    if value is None or not fault.hits(str(getattr(value, "id", ""))):
        return value
    other = Altered(value, place.name, fault.value(None))
    try:
        place.owner.of(other)
    except Exception:
        return value  # its type computes with the column
    return other


class FaultyContext(Context):
    """A request whose batch functions fail as told, and that leaves nothing written."""

    def __init__(self, active: Active, **given: Any) -> None:
        super().__init__(**given)
        self._active = active
        self._altered: dict[Any, Any] = {}

    async def load_all(self, batch: Any, keys: Any, reads: Any, page: Any = None) -> Any:
        faulty = self._altered.setdefault(batch, altered(batch, self._active))
        return await super().load_all(faulty, keys, reads, page)

    @asynccontextmanager
    async def writing(self, permission: Any) -> AsyncIterator[Work]:
        async with super().writing(permission) as work:
            yield work
            await work.session.rollback()

    async def witness(self, act: Callable[..., Any], key: Any) -> None:
        return None
