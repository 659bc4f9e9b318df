"""Visits that cannot be scheduled: told when they are written, for every session there may be."""

import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest

from schema.errors import RuleViolation
from schema.protocols.rules import (
    AddOnRule,
    Anchor,
    CourseSeverity,
    Freshness,
    Lane,
    Minutes,
    ProtocolContent,
    ProtocolKind,
    ResourceKind,
    ResourceNeed,
    Selector,
    StepExtension,
    Variant,
    check_add_ons,
    content_faults,
)
from schema.protocols.rules.parallel import scheduling_faults
from schema.protocols.rules.timing import segments, visit_steps
from schema.protocols.rules.violations import AddOnNotAllowed
from tests.protocols.broken import CONTENT, PRP, add_on, need, own_step, with_add_ons

NUMBING = CONTENT.steps[4].parallel
assert NUMBING is not None
BLOOD = replace(NUMBING, lane="BLOOD")
SEVERE = Selector(severity=CourseSeverity.SEVERE)
STANDARD = Selector(severity=CourseSeverity.STANDARD)
NURSE = need("NURSE", ResourceKind.PRACTITIONER, "NURSE")
PHLEBOTOMIST = need("PHLEBOTOMIST", ResourceKind.PRACTITIONER, "PHLEBOTOMIST")
DEEP = Selector(from_depth_mm=Decimal(2))
SHALLOW = Selector(below_depth_mm=Decimal(2))


def between(key: str = "POLISH", **changes: Any) -> AddOnRule:
    """An add-on whose step goes between the wait and what joins it in parallel."""
    parallel = changes.pop("parallel", None)
    return add_on(key, own_step(key, "NUMB_WAIT", parallel=parallel), **changes)


def first(rule: AddOnRule) -> ProtocolContent:
    """The content with an add-on whose steps come before those of the others."""
    return replace(CONTENT, add_ons=(rule, *CONTENT.add_ons))


def beside(*keys: str, lane: str | None = None) -> ProtocolContent:
    """The content with some steps in lanes of their own beside the wait, or in one lane."""
    steps = tuple(
        replace(each, parallel=Lane(group="NUMBING", lane=lane or each.key))
        if each.key in keys
        else each
        for each in CONTENT.steps
    )
    return replace(CONTENT, steps=steps)


def off(rule: AddOnRule) -> AddOnRule:
    steps = tuple(replace(each, optional=True, on_by_default=False) for each in rule.steps)
    return replace(rule, steps=steps)


def room(*kinds: str) -> ResourceNeed:
    return need("ROOM", ResourceKind.ROOM, *kinds)


def fresh(prepared_by: str, used_by: str) -> Freshness:
    return Freshness(prepared_by=prepared_by, used_by=used_by, within_minutes=90)


def of_variant(rule: AddOnRule, selector: Selector) -> AddOnRule:
    return replace(rule, steps=tuple(replace(each, applies_to=selector) for each in rule.steps))


def faults(content: ProtocolContent) -> list[RuleViolation]:
    found = list(scheduling_faults(content))
    said = {each.message for each in content_faults(content, ProtocolKind.TREATMENT)}
    assert {each.message for each in found} <= said
    return found


def with_prp(rule: AddOnRule, *before: AddOnRule) -> ProtocolContent:
    """The content with this in place of PRP, and others before it."""
    others = (each for each in CONTENT.add_ons if each.key != "PRP")
    return replace(CONTENT, add_ons=(*before, rule, *others))


def extending(step: str, *needs: ResourceNeed, **changes: Any) -> AddOnRule:
    extension = StepExtension(step=step, extra_minutes=Minutes(0, 0, 0), needs=needs)
    return add_on("HELP", extends_steps=(extension,), **changes)


def applied(**changes: Any) -> AddOnRule:
    """PRP with another last step."""
    return replace(PRP, steps=(*PRP.steps[:2], replace(PRP.steps[2], **changes)))


