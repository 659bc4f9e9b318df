"""What is wrong with the locks by which HQ opens fields to its clinics."""

from collections import Counter
from decimal import Decimal

from schema.protocols.rules.add_ons import Freshness, StepExtension
from schema.protocols.rules.content import (
    Consumable,
    FieldLock,
    Parameter,
    ParameterCap,
    ProtocolContent,
    SessionCountRule,
)
from schema.protocols.rules.faults import Faults, ascending, fault, within
from schema.protocols.rules.kinds import Lock
from schema.protocols.rules.paths import Shape, at, exists, leaf_at, parsed
from schema.protocols.rules.steps import Anchor, Lane, ResourceNeed, Selector
from schema.protocols.rules.violations import OverrideRefused

#: What is about other fields, or about who heals how fast, is never a clinic's to say.
NEVER_OPEN = ("evidence", "healingGuards", "language", "locks", "translations")
#: What names, or is, the key of something: a clinic would tear the content apart. So would `key`.
STRUCTURE: dict[type, tuple[str, ...]] = {
    Anchor: ("step", "placement"),
    Consumable: ("step",),
    Freshness: ("preparedBy", "usedBy"),
    Lane: ("group", "lane"),
    Parameter: ("unit", "min", "max", "lock", "floor", "ceiling"),
    ParameterCap: ("parameter",),
    ResourceNeed: ("role", "kind"),
    Selector: ("indication", "severity", "fromDepthMm", "belowDepthMm"),
    SessionCountRule: ("severity",),
    StepExtension: ("step",),
}
FIGURES = (int, Decimal)


def lock_faults(content: ProtocolContent) -> Faults:
    """All that is wrong with the locks of a content."""
    seen = Counter(each.path for each in content.locks)
    for lock in content.locks:
        path = within("locks", lock.path)
        if seen[lock.path] > 1:
            yield fault(path, "is there more than once.")
        yield from ascending(path, lock.floor, lock.min, lock.max, lock.ceiling)
        if not exists(content, lock.path):
            yield fault(path, "there is no such field.")
        elif (shape := _single(content, lock.path)) is None:
            yield fault(path, "only a single field can be opened.")
        else:
            yield from _openable(content, path, lock)
            yield from _limits(path, lock, shape)
            yield from _choices(content, path, lock, shape)
            yield from _present(path, lock, at(content, lock.path))


def _single(content: ProtocolContent, path: str) -> Shape | None:
    try:
        shape = leaf_at(content, path)
    except OverrideRefused:
        return None
    return shape if shape.leaf and not shape.many else None


def _openable(content: ProtocolContent, path: str, lock: FieldLock) -> Faults:
    parent, _, name = lock.path.rpartition(".")
    holder = at(content, parent) if parent else content
    root = lock.path.partition(".")[0]
    if root in NEVER_OPEN or name == "key" or name in STRUCTURE.get(type(holder), ()):
        yield fault(path, "this is never a clinic's to change.")
    elif isinstance(holder, Parameter) and name == "default":
        yield fault(path, "how far a default may be changed is said by its parameter.")


def _limits(path: str, lock: FieldLock, shape: Shape) -> Faults:
    """Limits are for figures; the least, the most and the choices are for what is bounded."""
    limits = {name: getattr(lock, name) for name in ("min", "max", "floor", "ceiling")}
    for name, limit in limits.items():
        if limit is not None and not _is_figure(shape):
            yield fault(f"{path}.{name}", "only a figure has limits.")
    stated = [name for name in ("min", "max") if limits[name] is not None]
    stated += ["choices"] if lock.choices else []
    if lock.lock is Lock.BOUNDED and not stated:
        yield fault(path, "what is bounded has bounds.")
    for name in stated if lock.lock is not Lock.BOUNDED else ():
        yield fault(f"{path}.{name}", f"only what is bounded has it, this is {lock.lock}.")


def _is_figure(shape: Shape) -> bool:
    return any(kind in FIGURES for kind in shape.kinds)


def _choices(content: ProtocolContent, path: str, lock: FieldLock, shape: Shape) -> Faults:
    if not lock.choices:
        return
    if not all(issubclass(kind, str) for kind in shape.kinds):
        yield fault(f"{path}.choices", "only a text is chosen: a figure has a least and a most.")
        return
    if len(set(lock.choices)) < len(lock.choices):
        yield fault(f"{path}.choices", "a choice is there more than once.")
    for choice in lock.choices:
        try:
            parsed(content, lock.path, choice)
        except OverrideRefused as refused:
            yield fault(f"{path}.choices", refused.message)


def _present(path: str, lock: FieldLock, value: object) -> Faults:
    """What HQ says itself is within what nobody overrides."""
    if isinstance(value, FIGURES) and not isinstance(value, bool):
        if lock.floor is not None and value < lock.floor:
            yield fault(f"{path}.floor", f"headquarters itself says {value}.")
        if lock.ceiling is not None and value > lock.ceiling:
            yield fault(f"{path}.ceiling", f"headquarters itself says {value}.")
