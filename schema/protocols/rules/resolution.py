"""What applies: HQ's version, with what the jurisdictions and the clinic lay on top of it.

Each layer holds sparse values by path. A value is judged against what the layers below it come to,
so the order in which rows are read does not matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from schema.errors import ValidationFailed
from schema.protocols.rules.consistency import consistency_faults
from schema.protocols.rules.content import FieldLock, ProtocolContent
from schema.protocols.rules.healing import HEALING_GUARD_DAYS
from schema.protocols.rules.kinds import LayerKind, Lock
from schema.protocols.rules.paths import Value, at, parsed, replaced
from schema.protocols.rules.violations import (
    BelowHealingGuard,
    FieldLocked,
    OutOfBounds,
    ReasonMissing,
)

ORDER = tuple(LayerKind)


@dataclass(frozen=True, slots=True)
class Layer:
    """What one jurisdiction (`US`, `US-NC`) or one clinic lays on top, by path."""

    kind: LayerKind
    name: str
    overrides: Mapping[str, Value]

    @property
    def height(self) -> tuple[int, int, str]:
        """Countries below their states, states below clinics."""
        return ORDER.index(self.kind), self.name.count("-"), self.name


@dataclass(frozen=True, slots=True)
class Change:
    """A field that a layer set: what it was below that layer, and what it is."""

    path: str
    layer: LayerKind
    layer_name: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Resolved:
    """What applies, and every field that differs from HQ's version, the lowest layer first."""

    content: ProtocolContent
    changes: tuple[Change, ...] = ()


def resolve(content: ProtocolContent, layers: Sequence[Layer]) -> Resolved:
    """`content` under `layers`, which may come in any order.

    Raises: UnknownPath, InvalidValue, FieldLocked, OutOfBounds, BelowHealingGuard;
    ValidationFailed where the values contradict each other.
    """
    changes: list[Change] = []
    resolved = content
    for layer in sorted(layers, key=lambda each: each.height):
        values = {
            path: check_override(resolved, layer.kind, path, value)
            for path, value in sorted(layer.overrides.items())
        }
        changes += [
            Change(path, layer.kind, layer.name, at(resolved, path), value)
            for path, value in values.items()
        ]
        resolved = replaced(resolved, values)
    if changes and (faults := consistency_faults(resolved)):
        raise ValidationFailed(faults)
    return Resolved(resolved, tuple(changes))


def check_override(content: ProtocolContent, layer: LayerKind, path: str, value: Value) -> Value:
    """The value as the field at `path` holds it, if a layer may set it.

    A clinic is held by the field's lock; a jurisdiction is not, but by its floor and ceiling.

    Raises: UnknownPath, InvalidValue, FieldLocked, OutOfBounds, BelowHealingGuard.
    """
    found = parsed(content, path, value)
    lock = lock_of(content, path)
    if layer is LayerKind.CLINIC:
        _check_open(lock)
    _check_healing(path, found)
    if layer is LayerKind.CLINIC:
        _check_bounds(lock, found)
    _check_range(lock.floor, lock.ceiling, found, path)
    return found


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


def _check_open(lock: FieldLock) -> None:
    if lock.lock is Lock.LOCKED:
        raise FieldLocked(f"{lock.path} belongs to headquarters.", field="path")


def _check_bounds(lock: FieldLock, value: Value) -> None:
    if lock.lock is Lock.BOUNDED:
        _check_range(lock.min, lock.max, value, lock.path)
        if lock.choices and value not in lock.choices:
            raise OutOfBounds(f"{lock.path} is one of {', '.join(lock.choices)}.", field="value")


def _check_range(least: Decimal | None, most: Decimal | None, value: Value, path: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return
    if (least is not None and value < least) or (most is not None and value > most):
        bounds = f"from {least}" if most is None else f"up to {most}"
        if least is not None and most is not None:
            bounds = f"from {least} to {most}"
        raise OutOfBounds(f"{path} goes {bounds}, not {value}.", field="value")


def _check_healing(path: str, value: Value) -> None:
    """The healing guard holds whatever the locks say."""
    match path.split("."):
        case ["intervalRules", _, "minDays"] if (
            isinstance(value, int) and value < HEALING_GUARD_DAYS
        ):
            raise BelowHealingGuard(
                f"Skin heals for {HEALING_GUARD_DAYS} days: no interval is shorter.",
                field="value",
            )
