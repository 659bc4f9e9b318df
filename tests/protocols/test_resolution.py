"""What applies in a clinic: HQ's version under the layers of jurisdictions and the clinic."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.seed.content import TEMPLATES
from schema.errors import RuleViolation, ValidationFailed
from schema.protocols.rules import Layer, LayerKind, at, content_faults, leaves, lock_of, resolve
from schema.protocols.rules.kinds import Lock
from schema.protocols.rules.violations import (
    BelowHealingGuard,
    FieldLocked,
    InvalidValue,
    OutOfBounds,
    UnknownPath,
)

TEMPLATE = next(each for each in TEMPLATES if each.code == "MN-MEDICAL")
CONTENT = TEMPLATE.content
DEPTH = "parameters.needle_depth_mm.default"
MIN_DAYS = "intervalRules.GENERAL.minDays"

VALUES = {
    DEPTH: "1.5",
    "steps.CLEANSE.minutes.typical": 10,
    "steps.CLEANSE.minutes.max": 15,
    "steps.NUMB_WAIT.minutes.typical": 25,
    MIN_DAYS: 35,
    "intervalRules.GENERAL.preferredDays": 42,
    "sessionCounts.STANDARD.default": 4,
    "name": "Needling at our place",
}
open_paths = st.sampled_from([DEPTH, *(each.path for each in CONTENT.locks)])
values = st.one_of(
    st.integers(-50, 400),
    st.decimals(-5, 50, places=1),
    st.booleans(),
    st.text(max_size=8),
    st.none(),
)


def clinic(overrides) -> Layer:
    return Layer(LayerKind.CLINIC, "RALEIGH", overrides)


def test_without_overrides_hq_applies():
    found = resolve(CONTENT, [clinic({}), Layer(LayerKind.JURISDICTION, "US", {})])
    assert found.content is CONTENT
    assert found.changes == ()


def test_override_replaces_one_field_and_says_so():
    found = resolve(CONTENT, [clinic({DEPTH: "1.5"})])
    assert at(found.content, DEPTH) == Decimal("1.5")
    (change,) = found.changes
    assert (change.path, change.layer, change.layer_name) == (DEPTH, LayerKind.CLINIC, "RALEIGH")
    assert (change.before, change.after) == (Decimal("1.0"), Decimal("1.5"))
    before, after = dict(leaves(CONTENT)), dict(leaves(found.content))
    assert {path for path in before if before[path] != after[path]} == {DEPTH}


@given(st.permutations(list(VALUES.items())))
def test_order_of_rows_does_not_matter(rows):
    assert resolve(CONTENT, [clinic(dict(rows))]) == resolve(CONTENT, [clinic(VALUES)])


@given(st.permutations([("US", "1.5"), ("US-NC", "0.8"), ("clinic", "0.7")]))
def test_order_of_layers_does_not_matter(named):
    layers = [
        clinic({DEPTH: depth})
        if name == "clinic"
        else Layer(LayerKind.JURISDICTION, name, {DEPTH: depth})
        for name, depth in named
    ]
    found = resolve(CONTENT, layers)
    assert at(found.content, DEPTH) == Decimal("0.7")
    assert [(each.layer_name, each.before) for each in found.changes] == [
        ("US", Decimal("1.0")),
        ("US-NC", Decimal("1.5")),
        ("RALEIGH", Decimal("0.8")),
    ]


def test_clinic_is_held_to_what_the_jurisdiction_leaves():
    capped = Layer(LayerKind.JURISDICTION, "US-NC", {"parameters.needle_depth_mm.max": "1.0"})
    with pytest.raises(OutOfBounds):
        resolve(CONTENT, [clinic({DEPTH: "1.5"}), capped])


@given(open_paths, values)
def test_what_is_accepted_is_within_bounds(path, value):
    try:
        found = resolve(CONTENT, [clinic({path: value})])
    except RuleViolation:
        return
    lock, accepted = lock_of(CONTENT, path), at(found.content, path)
    assert lock.lock is not Lock.LOCKED
    assert type(accepted) is type(at(CONTENT, path))
    if isinstance(accepted, int | Decimal):
        assert lock.min is None or accepted >= lock.min
        assert lock.max is None or accepted <= lock.max
    assert content_faults(found.content, TEMPLATE.kind) == []


@given(st.sampled_from([path for path, _ in leaves(CONTENT)]), values)
def test_what_hq_does_not_open_stays_locked(path, value):
    if lock_of(CONTENT, path).lock is Lock.LOCKED:
        with pytest.raises((FieldLocked, InvalidValue)):
            resolve(CONTENT, [clinic({path: value})])


@pytest.mark.parametrize(
    ("path", "value", "refusal"),
    [
        ("steps.NEEDLE.minutes.typical", 25, FieldLocked),
        ("steps.NEEDLE.key", "PUNCTURE", FieldLocked),
        ("steps.NEEDLE", 1, UnknownPath),
        ("steps", 1, InvalidValue),
        ("steps.POLISH.minutes.typical", 10, UnknownPath),
        ("steps.NEEDLE.minutes.typical.more", 10, UnknownPath),
        ("nothing", 1, UnknownPath),
        ("", 1, UnknownPath),
        (DEPTH, "2.6", OutOfBounds),
        (DEPTH, "0.4", OutOfBounds),
        (DEPTH, "deep", InvalidValue),
        (DEPTH, "NaN", InvalidValue),
        (DEPTH, 1.5, InvalidValue),
        (DEPTH, True, InvalidValue),
        (DEPTH, None, InvalidValue),
        (MIN_DAYS, 13, BelowHealingGuard),
        (MIN_DAYS, 27, OutOfBounds),
        (MIN_DAYS, "28", InvalidValue),
        ("name", 5, InvalidValue),
    ],
)
def test_clinic_may_not_set(path, value, refusal):
    with pytest.raises(refusal):
        resolve(CONTENT, [clinic({path: value})])


def test_healing_guard_holds_for_jurisdictions_too():
    with pytest.raises(BelowHealingGuard):
        resolve(CONTENT, [Layer(LayerKind.JURISDICTION, "US", {MIN_DAYS: 13})])


def test_jurisdiction_may_set_what_is_locked_but_not_pass_the_ceiling():
    locked = {"steps.NEEDLE.minutes.typical": 25}
    found = resolve(CONTENT, [Layer(LayerKind.JURISDICTION, "US", locked)])
    assert at(found.content, "steps.NEEDLE.minutes.typical") == 25
    with pytest.raises(OutOfBounds):
        resolve(CONTENT, [Layer(LayerKind.JURISDICTION, "US", {DEPTH: "2.6"})])


def test_a_protocol_keeps_a_name():
    with pytest.raises(ValidationFailed):
        resolve(CONTENT, [clinic({"name": " "})])


def test_values_that_contradict_each_other_are_refused_together():
    with pytest.raises(ValidationFailed) as refused:
        resolve(CONTENT, [clinic({"steps.CLEANSE.minutes.typical": 10})])
    (violation,) = refused.value.violations
    assert violation.field == "steps.CLEANSE.minutes"
