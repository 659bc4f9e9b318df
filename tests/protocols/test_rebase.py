"""A clinic's own values on another version of HQ's."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.errors import RuleViolation
from schema.protocols.rules import (
    ChangeClass,
    LayerKind,
    Lock,
    Overlay,
    Proposal,
    Put,
    RebaseOutcome,
    Remove,
    Resolution,
    Set,
    at,
    check_own,
    decided,
    diff,
    edited,
    lock_of,
    overlaid,
    rebase,
    resolve_own,
)
from schema.protocols.rules.consistency import consistency_faults
from schema.protocols.rules.following import settled
from schema.protocols.rules.paths import replaced
from schema.protocols.rules.violations import NoSuchOverride, UnresolvedConflicts
from tests.protocols.test_resolution import (
    BARE,
    CONTENT,
    DEEPEST,
    DEPTH,
    EDITS,
    MIN_DAYS,
    PREFERRED,
    overlays,
    own_values,
)

MAX_DAYS = "intervalRules.GENERAL.maxDays"
CLEANSE, LONGEST = "steps.CLEANSE.minutes.typical", "steps.CLEANSE.minutes.max"
OUT, CHANGED = "OUT_OF_BOUNDS", ("CONFLICTING", "CHANGED_BELOW")
law = Overlay("US-NC", (Set(MIN_DAYS, 60),))


def version(*edits):
    return overlaid(edited(CONTENT, edits), ())


def one(own, new, old=BARE):
    (found,) = rebase(own, old, new)
    return found


@pytest.mark.parametrize(
    ("own", "edits", "outcome", "code", "proposal", "proposed"),
    [
        # what HQ did not touch
        ({DEPTH: "1.5"}, [], "KEPT", "KEPT", "KEEP", Decimal("1.5")),
        ({DEPTH: "1.5"}, [Set("summary", "New.")], "KEPT", "KEPT", "KEEP", Decimal("1.5")),
        # what is pointless by now
        ({DEPTH: "1.5"}, [Set(DEPTH, "1.5")], "OBSOLETE", "SAYS_THE_SAME", "TAKE", Decimal("1.5")),
        ({"name": "Needling"}, [Set("name", "Needling"), Remove("locks.name")],
         "OBSOLETE", "SAYS_THE_SAME", "TAKE", "Needling"),
        ({CLEANSE: 10}, [Remove("steps.CLEANSE")], "OBSOLETE", "FIELD_GONE", "TAKE", None),
        # what HQ changed as well: the safer one is proposed
        ({DEPTH: "1.5"}, [Set(DEPTH, "0.8")], *CHANGED, "TAKE", Decimal("0.8")),
        ({DEPTH: "0.7"}, [Set(DEPTH, "0.8")], *CHANGED, "KEEP", Decimal("0.7")),
        ({"name": "Ours"}, [Set("name", "Theirs")], *CHANGED, "KEEP", "Ours"),
        # what may not be any more: the nearest that may
        ({DEPTH: "1.5"}, [Set(DEEPEST, "1.2")], OUT, OUT, "CHANGE", Decimal("1.2")),
        ({DEPTH: "1.5"}, [Set(DEEPEST, "1.0")], OUT, OUT, "TAKE", Decimal("1.0")),
        ({"name": "Ours"}, [Remove("locks.name")], OUT, "FIELD_LOCKED", "TAKE", CONTENT.name),
        ({DEPTH: "1.5"}, [Set("parameters.needle_depth_mm.lock", "LOCKED")],
         OUT, "FIELD_LOCKED", "TAKE", Decimal("1.0")),
        ({MIN_DAYS: 30}, [Set(f"locks.{MIN_DAYS}.min", "35")], OUT, OUT, "CHANGE", 35),
        # what contradicts the new values
        ({PREFERRED: 45}, [Set(MIN_DAYS, 49)], "CONFLICTING", "INVALID_CONTENT", "TAKE", 49),
    ],
)  # fmt: skip
def test_a_value_on_another_version(own, edits, outcome, code, proposal, proposed):
    found = one(own, version(*edits))
    assert (found.outcome, found.code) == (RebaseOutcome[outcome], code)
    assert (found.proposal, found.proposed) == (Proposal[proposal], proposed)
    assert found.reason
    assert found.undecided is (outcome in ("CONFLICTING", "OUT_OF_BOUNDS"))


def test_who_stands_against_it_is_named():
    found = one({MIN_DAYS: 45}, overlaid(CONTENT, [law]))
    assert (found.outcome, found.code) == (RebaseOutcome.OUT_OF_BOUNDS, "OVERLAY_LOOSENS")
    assert (found.layer, found.layer_name) == (LayerKind.JURISDICTION, "US-NC")
    assert (found.before, found.after, found.proposed) == (42, 60, 60)


def test_values_that_are_good_together_stay_together():
    own = {CLEANSE: 10, LONGEST: 15}
    found = rebase(own, BARE, version(Set("summary", "New.")))
    assert {each.outcome for each in found} == {RebaseOutcome.KEPT}


HQ_EDITS = [
    *EDITS,
    Set(MIN_DAYS, 21),
    Set(PREFERRED, 70),
    Set(MAX_DAYS, 100),
    Set(f"locks.{MIN_DAYS}.min", "49"),
    Set(f"locks.{PREFERRED}.lock", "OPEN"),
    Set("parameters.needle_depth_mm.floor", "0.8"),
    Set("parameters.needle_depth_mm.lock", "LOCKED"),
    Set(CLEANSE, 10),
    Set(LONGEST, 10),
    Set("sessionCounts.STANDARD.max", 3),
    Set("name", "Ours"),
    Remove("locks.name"),
    Remove("steps.CLEANSE"),
    Remove("sessionCounts.STANDARD"),
    Put("locks", replace(lock_of(CONTENT, "summary"), lock=Lock.BOUNDED, choices=("One", "Other"))),
]  # fmt: skip


@st.composite
def versions(draw):
    """Any version of HQ's that is consistent."""
    found = CONTENT
    for edit in draw(st.lists(st.sampled_from(HQ_EDITS), max_size=5)):
        try:
            gone = [edit.path] if isinstance(edit, Remove) else []
            changed = settled(edited(found, [edit]), gone)
        except RuleViolation:
            continue
        if not consistency_faults(changed):
            found = changed
    return found


