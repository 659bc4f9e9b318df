"""How two contents differ: typed differences at stable paths, each with the class of the change.

Items of lists are matched by their keys, so that a step that moved is told from one that was
edited. `applied(old, diff(old, new)) == new`.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schema.protocols.rules.content import FieldLock, ProtocolContent
from schema.protocols.rules.effects import guards_effect, intervals_effect
from schema.protocols.rules.kinds import (
    ChangeClass,
    DifferenceKind,
    Lock,
    ScreeningSeverity,
)
from schema.protocols.rules.meanings import (
    Meaning,
    all_demanded,
    clinical,
    safeguard,
    taken_together,
)
from schema.protocols.rules.paths import Shape, changed, exists, identity, shapes_of
from schema.protocols.rules.steps import Step

Where = tuple[str, ...]

#: Lists whose items stand in for each other: what one more or less means shows only in the whole.
EFFECTS: Mapping[str, Callable[[ProtocolContent, ProtocolContent], ChangeClass]] = {
    "intervalRules": intervals_effect,
    "healingGuards": guards_effect,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. SET: a leaf's values. ADDED and REMOVED: what is there on one side only, an
    item of a list or an object. MOVED: the key of the item before it on each side (null: first).

    `behind` is the key of the item before an item that was added or moved.
    """

    kind: DifferenceKind
    where: Where
    before: Any
    after: Any
    meaning: ChangeClass
    behind: str | None = None

    @property
    def path(self) -> str:
        return ".".join(self.where)


def diff(old: ProtocolContent, new: ProtocolContent) -> tuple[Difference, ...]:
    """What leads from `old` to `new`, in the order of the fields. Keys are unique in their lists.

    Nothing for equal contents.
    """
    found = [_in_context(each, old, new) for each in _of_object((), old, new, None)]
    if not any(_joint(each) for each in found):
        return tuple(found)
    effects = {name: judge(old, new) for name, judge in EFFECTS.items()}
    return tuple(
        replace(each, meaning=effects[each.where[0]]) if _joint(each) else each for each in found
    )


def _joint(difference: Difference) -> bool:
    """Whether its class shows only in the whole list."""
    name, *rest = difference.where
    return name in EFFECTS and (len(rest) == 1 or rest[1] in ("appliesTo", "areas"))


def _in_context(difference: Difference, old: ProtocolContent, new: ProtocolContent) -> Difference:
    """The difference with its class where that takes more than the field.

    Not to be combined with what comes or goes itself is nothing gained or given up; nor is the
    lock of a field that comes or goes. Bounds of what is locked have no say, nor has who clears
    what is absolute.
    """
    match difference.where:
        case ("addOns", _, "excludes"):
            known = {each.key for each in old.add_ons} & {each.key for each in new.add_ons}
            sides = (set(difference.before) & known, set(difference.after) & known)
            return replace(difference, meaning=all_demanded(*sides))
        case ("locks", path) if not (exists(old, path) and exists(new, path)):
            return replace(difference, meaning=ChangeClass.COPY)
        case ("locks", path, "min" | "max" | "choices"):
            return _beside(difference, _locked(old, path), _locked(new, path))
        case ("screeningRules", key, "clearanceBy"):
            return _beside(difference, _absolute(old, key), _absolute(new, key))
    return difference


def _beside(difference: Difference, strict_before: bool, strict_after: bool) -> Difference:
    """The difference of a field that has no say beside another one which is at its strictest."""
    if strict_before and strict_after:
        return replace(difference, meaning=ChangeClass.COPY)
    if strict_before or strict_after:
        return replace(difference, meaning=safeguard(strict_before, strict_after))
    return difference


def _locked(content: ProtocolContent, path: str) -> bool:
    return any(each.path == path and each.lock is Lock.LOCKED for each in content.locks)


def _absolute(content: ProtocolContent, key: str) -> bool:
    absolute = ScreeningSeverity.ABSOLUTE
    return any(each.key == key and each.severity is absolute for each in content.screening_rules)


def _of_object(where: Where, old: Any, new: Any, whole: Meaning | None) -> Iterator[Difference]:
    for name, shape in shapes_of(old).items():
        before, after = getattr(old, shape.attribute), getattr(new, shape.attribute)
        if before != after:
            yield from _of_field((*where, name), shape, before, after, whole or shape.whole)


