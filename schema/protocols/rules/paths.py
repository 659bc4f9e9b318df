"""Stable paths into a content: what a field may hold, reading it, and putting another value there.

A path is names and keys joined by dots, fields in camel case, items of a list by their key:
`steps.NEEDLE.minutes.typical`, `addOns.PRP.steps.PRP_DRAW.minutes.max`. What is about another field
is keyed by its path: `locks.intervalRules.GENERAL.minDays.max`. A field that holds neither a
dataclass nor a list of them is a *leaf*.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeAlias, get_args, get_origin, get_type_hints

from schema.protocols.rules.content import ProtocolContent
from schema.protocols.rules.meanings import Meaning, Whole
from schema.protocols.rules.violations import InvalidValue, UnknownPath

#: What a leaf that a clinic may override can hold; as JSON, decimals are texts.
Value: TypeAlias = Decimal | int | bool | str | None
#: What any leaf can hold.
Leaf: TypeAlias = Value | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What one attribute of a dataclass holds, and what a change of it means.

    Of a list, `kinds` is what it holds; null is allowed where `nullable`.
    """

    attribute: str
    kinds: tuple[type, ...]
    nullable: bool
    many: bool
    meaning: Meaning | None
    whole: Meaning | None

    @property
    def leaf(self) -> bool:
        return not is_dataclass(self.kinds[0])

    @property
    def items(self) -> bool:
        """Whether it is a list of items with keys."""
        return self.many and not self.leaf


def camel(name: str) -> str:
    """`min_days` as it is written in paths and in GraphQL: `minDays`."""
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


@cache
def shapes(kind: Any) -> Mapping[str, Shape]:
    """What a dataclass's attributes hold, by their names in paths."""
    hints = get_type_hints(kind, include_extras=True)
    return {camel(each.name): _shape(each.name, hints[each.name]) for each in fields(kind)}


def shapes_of(holder: Any) -> Mapping[str, Shape]:
    kind: Any = type(holder)
    return shapes(kind)


def _shape(attribute: str, hint: Any) -> Shape:
    stated: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *stated = get_args(hint)  # type: ignore[assignment]  # what stands beside the type
    members = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    kinds = tuple(each for each in members if each is not NoneType)
    many = get_origin(kinds[0]) is tuple
    return Shape(
        attribute,
        (get_args(kinds[0])[0],) if many else kinds,
        NoneType in members,
        many,
        next((each for each in stated if callable(each)), None),
        next((each.meaning for each in stated if isinstance(each, Whole)), None),
    )


def identity(entry: Any) -> str:
    """What an item of a list is known by: its key, or the path that it is about."""
    found: str = entry.key if hasattr(entry, "key") else entry.path
    return found