@given(versions(), versions(), overlays, overlays, own_values)
def test_what_is_kept_and_proposed_can_apply(before, after, laws, later_laws, own):
    """Within bounds, above every floor, no looser than the law, and without contradiction."""
    old, new = overlaid(before, laws), overlaid(after, later_laws)
    found = rebase(own, old, new)
    assert [each.path for each in found] == sorted(own)
    values = {each.path: each.proposed for each in found if each.proposal is not Proposal.TAKE}
    check_own(new, values)
    content = resolve_own(new, values, "HERE").content
    assert consistency_faults(content) == []
    for path in values:
        lock, value = lock_of(new.below, path), at(content, path)
        if isinstance(value, int | Decimal):
            assert lock.floor is None or value >= lock.floor
            assert lock.ceiling is None or value <= lock.ceiling
        laid = [each.difference.path for each in new.changes]
        if path in laid:
            for each in diff(new.below, replaced(new.below, {path: value})):
                assert each.meaning is not ChangeClass.SAFETY_LOOSENING


@given(versions(), overlays, own_values)
def test_on_the_same_version_what_applies_is_kept(content, laws, own):
    lower = overlaid(content, laws)
    applies = resolve_own(lower, own, "HERE")
    aside = {each.path for each in applies.set_aside if each.layer is LayerKind.CLINIC}
    accepted = {path: value for path, value in own.items() if path not in aside}
    for each in rebase(accepted, lower, lower):
        same = at(lower.below, each.path) == each.proposed
        assert each.outcome is (RebaseOutcome.OBSOLETE if same else RebaseOutcome.KEPT)


def test_everything_undecided_is_said_at_once():
    own = {DEPTH: "1.5", "name": "Ours", CLEANSE: 5}
    found = rebase(own, BARE, version(Set(DEPTH, "0.8"), Remove("locks.name"), Set(CLEANSE, 10)))
    with pytest.raises(UnresolvedConflicts) as refused:
        decided(own, found, {"name": Resolution(Proposal.TAKE)})
    assert [each.path for each in refused.value.conflicts] == [DEPTH, CLEANSE]


def test_a_clinic_decides_value_by_value():
    own = {DEPTH: "1.5", "name": "Ours", LONGEST: 15, CLEANSE: 10}
    found = rebase(own, BARE, version(Set(DEPTH, "0.8"), Remove("locks.name"), Set(CLEANSE, 5)))
    resolutions = {
        DEPTH: Resolution(Proposal.CHANGE, "1.2"),
        "name": Resolution(Proposal.TAKE),
        LONGEST: Resolution(Proposal.TAKE),
    }
    assert decided(own, found, resolutions) == {DEPTH: "1.2", CLEANSE: 10}
    with pytest.raises(NoSuchOverride):
        decided(own, found, {"summary": Resolution(Proposal.KEEP)})