def _of_field(
    where: Where, shape: Shape, before: Any, after: Any, whole: Meaning | None
) -> Iterator[Difference]:
    if shape.items:
        yield from _of_items(where, shape, before, after, whole)
    elif shape.leaf:
        meaning = whole or shape.meaning or clinical
        yield Difference(DifferenceKind.SET, where, before, after, meaning(before, after))
    elif before is None or after is None:
        yield _presence(where, shape, before, after, whole)
    else:
        yield from _of_object(where, before, after, whole)


def _presence(
    where: Where,
    shape: Shape,
    before: Any,
    after: Any,
    whole: Meaning | None,
    behind: str | None = None,
) -> Difference:
    kind = DifferenceKind.ADDED if before is None else DifferenceKind.REMOVED
    return Difference(
        kind, where, before, after, _presence_means(shape, before, after, whole), behind
    )


def _presence_means(shape: Shape, before: Any, after: Any, whole: Meaning | None) -> ChangeClass:
    if isinstance(before, FieldLock) or isinstance(after, FieldLock):
        return _lock_means(before or _unopened(after), after or _unopened(before))
    return (whole or shape.meaning or clinical)(before, after)


def _unopened(lock: FieldLock) -> FieldLock:
    """What holds for a field that no lock speaks of."""
    return FieldLock(path=lock.path, lock=Lock.LOCKED)


def _lock_means(before: FieldLock, after: FieldLock) -> ChangeClass:
    if Lock.LOCKED in (before.lock, after.lock):  # bounds have no say
        after = replace(after, min=before.min, max=before.max, choices=before.choices)
    return taken_together([each.meaning for each in _of_object((), before, after, None)])


def _of_items(
    where: Where, shape: Shape, olds: Sequence[Any], news: Sequence[Any], whole: Meaning | None
) -> Iterator[Difference]:
    before = {identity(each): each for each in olds}
    after = {identity(each): each for each in news}
    for key, item in before.items():
        if key not in after:
            yield _presence((*where, key), shape, item, None, whole)
    stays = _in_the_same_order(list(before), list(after))
    behind = None
    for key, item in after.items():
        here = (*where, key)
        if key not in before:
            yield _presence(here, shape, None, item, whole, behind)
        elif key not in stays:
            yield Difference(
                DifferenceKind.MOVED,
                here,
                _before(list(before), key),
                behind,
                ChangeClass.CLINICAL if isinstance(item, Step) else ChangeClass.COPY,
                behind,
            )
        if key in before and before[key] != item:
            yield from _of_object(here, before[key], item, whole)
        behind = key


def _before(keys: Sequence[str], key: str) -> str | None:
    position = keys.index(key)
    return keys[position - 1] if position else None


def _in_the_same_order(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """As many of the common keys as come in the same order on both sides: the others moved."""
    positions = {key: position for position, key in enumerate(before)}
    common = [key for key in after if key in positions]
    ends: list[int] = []  # the smallest last position of an ascending run of each length
    runs: list[tuple[str, ...]] = []
    for key in common:
        length = bisect_left(ends, positions[key])
        run = (*(runs[length - 1] if length else ()), key)
        ends[length:] = [positions[key], *ends[length + 1 :]]
        runs[length:] = [run, *runs[length + 1 :]]
    return set(runs[-1]) if runs else set()


def applied(content: ProtocolContent, differences: Sequence[Difference]) -> ProtocolContent:
    """`content` with the differences made: what they led to, if it is what they began with."""
    result: Any = content
    for each in differences:
        result = _applied(result, each)
    return result  # type: ignore[no-any-return]  # a content changed within is a content


def _applied(content: Any, made: Difference) -> Any:
    *parents, last = made.where

    def change(holder: Any) -> Any:
        if not isinstance(holder, tuple):
            return replace(holder, **{shapes_of(holder)[last].attribute: made.after})
        if made.kind is DifferenceKind.REMOVED:
            return without(holder, last)
        if made.kind is DifferenceKind.ADDED:
            return inserted(holder, made.after, made.behind)
        item = next(each for each in holder if identity(each) == last)
        return inserted(without(holder, last), item, made.behind)

    return changed(content, tuple(parents), change)


def without(items: tuple[Any, ...], key: str) -> tuple[Any, ...]:
    return tuple(each for each in items if identity(each) != key)


def inserted(items: tuple[Any, ...], item: Any, behind: str | None) -> tuple[Any, ...]:
    """The items with one more behind the item of that key; null: before all of them."""
    position = 0
    if behind is not None:
        position = [identity(each) for each in items].index(behind) + 1
    return (*items[:position], item, *items[position:])
