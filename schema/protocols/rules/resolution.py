"""What applies: HQ's version, what the law of the place tightens, and what the clinic set itself.

Resolving never fails: what no longer fits is set aside, with the reason. Writing is strict
(`authorship.check_edits`, `check_own`). The order in which rows are read does not matter.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schema.errors import RuleViolation, ValidationFailed
from schema.protocols.rules.consistency import consistency_faults
from schema.protocols.rules.content import ProtocolContent
from schema.protocols.rules.diff import Difference, diff
from schema.protocols.rules.edits import Edit, Set, made
from schema.protocols.rules.following import settled
from schema.protocols.rules.kinds import ChangeClass, DifferenceKind, LayerKind
from schema.protocols.rules.locks import check_floor, check_override
from schema.protocols.rules.paths import Value, replaced
from schema.protocols.rules.violations import (
    FieldLocked,
    OutOfBounds,
    OverlayLoosens,
    OverlayObsolete,
)

NONE: Mapping[str, Value] = {}


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a country or a part of one (`US`, `US-NC`) makes stricter about a protocol."""

    name: str
    edits: tuple[Edit, ...]

    @property
    def height(self) -> tuple[int, str]:
        """Countries below their states."""
        return self.name.count("-"), self.name


@dataclass(frozen=True, slots=True)
class LayerChange:
    """A difference, and the layer that it comes from: a jurisdiction's code or a clinic's."""

    difference: Difference
    layer: LayerKind
    layer_name: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """What a layer says and cannot have, and why."""

    path: str
    layer: LayerKind
    layer_name: str
    violation: RuleViolation


@dataclass(frozen=True, slots=True)
class Resolved:
    """What applies. `below` is what lies under the clinic's own values.

    `changes` leads from HQ's version to `content`, the lowest layer first.
    """

    content: ProtocolContent
    below: ProtocolContent
    changes: tuple[LayerChange, ...] = ()
    set_aside: tuple[SetAside, ...] = ()


def resolve(
    content: ProtocolContent,
    overlays: Sequence[Overlay] = (),
    own: Mapping[str, Value] = NONE,
    clinic: str = "",
) -> Resolved:
    """HQ's `content` under the overlays, which may come in any order, and the clinic's values."""
    return resolve_own(overlaid(content, overlays), own, clinic)


def overlaid(content: ProtocolContent, overlays: Sequence[Overlay]) -> Resolved:
    """HQ's `content` under the overlays alone: the same for every clinic of a place."""
    changes: list[LayerChange] = []
    aside: list[SetAside] = []
    for overlay in sorted(overlays, key=lambda each: each.height):
        for edit in overlay.edits:
            try:
                content, differences = tightened(content, edit)
            except RuleViolation as refused:
                aside.append(SetAside(edit.path, LayerKind.JURISDICTION, overlay.name, refused))
                continue
            changes += [
                LayerChange(each, LayerKind.JURISDICTION, overlay.name) for each in differences
            ]
    return Resolved(content, content, tuple(changes), tuple(aside))


def tightened(
    content: ProtocolContent, edit: Edit
) -> tuple[ProtocolContent, tuple[Difference, ...]]:
    """`content` with an overlay's edit made, and what it changes; what it limits follows.

    Raises: UnknownPath, InvalidValue, OutOfBounds beyond a floor or ceiling, OverlayLoosens,
    OverlayObsolete where it says so already, InvalidContent.
    """
    if isinstance(edit, Set):
        check_floor(content, edit.path, edit.value)
    stricter = made(content, edit)
    own = diff(content, stricter)
    if not own:
        raise OverlayObsolete(f"{edit.path}: what lies below says so already.", field="path")
    gone = [each.path for each in own if each.kind is DifferenceKind.REMOVED]
    following = settled(stricter, gone)
    differences = diff(content, following)
    loosening = [each for each in own if each.meaning is not ChangeClass.SAFETY_TIGHTENING]
    loosening += [each for each in differences if each.meaning is ChangeClass.SAFETY_LOOSENING]
    if loosening:
        raise OverlayLoosens(
            f"An overlay only tightens: {loosening[0].path} would be {_said(loosening[0])}.",
            field="path",
        )
    if faults := new_faults(consistency_faults, content, following):
        raise faults[0]
    return following, differences


def new_faults(
    faults: Callable[[ProtocolContent], list[RuleViolation]],
    before: ProtocolContent,
    after: ProtocolContent,
) -> list[RuleViolation]:
    """What is wrong with a content and was not before it was changed.

    What is published outlives the rules of its day: a law is not set aside for an older fault.
    """
    found = faults(after)
    known = {each.message for each in faults(before)} if found else set()
    return [each for each in found if each.message not in known]


def _said(difference: Difference) -> str:
    if difference.meaning is ChangeClass.SAFETY_LOOSENING:
        return "loosened"
    return f"changed without being safer ({difference.meaning})"


