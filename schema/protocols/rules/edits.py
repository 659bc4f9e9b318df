"""Edits: what changes a content, one field or item at a time, each at its stable path.

HQ edits drafts with them, and a jurisdiction's overlay consists of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from schema.errors import RuleViolation, ValidationFailed
from schema.protocols.rules.content import ProtocolContent
from schema.protocols.rules.diff import inserted, without
from schema.protocols.rules.paths import (
    Leaf,
    Shape,
    changed,
    coerced,
    identity,
    inner,
    segments,
    shapes_of,
)
from schema.protocols.rules.violations import InvalidValue, OverrideRefused, UnknownPath

#: Where an item goes that is put without a place: it keeps its own, or comes last.
KEEPS_PLACE = ""


@dataclass(frozen=True, slots=True)
class Set:
    """Another value for the field at `path`."""

    path: str
    value: Leaf


@dataclass(frozen=True, slots=True)
class Put:
    """An item for the list at `path`, in place of the one with its key; or an object for a field.

    `behind` is the key of the item before it; null: first; empty: where it is, or last.
    """

    path: str
    item: Any
    behind: str | None = KEEPS_PLACE


@dataclass(frozen=True, slots=True)
class Remove:
    """No more of the item at `path`, or of the value of a field that can do without."""

    path: str


@dataclass(frozen=True, slots=True)
class Move:
    """Another place for the item at `path`: behind the item with that key; null: first."""

    path: str
    behind: str | None


Edit: TypeAlias = Set | Put | Remove | Move


def edited(content: ProtocolContent, edits: Sequence[Edit]) -> ProtocolContent:
    """`content` with the edits made one after another. What it then says may contradict itself.

    Raises: UnknownPath, InvalidValue, with the field `edits.<n>`; ValidationFailed for several.
    """
    result, refusals = content, list[RuleViolation]()
    for position, edit in enumerate(edits):
        try:
            result = made(result, edit)
        except OverrideRefused as refused:
            refusals.append(type(refused)(refused.message, field=f"edits.{position}"))
    if len(refusals) > 1:
        raise ValidationFailed(refusals)
    if refusals:
        raise refusals[0]
    return result


def made(content: ProtocolContent, edit: Edit) -> ProtocolContent:
    """`content` with one edit made. Raises: UnknownPath, InvalidValue."""
    *parents, last = segments(content, edit.path)
    result: ProtocolContent = changed(content, tuple(parents), lambda each: _made(each, last, edit))
    return result


def _made(holder: Any, last: str, edit: Edit) -> Any:
    if isinstance(holder, tuple):
        return _made_to_item(holder, last, edit)
    shape = shapes_of(holder)[last]
    value = _field_value(shape, inner(holder, last), edit)
    found = replace(holder, **{shape.attribute: value})
    if _is_item(holder) and identity(found) != identity(holder):
        raise InvalidValue(f"{edit.path} is a key: put another item, and remove this one.")
    return found


def _is_item(holder: Any) -> bool:
    return hasattr(holder, "key") or hasattr(holder, "path")


def _made_to_item(items: tuple[Any, ...], key: str, edit: Edit) -> tuple[Any, ...]:
    match edit:
        case Remove():
            return without(items, key)
        case Move():
            item = inner(items, key)
            return _placed(without(items, key), item, edit.behind)
        case Put() if isinstance(edit.item, type(inner(items, key))) and identity(edit.item) == key:
            return tuple(edit.item if identity(each) == key else each for each in items)
    raise InvalidValue(f"{edit.path} is an item: put one with its key, remove it or move it.")


def _field_value(shape: Shape, present: Any, edit: Edit) -> Any:
    match edit:
        case Set():
            return coerced(shape, edit.value, edit.path)
        case Remove() if shape.nullable:
            return None
        case Put() if not shape.leaf and isinstance(edit.item, shape.kinds):
            return _with_item(present, edit) if shape.many else edit.item
    raise InvalidValue(f"{edit.path} {_unfit(edit)}.")


def _unfit(edit: Edit) -> str:
    match edit:
        case Remove():
            return "is always there: it cannot be removed"
        case Put():
            return "does not take such an item"
    return "is no item of a list"


def _with_item(items: tuple[Any, ...], edit: Put) -> tuple[Any, ...]:
    key = identity(edit.item)
    present = [identity(each) for each in items]
    if edit.behind == KEEPS_PLACE:
        if key not in present:
            return (*items, edit.item)
        return tuple(edit.item if identity(each) == key else each for each in items)
    return _placed(without(items, key), edit.item, edit.behind)


def _placed(items: tuple[Any, ...], item: Any, behind: str | None) -> tuple[Any, ...]:
    if behind is not None and behind not in [identity(each) for each in items]:
        raise UnknownPath(f"There is no item {behind} to put {identity(item)} behind.")
    return inserted(items, item, behind)
