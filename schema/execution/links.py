"""Where a field leads, declared: what the executor asks once a level instead of once an object."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

T = TypeVar("T")


def itself(found: T) -> T:
    """The function of a Column whose value is made of the same that stands for the object."""
    return found


@dataclass(frozen=True, slots=True)
class Column:
    """How an attribute is read from what stands for an object.

    `read` names the attribute there, or is a function of what stands there; `shape` says how the
    value is read in turn, where it is what stands for an object, or a list of such.
    """

    read: str | Callable[[Any], Any]
    shape: "Shape | None" = None


@dataclass(frozen=True, slots=True)
class Shape:
    """How an object is made from what stands for it (`build`), or read without being made.

    `columns` are the type's attributes, by their Python names; a field that asks for any other
    attribute, or has a resolver of its own, gets the object that `build` makes.
    """

    build: Callable[[Any], Any]
    columns: Mapping[str, Column] | None = None

    def made(self, found: Any) -> Any:
        """The object, the list of objects, or None, from what a link found."""
        if found is None:
            return None
        return [self.build(each) for each in found] if type(found) is list else self.build(found)


class Unmade:
    """What stands for an object, for a resolver to return: it is read by the shape's columns, or
    made when an attribute is asked for that way (the stock executor does)."""

    __slots__ = ("_made", "shape", "stands")

    def __init__(self, stands: Any, shape: Shape) -> None:
        self.stands = stands
        self.shape = shape
        self._made: Any = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # whoever asks what it is, awaitable for example
            raise AttributeError(name)
        if self._made is None:
            self._made = self.shape.build(self.stands)
        return getattr(self._made, name)


@runtime_checkable
class Link(Protocol):
    """What a Strawberry field's `metadata["link"]` holds where the field is one.

    Those of a level are asked at once, each in a task of its own where there are several.
    The field's resolver must answer the same for one parent; the stock executor uses that.
    """

    @property
    def key(self) -> str:
        """The parent's attribute, by its Python name, that says what to find."""

    @property
    def guard(self) -> str | None:
        """The parent's attribute that the permission depends on, if it does on any."""

    @property
    def shape(self) -> Shape:
        """How what is found is read."""

    def refusals(self, guarded: Sequence[Any], context: Any) -> Sequence[Exception | None] | None:
        """Why each parent of a level may not be asked, if it may not; None: all of them may.

        `guarded` are the values of `guard`, a parent each.
        """

    async def find(self, keys: Collection[Any], context: Any, **arguments: Any) -> Sequence[Any]:
        """What stands for the field's value, for each of the distinct `keys` in their order, None
        too: something of `shape`, a list of such, None, or the error of the key's parents. What it
        raises is every parent's error."""