POSSIBLE = {
    "as it is": CONTENT,
    "joins the lane": first(between(parallel=NUMBING)),
    "comes after the group": with_add_ons(between()),
    "excludes it": first(between(excludes=("PRP",))),
    "is excluded by it": with_prp(replace(PRP, excludes=("SERUM", "POLISH")), between()),
    "requires what excludes it": with_prp(
        PRP, between(requires=("GEM",)), add_on("GEM", excludes=("PRP",))
    ),
    "comes alone": first(between(at_most=1)),
    "another severity": with_prp(of_variant(PRP, STANDARD), of_variant(between(), SEVERE)),
    "another depth": with_prp(of_variant(PRP, SHALLOW), of_variant(between(), DEEP)),
    "never takes place": first(off(between())),
    "another role helps": with_add_ons(extending("NUMB_WAIT", NURSE)),
    "helps without it": with_add_ons(extending("NUMB_WAIT", PHLEBOTOMIST, excludes=("PRP",))),
    "one room for both": with_add_ons(
        add_on("GEM", own_step("SET", "NEEDLE", needs=(room("TREATMENT", "LABORATORY"),)))
    ),
}


@pytest.mark.parametrize("content", POSSIBLE.values(), ids=POSSIBLE.keys())
def test_what_no_session_has_together_is_no_fault(content):
    assert faults(content) == []


DRAW, SPIN = "addOns.PRP.steps.PRP_DRAW", "addOns.PRP.steps.PRP_SPIN"
IMPOSSIBLE = {
    "an add-on comes between": (
        first(between()),
        f"{DRAW}.parallel",
        "NUMB_WAIT → POLISH → PRP_DRAW interrupts the group NUMBING",
    ),
    "between in some variants": (
        first(of_variant(between(), SEVERE)),
        f"{DRAW}.parallel",
        "NUMB_WAIT → POLISH → PRP_DRAW",
    ),
    "between in variants that share some": (
        with_prp(of_variant(PRP, DEEP), of_variant(between(), SEVERE)),
        f"{DRAW}.parallel",
        "NUMB_WAIT → POLISH → PRP_DRAW",
    ),
    "between, and required": (
        with_prp(replace(PRP, requires=("POLISH",)), between()),
        f"{DRAW}.parallel",
        "NUMB_WAIT → POLISH → PRP_DRAW",
    ),
    "a group goes on later": (
        beside("SOOTHE", lane="WAIT"),
        "steps.SOOTHE.parallel",
        "NUMB_WAIT → NEEDLE → SOOTHE",
    ),
    "the same practitioner in two lanes": (
        beside("NUMB_APPLY", "NEEDLE"),
        "steps.NEEDLE.parallel",
        "OPERATOR cannot be in two lanes, in NUMB_APPLY and NEEDLE",
    ),
    "an add-on's practitioner is needed in another lane": (
        with_add_ons(extending("NUMB_WAIT", PHLEBOTOMIST)),
        f"{DRAW}.parallel",
        "PHLEBOTOMIST cannot be in two lanes, in NUMB_WAIT and PRP_DRAW",
    ),
    "a room of two kinds": (
        with_add_ons(add_on("GEM", own_step("SET", "NEEDLE", needs=(room("LABORATORY"),)))),
        "addOns.GEM.steps.SET.needs.ROOM.anyOf",
        "ROOM is one and the same in SCREEN and SET",
    ),
    "a device of two classes": (
        with_add_ons(
            extending("NEEDLE", need("NEEDLE_DEVICE", ResourceKind.DEVICE, "NEEDLE_STAMP"))
        ),
        "addOns.HELP.extendsSteps.NEEDLE.needs.NEEDLE_DEVICE.anyOf",
        "no kind does for both",
    ),
    "used before it is prepared": (
        with_prp(replace(PRP, fresh=fresh("PRP_APPLY", "PRP_DRAW"))),
        "addOns.PRP.fresh.usedBy",
        "PRP_DRAW → PRP_SPIN → NEEDLE → PRP_APPLY → PRP_DRAW goes in a circle",
    ),
    "used while it is prepared": (
        with_prp(applied(parallel=replace(BLOOD, lane="FACE"), anchor=Anchor(step="NUMB_WAIT"))),
        "addOns.PRP.fresh.usedBy",
        "PRP_SPIN and PRP_APPLY run side by side",
    ),
    "prepared and used by one step": (
        with_prp(replace(PRP, fresh=fresh("PRP_SPIN", "PRP_SPIN"))),
        "addOns.PRP.fresh.usedBy",
        "goes in a circle",
    ),
}