def is_keyed(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and hasattr(value[0], "key")


def at(content: ProtocolContent, path: str) -> Any:
    """What a path leads to: a leaf or what holds leaves. Raises: UnknownPath."""
    found: Any = content
    for segment in segments(content, path):
        found = inner(found, segment)
    return found


def exists(content: ProtocolContent, path: str) -> bool:
    try:
        segments(content, path)
    except UnknownPath:
        return False
    return True


def segments(content: ProtocolContent, path: str) -> tuple[str, ...]:
    """The names and keys of a path, one by one: a key may hold dots. Raises: UnknownPath."""
    found: list[str] = []
    holder: Any = content
    rest = path
    while rest or not found:
        segment = _first(holder, rest)
        if segment is None or rest == f"{segment}.":
            called = rest.partition(".")[0] or "nothing"
            raise UnknownPath(
                f"There is no field {path}: nothing is called {called}.", field="path"
            )
        found.append(segment)
        holder, rest = inner(holder, segment), rest[len(segment) + 1 :]
    return tuple(found)


def _first(holder: Any, rest: str) -> str | None:
    """The name or key in `holder` that `rest` begins with: of several keys the longest."""
    if is_dataclass(holder):
        name = rest.partition(".")[0]
        return name if name in shapes_of(holder) else None
    if not holds_items(holder):
        return None
    fits = (key for key in map(identity, holder) if f"{rest}.".startswith(f"{key}."))
    return max(fits, key=len, default=None)


def inner(holder: Any, segment: str) -> Any:
    """What one name or key leads to; it must be there."""
    if is_dataclass(holder):
        return getattr(holder, shapes_of(holder)[segment].attribute)
    return next(each for each in holder if identity(each) == segment)


def leaves(content: ProtocolContent) -> Iterator[tuple[str, Any]]:
    """Every leaf with its path, in the order of the fields; what is about fields counts as one."""
    yield from _leaves("", content, is_keyed)


def leaves_of(path: str, holder: Any) -> Iterator[tuple[str, Any]]:
    """Every leaf of what is at `path`, with its path."""
    yield from _leaves(path, holder, holds_items)


def holds_items(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and is_dataclass(value[0])


def _leaves(prefix: str, holder: Any, itemised: Callable[[Any], bool]) -> Iterator[tuple[str, Any]]:
    if is_dataclass(holder):
        for name, shape in shapes_of(holder).items():
            path = f"{prefix}.{name}" if prefix else name
            yield from _leaves(path, getattr(holder, shape.attribute), itemised)
    elif itemised(holder):
        for each in holder:
            yield from _leaves(f"{prefix}.{identity(each)}", each, itemised)
    else:
        yield prefix, holder


def changed(holder: Any, where: tuple[str, ...], change: Callable[[Any], Any]) -> Any:
    """`holder` with `change` applied to what the segments lead to."""
    if not where:
        return change(holder)
    segment, *rest = where
    if not isinstance(holder, tuple):
        attribute = shapes_of(holder)[segment].attribute
        found = changed(getattr(holder, attribute), tuple(rest), change)
        return replace(holder, **{attribute: found})
    return tuple(
        changed(each, tuple(rest), change) if identity(each) == segment else each for each in holder
    )


def replaced(content: ProtocolContent, values: Mapping[str, Value]) -> ProtocolContent:
    """`content` with the leaves at these paths replaced. Raises: UnknownPath, InvalidValue."""
    result: ProtocolContent = content
    for path, value in sorted(values.items()):
        result = put(result, path, value)
    return result


def put(content: ProtocolContent, path: str, value: Leaf) -> ProtocolContent:
    """`content` with another value of one leaf. Raises: UnknownPath, InvalidValue."""
    found = parsed(content, path, value)
    result: ProtocolContent = changed(content, segments(content, path), lambda _: found)
    return result


def parsed(content: ProtocolContent, path: str, value: Leaf) -> Any:
    """`value` as the leaf at `path` holds it. Raises: UnknownPath, InvalidValue."""
    return coerced(leaf_at(content, path), value, path)


def leaf_at(content: ProtocolContent, path: str) -> Shape:
    """What the leaf at `path` holds. Raises: UnknownPath where it is no leaf."""
    *parents, last = segments(content, path)
    holder: Any = content
    for segment in parents:
        holder = inner(holder, segment)
    if not is_dataclass(holder):
        raise UnknownPath(f"{path} is not a single field.", field="path")
    return shapes_of(holder)[last]


def coerced(shape: Shape, value: Leaf, path: str) -> Any:
    """`value` as a field holds it: decimals also from whole numbers and texts.

    Raises: InvalidValue.
    """
    if shape.many and shape.leaf and isinstance(value, tuple):
        return tuple(_of_kinds(shape, each, path) for each in value)
    if value is None and shape.nullable:
        return None
    if shape.many or not shape.leaf:
        raise InvalidValue(f"{path} does not take {value!r}.", field="value")
    return _of_kinds(shape, value, path)


def _of_kinds(shape: Shape, value: Any, path: str) -> Any:
    for kind in shape.kinds:
        if (found := _as(value, kind)) is not MISMATCH:
            return found
    wanted = " or ".join(_said(each) for each in shape.kinds)
    raise InvalidValue(f"{path} takes {wanted}, not {value!r}.", field="value")


SAID = {bool: "yes or no", Decimal: "a decimal number", int: "a whole number", str: "a text"}


def _said(kind: Any) -> str:
    """What a field takes, for whoever sees its GraphQL type and no Python."""
    return SAID.get(kind) or f"one of {', '.join(kind)}"


MISMATCH = object()
#: A decimal as a text: Python's own also takes blanks, underscores and the digits of any script.
FIGURE = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")
MOST_DIGITS = 30


def _as(value: Any, kind: type) -> Any:
    if kind is bool:
        return value if isinstance(value, bool) else MISMATCH
    if isinstance(value, bool) or value is None:
        return MISMATCH
    if kind is Decimal:
        return _decimal(value)
    if issubclass(kind, StrEnum):
        return kind(value) if isinstance(value, str) and value in set(kind) else MISMATCH
    return value if kind in (int, str) and isinstance(value, kind) else MISMATCH


def _decimal(value: Decimal | int | str) -> Any:
    if isinstance(value, float) or (isinstance(value, str) and not FIGURE.fullmatch(value)):
        return MISMATCH
    try:
        found = Decimal(value)
    except InvalidOperation:
        return MISMATCH
    # Also a zero may have an exponent that nobody could write out.
    written_out = found.is_finite() and abs(found.adjusted()) < MOST_DIGITS
    return found if written_out else MISMATCH
