"""A clinic's own values on another version: what stays, what is pointless, what to decide."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from schema.errors import RuleViolation
from schema.protocols.rules.diff import diff
from schema.protocols.rules.kinds import ChangeClass, LayerKind, Proposal, RebaseOutcome
from schema.protocols.rules.locks import nearest
from schema.protocols.rules.paths import Value, at, exists, parsed, replaced
from schema.protocols.rules.resolution import (
    Resolved,
    accepted,
    check_own_value,
    who_limits,
    who_set,
)
from schema.protocols.rules.violations import (
    NoSuchOverride,
    OverrideRefused,
    UnresolvedConflicts,
)

OPEN = frozenset({RebaseOutcome.CONFLICTING, RebaseOutcome.OUT_OF_BOUNDS})


@dataclass(frozen=True, slots=True)
class Rebased:
    """What becomes of one value of a clinic's own on another version.

    `before` and `after` are what lies below it on either version; `layer` and `layer_name` say who
    stands against it, where somebody does. `proposed` is what would then apply at `path`.
    """

    path: str
    value: Value
    outcome: RebaseOutcome
    code: str
    reason: str
    before: Value
    after: Value
    layer: LayerKind
    layer_name: str
    proposal: Proposal
    proposed: Value

    @property
    def undecided(self) -> bool:
        """Whether the clinic has to say what it wants."""
        return self.outcome in OPEN


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a clinic decides about one of its values: keep it, take what lies below, or change."""

    proposal: Proposal
    value: Value = None


def rebase(own: Mapping[str, Value], old: Resolved, new: Resolved) -> tuple[Rebased, ...]:
    """Each of the clinic's values, by path, judged for the version `new` after the version `old`.

    Both are what lies below the clinic's values, overlays included. What is kept and proposed can
    apply together: within its bounds, above every floor, and without contradiction.
    """
    found = {path: _judged(path, value, old, new) for path, value in sorted(own.items())}
    _, aside = accepted(new, _outcome(found.values()))
    while aside:
        for path, refused in aside.items():
            found[path] = _contradicting(found[path], refused)
        _, aside = accepted(new, _outcome(found.values()))
    return tuple(found.values())


def _outcome(rebased: Iterable[Rebased]) -> dict[str, Value]:
    """The clinic's values if it follows every proposal."""
    return {each.path: each.proposed for each in rebased if each.proposal is not Proposal.TAKE}


def _judged(path: str, value: Value, old: Resolved, new: Resolved) -> Rebased:
    before = at(old.below, path) if exists(old.below, path) else None
    after = at(new.below, path) if exists(new.below, path) else None
    layer, layer_name = who_set(new, path)
    kept = Rebased(
        path, value, RebaseOutcome.KEPT, "KEPT", "It still applies.",
        before, after, layer, layer_name, Proposal.KEEP, value,
    )  # fmt: skip
    if not exists(new.below, path):
        return _obsolete(kept, "FIELD_GONE", "The new version has no such field.")
    try:
        kept = replace(kept, proposed=check_own_value(new, path, value))
    except RuleViolation as refused:
        if _same(new, path, value):
            return _obsolete(kept, "SAYS_THE_SAME", "The new version says the same.")
        return _out_of_bounds(kept, new, refused)
    if kept.proposed == after:
        return _obsolete(kept, "SAYS_THE_SAME", "The new version says the same.")
    if before != after:
        return _conflicting(kept, new)
    return kept


def _same(new: Resolved, path: str, value: Value) -> bool:
    try:
        return bool(parsed(new.below, path, value) == at(new.below, path))
    except OverrideRefused:
        return False


def _obsolete(kept: Rebased, code: str, reason: str) -> Rebased:
    return _taking(kept, RebaseOutcome.OBSOLETE, code, reason)


def _taking(kept: Rebased, outcome: RebaseOutcome, code: str, reason: str) -> Rebased:
    return replace(
        kept,
        outcome=outcome,
        code=code,
        reason=reason,
        proposal=Proposal.TAKE,
        proposed=kept.after,
    )


def _out_of_bounds(kept: Rebased, new: Resolved, refused: RuleViolation) -> Rebased:
    """The nearest value that is allowed, where there is one that says something else."""
    layer, layer_name = who_limits(new, kept.path)
    kept = replace(kept, layer=layer, layer_name=layer_name)
    found = _taking(kept, RebaseOutcome.OUT_OF_BOUNDS, refused.code, refused.message)
    try:
        closest = check_own_value(
            new, kept.path, nearest(new.below, kept.path, parsed(new.below, kept.path, kept.value))
        )
    except RuleViolation:
        return found
    if closest == kept.after:
        return found
    return replace(found, proposal=Proposal.CHANGE, proposed=closest)


def _conflicting(kept: Rebased, new: Resolved) -> Rebased:
    """The field has changed under the clinic's value; the safer of the two is proposed."""
    reason = f"{kept.path} was {kept.before} and is {kept.after} now; yours is {kept.value}."
    ours = diff(new.below, replaced(new.below, {kept.path: kept.proposed}))
    if any(each.meaning is ChangeClass.SAFETY_LOOSENING for each in ours):
        return _taking(kept, RebaseOutcome.CONFLICTING, "CHANGED_BELOW", reason)
    return replace(kept, outcome=RebaseOutcome.CONFLICTING, code="CHANGED_BELOW", reason=reason)


def _contradicting(found: Rebased, refused: RuleViolation) -> Rebased:
    """It cannot be had beside the other values."""
    return _taking(found, RebaseOutcome.CONFLICTING, refused.code, refused.message)


def decided(
    own: Mapping[str, Value], rebased: Sequence[Rebased], resolutions: Mapping[str, Resolution]
) -> dict[str, Value]:
    """The clinic's values after an upgrade: what is kept, and what it decided about the others.

    Whether they can apply is for `check_own` to say.

    Raises: NoSuchOverride for a resolution of what the clinic does not set; UnresolvedConflicts
    with all that it did not decide.
    """
    if unknown := [path for path in resolutions if path not in own]:
        raise NoSuchOverride(f"The clinic sets nothing at {unknown[0]}.", field="resolutions")
    if undecided := [each for each in rebased if each.undecided and each.path not in resolutions]:
        raise UnresolvedConflicts(undecided)
    values: dict[str, Value] = {}
    for each in rebased:
        kept = Resolution(Proposal.KEEP if each.outcome is RebaseOutcome.KEPT else Proposal.TAKE)
        match resolutions.get(each.path, kept):
            case Resolution(Proposal.KEEP):
                values[each.path] = each.value
            case Resolution(Proposal.CHANGE, value):
                values[each.path] = value
    return values