@pytest.mark.parametrize(("content", "field", "said"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_cannot_be_scheduled_is_told_with_its_way(content, field, said):
    (found,) = faults(content)
    assert found.field == field
    assert "cannot be scheduled: " in found.message
    assert said in found.message


def test_every_session_of_a_content_without_faults_is_one_segment_a_group():
    """By the look at the longest visit alone: no variant nor add-on was left out."""
    for content in POSSIBLE.values():
        for variant, add_ons in sessions(content):
            groups = [
                segment[0].parallel.group
                for segment in segments(visit_steps(content, ("FACE",), variant, add_ons))
                if segment[0].parallel
            ]
            assert len(set(groups)) == len(groups)


def sessions(content: ProtocolContent) -> Iterator[tuple[Variant, tuple[str, ...]]]:
    """Every company of add-ons that one session may have, for some variants."""
    keys = [each.key for each in content.add_ons]
    for size in range(len(keys) + 1):
        for chosen in combinations(keys, size):
            try:
                check_add_ons(content.add_ons, chosen)
            except AddOnNotAllowed:
                continue
            for severity in CourseSeverity:
                for depth in (Decimal(1), Decimal(2)):
                    yield Variant(severity=severity, depth_mm=depth), chosen


def test_the_cost_is_bounded():
    """Thirty add-ons, each in two variants, that all interrupt, of which none may come."""
    selectors = [Selector(indication=each.key) for each in CONTENT.indications]
    many = [
        of_variant(between(f"A{number}", excludes=("PRP",)), selectors[number % len(selectors)])
        for number in range(90)
    ]
    content = with_prp(PRP, *many)
    began = time.perf_counter()
    assert list(scheduling_faults(content)) == []
    assert time.perf_counter() - began < 0.1


def lane(key: str, name: str, *, on: bool = True, **changes: Any) -> Any:
    step = replace(CONTENT.steps[0], key=key, parallel=Lane(group="GROUP", lane=name))
    return replace(step, needs=(), optional=not on, on_by_default=on, **changes)


def test_a_long_group_among_what_never_takes_place_is_judged_at_once():
    """It took a second and a half: every two steps of the group, around every other one."""
    steps = tuple(lane(f"S{number}", "LANE") for number in range(100))
    off = replace(own_step("OFF", "S0"), optional=True, on_by_default=False)
    many = [
        add_on(
            f"A{number}",
            replace(off, key=f"OFF{number}", anchor=Anchor(step=f"S{number}")),
            replace(lane(f"ON{number}", "LANE"), anchor=Anchor(step=f"S{number}")),
        )
        for number in range(97)
    ]
    began = time.process_time()
    faults = scheduling_faults(replace(CONTENT, steps=steps, add_ons=tuple(many)))
    assert list(faults) == []
    assert time.process_time() - began < 0.5


def test_who_is_asked_for_by_many_in_steps_that_never_meet_is_judged_at_once():
    """It took six seconds: every two of two thousand needs."""
    nurse = need("NURSE", ResourceKind.PRACTITIONER, "NURSE")
    steps = tuple(
        lane(
            f"S{number}",
            f"LANE{number}",
            applies_to=Selector(from_depth_mm=Decimal(number), below_depth_mm=Decimal(number + 1)),
        )
        for number in range(99)
    )
    extending = tuple(
        StepExtension(step=each.key, extra_minutes=Minutes(0, 0, 0), needs=(nurse,))
        for each in steps
    )
    many = [add_on(f"A{number}", extends_steps=extending) for number in range(10)]
    began = time.process_time()
    faults = scheduling_faults(replace(CONTENT, steps=steps, add_ons=tuple(many)))
    assert list(faults) == []
    assert time.process_time() - began < 0.5
