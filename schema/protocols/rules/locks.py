"""How far a field may be changed below HQ: its lock, its floor and ceiling, the healing guard."""

from decimal import Decimal

from schema.protocols.rules.content import FieldLock, ProtocolContent, item
from schema.protocols.rules.healing import shortest_guard_days
from schema.protocols.rules.kinds import Lock
from schema.protocols.rules.limits import check_extent
from schema.protocols.rules.paths import Leaf, Value, parsed
from schema.protocols.rules.violations import (
    BelowHealingGuard,
    FieldLocked,
    InvalidValue,
    OutOfBounds,
    ReasonMissing,
)


def check_override(content: ProtocolContent, path: str, value: Value) -> Value:
    """A clinic's value as the field at `path` holds it, if a clinic may set it.

    Raises: UnknownPath, InvalidValue, FieldLocked, OutOfBounds, BelowHealingGuard.
    """
    found: Value = parsed(content, path, value)
    if isinstance(found, str) and not found.strip():
        raise InvalidValue(f"{path} needs words.", field="value")
    lock = lock_of(content, path)
    if lock.lock is Lock.LOCKED:
        raise FieldLocked(f"{path} belongs to headquarters.", field="path")
    check_extent(content, path, found)
    _check_healing(content, path, found)
    if lock.lock is Lock.BOUNDED:
        _check_range(lock.min, lock.max, found, path)
        if lock.choices and found not in lock.choices:
            raise OutOfBounds(f"{path} is one of {', '.join(lock.choices)}.", field="value")
    _check_range(lock.floor, lock.ceiling, found, path)
    return found


def check_floor(content: ProtocolContent, path: str, value: Leaf) -> None:
    """Raise OutOfBounds or BelowHealingGuard beyond what nobody overrides, whatever the lock.

    Raises: UnknownPath, InvalidValue.
    """
    found = parsed(content, path, value)
    lock = lock_of(content, path)
    _check_healing(content, path, found)
    _check_range(lock.floor, lock.ceiling, found, path)


def check_reason(reason: str) -> None:
    """Raise ReasonMissing unless somebody says why."""
    if not reason.strip():
        raise ReasonMissing("Say why.", field="reason")


def lock_of(content: ProtocolContent, path: str) -> FieldLock:
    """How far the field at `path` may be changed; LOCKED unless the content opens it."""
    match path.split("."):
        case ["parameters", key, "default"] if parameter := content.parameter(key):
            return FieldLock(
                path=path,
                lock=parameter.lock,
                min=parameter.min,
                max=parameter.max,
                floor=parameter.lowest,
                ceiling=parameter.highest,
            )
    stated = (each for each in content.locks if each.path == path)
    return next(stated, FieldLock(path=path, lock=Lock.LOCKED))


def nearest(content: ProtocolContent, path: str, value: Value) -> Value:
    """The number closest to `value` that a clinic may set at `path`; other values as they are."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    lock = lock_of(content, path)
    bounded = lock.lock is Lock.BOUNDED
    lower = [each for each in (lock.floor, lock.min if bounded else None) if each is not None]
    upper = [each for each in (lock.ceiling, lock.max if bounded else None) if each is not None]
    guard = _guard(content, path)
    found = max([Decimal(value), *lower, *([] if guard is None else [Decimal(guard)])])
    found = min([found, *upper])
    return int(found) if isinstance(value, int) else found


def _check_range(least: Decimal | None, most: Decimal | None, value: object, path: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return
    if (least is not None and value < least) or (most is not None and value > most):
        bounds = f"from {least}" if most is None else f"up to {most}"
        if least is not None and most is not None:
            bounds = f"from {least} to {most}"
        raise OutOfBounds(f"{path} goes {bounds}, not {value}.", field="value")


def _check_healing(content: ProtocolContent, path: str, value: object) -> None:
    """The healing guard holds whatever the locks say."""
    guard = _guard(content, path)
    if guard is not None and isinstance(value, int) and value < guard:
        raise BelowHealingGuard(
            f"Skin heals for {guard} days: no interval is shorter.", field="value"
        )


def _guard(content: ProtocolContent, path: str) -> int | None:
    match path.split("."):
        case ["intervalRules", key, "minDays"] if rule := item(content.interval_rules, key):
            return shortest_guard_days(content, rule.applies_to)
    return None