def resolve_own(lower: Resolved, own: Mapping[str, Value], clinic: str) -> Resolved:
    """What applies in a clinic with these values of its own, over what its place makes of it."""
    if not own:
        return lower
    values, aside = accepted(lower, own)
    content = replaced(lower.below, values) if values else lower.below
    return Resolved(
        content,
        lower.below,
        (*lower.changes, *_by(diff(lower.below, content), LayerKind.CLINIC, clinic)),
        (
            *lower.set_aside,
            *(SetAside(path, LayerKind.CLINIC, clinic, aside[path]) for path in sorted(aside)),
        ),
    )


def _by(differences: Sequence[Difference], layer: LayerKind, name: str) -> Iterator[LayerChange]:
    return (LayerChange(each, layer, name) for each in differences)


def accepted(
    lower: Resolved, own: Mapping[str, Value]
) -> tuple[dict[str, Value], dict[str, RuleViolation]]:
    """The clinic's values that can apply together, and the others with the reason of each."""
    values: dict[str, Value] = {}
    aside: dict[str, RuleViolation] = {}
    for path, value in sorted(own.items()):
        try:
            values[path] = check_own_value(lower, path, value)
        except RuleViolation as refused:
            aside[path] = refused
    while faults := _contradictions(lower.below, values):
        contradicting = {
            path: fault for fault in faults for path in values if _related(path, fault.field or "")
        }
        for path, fault in (contradicting or dict.fromkeys(values, faults[0])).items():
            aside[path] = fault
            del values[path]
    return values, aside


def _contradictions(below: ProtocolContent, values: Mapping[str, Value]) -> list[RuleViolation]:
    """What the values contradict that was no contradiction without them."""
    return new_faults(consistency_faults, below, replaced(below, values)) if values else []


def _related(path: str, field: str) -> bool:
    return f"{path}.".startswith(f"{field}.") or f"{field}.".startswith(f"{path}.")


def check_own_value(lower: Resolved, path: str, value: Value) -> Value:
    """The clinic's value as the field holds it.

    Raises: UnknownPath, InvalidValue, FieldLocked, OutOfBounds, BelowHealingGuard, OverlayLoosens
    where a jurisdiction is stricter; whatever a jurisdiction limits names it.
    """
    try:
        found = check_override(lower.below, path, value)
    except (FieldLocked, OutOfBounds) as refused:
        layer, name = who_limits(lower, path)
        if layer is LayerKind.JURISDICTION:
            said = f"{refused.message} {name} demands it."
            raise type(refused)(said, field=refused.field) from refused
        raise
    law = next((each for each in lower.changes if each.difference.path == path), None)
    if law is not None:
        for each in diff(lower.below, replaced(lower.below, {path: found})):
            if each.meaning is ChangeClass.SAFETY_LOOSENING:
                raise OverlayLoosens(f"{law.layer_name} is stricter about {path}.", field="value")
    return found


def who_set(lower: Resolved, path: str) -> tuple[LayerKind, str]:
    """The layer that the value at `path` comes from."""
    for each in reversed(lower.changes):
        if f"{path}.".startswith(f"{each.difference.path}."):
            return each.layer, each.layer_name
    return LayerKind.HEADQUARTERS, ""


def who_limits(lower: Resolved, path: str) -> tuple[LayerKind, str]:
    """Who set the field, or what limits it: a parameter's range, or the field's lock."""
    holder, _, field = path.rpartition(".")
    ranges = {f"{holder}.{each}" for each in ("min", "max", "floor", "ceiling")}
    limits = ranges if field == "default" else set()
    for each in reversed(lower.changes):
        found = each.difference.path
        if found in limits or f"{found}.".startswith(f"locks.{path}."):
            return each.layer, each.layer_name
    return who_set(lower, path)


def check_own(
    lower: Resolved,
    own: Mapping[str, Value],
    path: str | None = None,
    before: Mapping[str, Value] = NONE,
) -> None:
    """Raise what is wrong with a clinic's values, after `path` among them was set or cleared.

    `before` are its values until then: what was set aside of them already is not said again.

    Raises: what `check_own_value` raises; ValidationFailed where values contradict each other.
    """
    if path is not None and path in own:
        check_own_value(lower, path, own[path])
    _, known = accepted(lower, before)
    _, aside = accepted(lower, own)
    if new := [each for each_path, each in aside.items() if each_path not in known]:
        raise ValidationFailed(list({each.message: each for each in new}.values()))


def attributed(old: ProtocolContent, new: Resolved) -> tuple[LayerChange, ...]:
    """What leads from `old`, some version of HQ's, to what applies, each naming its layer.

    Where no layer set a field, headquarters did.
    """
    layers = {each.difference.where: each for each in new.changes}

    def layer_of(difference: Difference) -> LayerChange:
        for length in range(len(difference.where), 0, -1):
            if found := layers.get(difference.where[:length]):
                return LayerChange(difference, found.layer, found.layer_name)
        return LayerChange(difference, LayerKind.HEADQUARTERS, "")

    return tuple(layer_of(each) for each in diff(old, new.content))
