"""Stable paths into a content: reading a field by its path, and replacing it.

A path is names and keys joined by dots, fields in camel case, items of a list by their key:
`steps.NEEDLE.minutes.typical`, `addOns.PRP.steps.PRP_DRAW.minutes.max`. A field that is neither a
dataclass nor a list of keyed items is a *leaf*: only leaves can be replaced.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from schema.protocols.rules.content import ProtocolContent, item
from schema.protocols.rules.violations import InvalidValue, UnknownPath

#: What a leaf that a layer may override can hold; as JSON, decimals are texts.
Value = Decimal | int | bool | str | None


def camel(name: str) -> str:
    """`min_days` as it is written in paths and in GraphQL: `minDays`."""
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


@cache
def names(kind: type) -> Mapping[str, str]:
    """A dataclass's attributes by their names in paths."""
    return {camel(each.name): each.name for each in fields(kind)}


@cache
def kinds(kind: type) -> Mapping[str, tuple[type, ...]]:
    """The types that each attribute of a dataclass may hold."""
    hints = get_type_hints(kind)
    return {name: _members(hint) for name, hint in hints.items()}


def _members(hint: Any) -> tuple[type, ...]:
    return get_args(hint) if isinstance(hint, UnionType) else (hint,)


def _class_of(holder: object) -> Any:
    return type(holder)


def is_keyed(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and hasattr(value[0], "key")


def at(content: ProtocolContent, path: str) -> Any:
    """What a path leads to: a leaf or what holds leaves. Raises: UnknownPath."""
    found: Any = content
    for segment in path.split("."):
        found = _step_into(found, segment, path)
    return found


def _step_into(holder: Any, segment: str, path: str) -> Any:
    if is_dataclass(holder) and segment in names(_class_of(holder)):
        return getattr(holder, names(_class_of(holder))[segment])
    if is_keyed(holder) and (found := item(holder, segment)) is not None:
        return found
    raise UnknownPath(f"There is no field {path}: nothing is called {segment}.", field="path")


def exists(content: ProtocolContent, path: str) -> bool:
    try:
        at(content, path)
    except UnknownPath:
        return False
    return True


def leaves(content: ProtocolContent) -> Iterator[tuple[str, Any]]:
    """Every leaf with its path, in the order of the fields."""
    yield from _leaves("", content)


def _leaves(prefix: str, holder: Any) -> Iterator[tuple[str, Any]]:
    if is_dataclass(holder):
        for name, attribute in names(_class_of(holder)).items():
            yield from _leaves(f"{prefix}.{name}" if prefix else name, getattr(holder, attribute))
    elif is_keyed(holder):
        for each in holder:
            yield from _leaves(f"{prefix}.{each.key}", each)
    else:
        yield prefix, holder


def replaced(content: ProtocolContent, values: Mapping[str, Value]) -> ProtocolContent:
    """`content` with the leaves at these paths replaced. Raises: UnknownPath, InvalidValue."""
    result: ProtocolContent = content
    for path, value in sorted(values.items()):
        result = _replaced(result, path.split("."), value, path)
    return result


def _replaced(holder: Any, segments: list[str], value: Value, path: str) -> Any:
    segment, *rest = segments
    inner = _step_into(holder, segment, path)
    if is_keyed(holder):
        return tuple(
            _replaced_leaf_holder(each, rest, value, path) if each is inner else each
            for each in holder
        )
    name = names(_class_of(holder))[segment]
    if rest:
        return replace(holder, **{name: _replaced(inner, rest, value, path)})
    return replace(holder, **{name: _coerced(value, kinds(_class_of(holder))[name], path)})


def _replaced_leaf_holder(holder: Any, rest: list[str], value: Value, path: str) -> Any:
    if not rest:
        raise UnknownPath(f"{path} is not a single field.", field="path")
    return _replaced(holder, rest, value, path)


def parsed(content: ProtocolContent, path: str, value: Value) -> Value:
    """`value` as the leaf at `path` holds it. Raises: UnknownPath, InvalidValue."""
    *parents, last = path.split(".")
    holder = at(content, ".".join(parents)) if parents else content
    _step_into(holder, last, path)
    if not is_dataclass(holder):
        raise UnknownPath(f"{path} is not a single field.", field="path")
    kind = _class_of(holder)
    found: Value = _coerced(value, kinds(kind)[names(kind)[last]], path)
    return found


def _coerced(value: Value, allowed: tuple[type, ...], path: str) -> Any:
    """`value` as one of the allowed types: whole numbers and decimals as numbers or texts."""
    for kind in allowed:
        if (found := _as(value, kind)) is not MISMATCH:
            return found
    wanted = " or ".join(getattr(each, "__name__", str(each)) for each in allowed)
    raise InvalidValue(f"{path} takes {wanted}, not {value!r}.", field="value")


MISMATCH = object()


def _as(value: Value, kind: type) -> Any:
    if kind is NoneType or kind is bool:
        return value if isinstance(value, kind) else MISMATCH
    if isinstance(value, bool) or value is None or not isinstance(kind, type):
        return MISMATCH
    if kind is Decimal:
        return _decimal(value)
    if issubclass(kind, StrEnum):
        return kind(value) if isinstance(value, str) and value in set(kind) else MISMATCH
    return value if kind in (int, str) and isinstance(value, kind) else MISMATCH


def _decimal(value: Decimal | int | str) -> Any:
    try:
        found = Decimal(value) if not isinstance(value, float) else None
    except InvalidOperation:
        return MISMATCH
    return found if found is not None and found.is_finite() else MISMATCH
