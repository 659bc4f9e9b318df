"""What a change of a field means: whether more or less of it is safer, or none of its business.

A meaning stands beside the type of a field (`Annotated[int, least, "…"]`), so that no field can be
without one, and is a pure function from what was and what is to the class of the change. Of a list
it judges what is added (null before) or removed (null after); its items' fields have their own.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from schema.protocols.rules.kinds import ChangeClass

Meaning: TypeAlias = Callable[[Any, Any], ChangeClass]
N = TypeVar("N", int, Decimal)

TIGHTER, LOOSER = ChangeClass.SAFETY_TIGHTENING, ChangeClass.SAFETY_LOOSENING


@dataclass(frozen=True, slots=True)
class Whole:
    """The meaning of all that a field holds, whatever the meanings within it."""

    meaning: Meaning


def words(_before: object, _after: object) -> ChangeClass:
    """A text that people read; it can be translated."""
    return ChangeClass.COPY


def copy(_before: object, _after: object) -> ChangeClass:
    """How things are told, and why."""
    return ChangeClass.COPY


def clinical(_before: object, _after: object) -> ChangeClass:
    """How the treatment is done; neither direction is safer as such."""
    return ChangeClass.CLINICAL


def commercial(_before: object, _after: object) -> ChangeClass:
    """What is sold and promised."""
    return ChangeClass.COMMERCIAL


def least(before: N | None, after: N | None) -> ChangeClass:
    """A lower limit: raising it tightens. Null is no limit."""
    return _limit(before, after, raised=TIGHTER)


def most(before: N | None, after: N | None) -> ChangeClass:
    """An upper limit: lowering it tightens. Null is no limit."""
    return _limit(before, after, raised=LOOSER)


def _limit(before: N | None, after: N | None, *, raised: ChangeClass) -> ChangeClass:
    if before is None or after is None:
        return TIGHTER if before is None else LOOSER
    return raised if after > before else opposite(raised)


def gentlest_low(before: N | None, after: N | None) -> ChangeClass:
    """A figure that is gentler when it is lower; null says nothing."""
    if before is None or after is None:
        return ChangeClass.CLINICAL
    return LOOSER if after > before else TIGHTER


def safeguard(_before: bool, after: bool) -> ChangeClass:
    """What is safer when it is so."""
    return TIGHTER if after else LOOSER


def freedom(_before: bool, after: bool) -> ChangeClass:
    """What is safer when it is not so."""
    return LOOSER if after else TIGHTER


def demanded(before: object, after: object) -> ChangeClass:
    """What makes it safer by being there; another one in its place is a clinical matter."""
    if before is None:
        return TIGHTER
    return LOOSER if after is None else ChangeClass.CLINICAL


def asked(before: str | None, after: str | None) -> ChangeClass:
    """A question or a warning: safer with it, and its wording is a text that people read."""
    found = demanded(before, after)
    return ChangeClass.COPY if found is ChangeClass.CLINICAL else found


def allowed(before: object, after: object) -> ChangeClass:
    """What may be done: less of it is safer; another one in its place is a clinical matter."""
    return opposite(demanded(before, after))


def all_demanded(before: Collection[str], after: Collection[str]) -> ChangeClass:
    """A list of conditions: each one more tightens."""
    return TIGHTER if set(before) < set(after) else _or_looser(set(before) == set(after))


def all_allowed(before: Collection[str], after: Collection[str]) -> ChangeClass:
    """A list of what may be used: each one less tightens."""
    return TIGHTER if set(after) < set(before) else _or_looser(set(before) == set(after))


def alternatives(before: Collection[str], after: Collection[str]) -> ChangeClass:
    """A list of which one suffices: fewer tighten; an empty one takes anything."""
    if not before or not after:
        return TIGHTER if after else LOOSER
    return all_allowed(before, after)


def _or_looser(same_members: bool) -> ChangeClass:
    """Only the order changed, or something was given up: whatever else was gained."""
    return ChangeClass.COPY if same_members else LOOSER


def strictest_first(before: StrEnum, after: StrEnum) -> ChangeClass:
    """A choice from an enumeration that names its strictest value first."""
    ranks = list(type(before))
    return TIGHTER if ranks.index(after) < ranks.index(before) else LOOSER


def begins(before: int | None, after: int | None) -> ChangeClass:
    """From when care is taken: the earlier the safer; null has no beginning, so is the safest."""
    if before is None or after is None:
        return LOOSER if before is None else TIGHTER
    return LOOSER if after > before else TIGHTER


def ends(before: int | None, after: int | None) -> ChangeClass:
    """Until when care is taken: the later the safer; null has no end, so is the safest."""
    if before is None or after is None:
        return LOOSER if before is None else TIGHTER
    return TIGHTER if after > before else LOOSER


def opposite(found: ChangeClass) -> ChangeClass:
    """The class of the change back."""
    return {TIGHTER: LOOSER, LOOSER: TIGHTER}.get(found, found)


def taken_together(classes: Collection[ChangeClass]) -> ChangeClass:
    """Of several changes that go together: the loosening one, else the tightening, and so on."""
    order = (LOOSER, TIGHTER, ChangeClass.CLINICAL, ChangeClass.COMMERCIAL, ChangeClass.COPY)
    return next((each for each in order if each in classes), ChangeClass.COPY)
