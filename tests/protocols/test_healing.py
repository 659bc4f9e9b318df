"""How long skin heals: two weeks, or what HQ set for a variant and an area."""

from dataclasses import replace
from decimal import Decimal
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.seed.content import TEMPLATES
from schema.protocols.rules import (
    HEALING_GUARD_DAYS,
    ChangeClass,
    CourseSeverity,
    HealingGuard,
    Indication,
    ProtocolContent,
    ProtocolKind,
    Selector,
    Variant,
    approvals_needed,
    content_faults,
    diff,
    healing_guard_days,
    interval_for,
    spacing_for,
)
from schema.protocols.rules.effects import guards_effect, intervals_effect
from schema.protocols.rules.healing import shortest_guard_days
from schema.protocols.rules.violations import BelowHealingGuard

MEDICAL = next(each.content for each in TEMPLATES if each.code == "MN-MEDICAL")
AREAS = [each.key for each in MEDICAL.areas]
INDICATIONS = [each.key for each in MEDICAL.indications]

depths = st.none() | st.decimals("0.5", "2.5", places=1)
severities = st.sampled_from(CourseSeverity)
variants = st.builds(Variant, st.none() | st.sampled_from(INDICATIONS[:2]), severities, depths)
selectors = st.builds(
    Selector,
    indication=st.none() | st.sampled_from(INDICATIONS[:2]),
    severity=st.none() | severities,
    from_depth_mm=depths,
    below_depth_mm=depths,
)
areas = st.lists(st.sampled_from(AREAS), min_size=1, unique=True)


@st.composite
def guarded(draw: st.DrawFn) -> ProtocolContent:
    """The template with guards and an interval rule of any length."""
    guards = tuple(
        HealingGuard(
            key=f"G{number}",
            applies_to=draw(selectors),
            areas=tuple(draw(st.just([]) | areas)),
            min_days=draw(st.integers(1, 60)),
            source="Study.",
        )
        for number in range(draw(st.integers(0, 5)))
    )
    least, preferred, most = sorted(draw(st.tuples(*[st.integers(1, 90)] * 3)))
    (rule, *_) = MEDICAL.interval_rules
    rule = replace(rule, min_days=least, preferred_days=preferred, max_days=most)
    return replace(MEDICAL, healing_guards=guards, interval_rules=(rule,))


def guard(days: int, *areas: str, key: str = "G", **applies_to: object) -> HealingGuard:
    return HealingGuard(
        key=key,
        applies_to=Selector(**applies_to),  # type: ignore[arg-type]  # one row of a table
        areas=areas,
        min_days=days,
        source="Study.",
    )


def with_guards(*guards: HealingGuard) -> ProtocolContent:
    return replace(MEDICAL, healing_guards=guards)


@given(guarded(), variants, areas)
def test_no_interval_goes_below_the_guard(content, variant, treated):
    least = healing_guard_days(content, variant, treated)
    found = spacing_for(content, variant, treated)
    assert found is not None
    assert least <= found.min_days <= found.preferred_days <= found.max_days


@given(guarded(), variants, areas)
def test_an_interval_is_only_ever_lifted(content, variant, treated):
    rule, found = interval_for(content, variant), spacing_for(content, variant, treated)
    assert rule is not None
    assert found is not None
    assert found.min_days >= rule.min_days
    if rule.min_days >= healing_guard_days(content, variant, treated):
        assert found == rule


@given(guarded(), variants, areas, st.sampled_from(AREAS))
def test_another_area_never_shortens(content, variant, treated, more):
    few = healing_guard_days(content, variant, treated)
    assert healing_guard_days(content, variant, [*treated, more]) >= few


@given(guarded(), variants, areas)
def test_who_does_not_know_the_areas_goes_below_no_guard(content, variant, treated):
    unknown, known = spacing_for(content, variant), spacing_for(content, variant, treated)
    assert unknown is not None
    assert known is not None
    assert unknown.min_days >= known.min_days


@given(guarded(), variants, st.sampled_from(AREAS), st.integers(1, 60))
def test_a_guard_for_another_area_changes_nothing(content, variant, area, days):
    others = [each for each in AREAS if each != area]
    more = (*content.healing_guards, guard(days, *others, key="OTHER"))
    found = healing_guard_days(replace(content, healing_guards=more), variant, [area])
    assert found == healing_guard_days(content, variant, [area])


@given(variants, areas)
def test_without_guards_it_is_two_weeks(variant, treated):
    assert healing_guard_days(MEDICAL, variant, treated) == HEALING_GUARD_DAYS == 14


@given(guarded(), selectors, variants, areas)
def test_the_shortest_guard_is_no_longer_than_any_that_is_not_above_two_weeks(
    content, selector, variant, treated
):
    if selector.fits(variant):
        shortest = shortest_guard_days(content, selector)
        assert shortest <= min(14, healing_guard_days(content, variant, treated))


@given(guarded(), st.randoms())
def test_the_order_of_guards_does_not_matter(content, random):
    shuffled = list(content.healing_guards)
    random.shuffle(shuffled)
    other = replace(content, healing_guards=tuple(shuffled))
    for area in AREAS:
        found = healing_guard_days(content, Variant(), [area])
        assert healing_guard_days(other, Variant(), [area]) == found


SEVERE = CourseSeverity.SEVERE
CHOICES = [
    ((guard(10),), Variant(), ["FACE"], 10),
    ((guard(10, "FACE"),), Variant(), ["FACE"], 10),
    ((guard(10, "FACE"),), Variant(), ["NECK"], 14),
    ((guard(10, "FACE"),), Variant(), ["FACE", "NECK"], 14),
    ((guard(28, "FACE"),), Variant(), ["FACE", "NECK"], 28),
    ((guard(28), guard(10, "FACE")), Variant(), ["FACE"], 10),
    ((guard(28, severity=SEVERE), guard(10, "FACE")), Variant(severity=SEVERE), ["FACE"], 28),
    ((guard(9, severity=SEVERE), guard(10)), Variant(severity=SEVERE), ["FACE"], 9),
    ((guard(9, severity=SEVERE), guard(10)), Variant(), ["FACE"], 10),
    ((guard(21, from_depth_mm=Decimal("2.0")),), Variant(depth_mm=Decimal("2.0")), ["FACE"], 21),
    ((guard(21, from_depth_mm=Decimal("2.0")),), Variant(depth_mm=Decimal("1.9")), ["FACE"], 14),
    ((guard(7, below_depth_mm=Decimal("2.0")),), Variant(), ["FACE"], 7),
]


@pytest.mark.parametrize(("guards", "variant", "treated", "days"), CHOICES)
def test_the_most_specific_guard_counts(guards, variant, treated, days):
    assert healing_guard_days(with_guards(*guards), variant, treated) == days


@pytest.mark.parametrize(("days", "approvals"), [(13, 2), (14, 1), (28, 1)])
def test_below_two_weeks_two_people_approve(days, approvals):
    assert approvals_needed(with_guards(guard(days, "FACE"))) == approvals
    assert approvals_needed(MEDICAL) == 1


def hasty(days: int, *guards: HealingGuard) -> list[str | None]:
    """What is said of an interval rule of so few days under these guards."""
    (rule, *_) = MEDICAL.interval_rules
    content = replace(
        MEDICAL,
        interval_rules=(replace(rule, min_days=days, preferred_days=90, max_days=99),),
        healing_guards=guards,
        locks=(),
    )
    faults = content_faults(content, ProtocolKind.TREATMENT)
    assert all(isinstance(each, BelowHealingGuard) for each in faults)
    return [each.field for each in faults]


def test_a_shorter_guard_lets_an_interval_be_shorter_and_no_more():
    refused = ["intervalRules.GENERAL.minDays"]
    assert hasty(13) == refused
    assert hasty(10, guard(10, "HANDS")) == []
    assert hasty(9, guard(10, "HANDS")) == refused
    assert hasty(10, guard(10, severity=SEVERE)) == []


def test_a_longer_guard_lifts_an_interval_without_being_a_fault():
    assert hasty(14, guard(28, "FACE")) == []
    (rule, *_) = MEDICAL.interval_rules
    content = replace(with_guards(guard(60, "FACE")), interval_rules=(replace(rule, min_days=14),))
    lifted, other = (spacing_for(content, Variant(), [each]) for each in ("FACE", "NECK"))
    assert lifted is not None
    assert other is not None
    assert (lifted.min_days, other.min_days) == (60, 14)


@given(guarded(), guarded(), st.data())
def test_who_waits_less_is_found_whatever_the_variant(old, new, data):
    """What is judged by few variants holds for all of them."""
    if guards_effect(old, new) is ChangeClass.SAFETY_LOOSENING:
        return
    variant, treated = data.draw(variants), data.draw(areas)
    before, after = (healing_guard_days(each, variant, treated) for each in (old, new))
    assert before <= after


@given(st.lists(selectors, max_size=5), st.lists(selectors, max_size=5), variants, st.data())
def test_no_variant_is_treated_sooner_unless_it_is_said(before, after, variant, data):
    old, new = (
        replace(
            MEDICAL,
            interval_rules=tuple(
                replace(
                    MEDICAL.interval_rules[0],
                    key=f"R{number}",
                    applies_to=each,
                    min_days=data.draw(st.integers(14, 60)),
                )
                for number, each in enumerate(chosen)
            ),
        )
        for chosen in (before, after)
    )
    sooner, later = (interval_for(each, variant) for each in (old, new))
    if (later.min_days if later else 0) < (sooner.min_days if sooner else 0):
        assert intervals_effect(old, new) is ChangeClass.SAFETY_LOOSENING


def test_rules_for_many_variants_are_compared_at_once():
    """Eighty rules took two and a half seconds: only those of one indication are compared."""
    some = tuple(Indication(key=f"I{number}", name="Some") for number in range(80))
    rules = tuple(
        replace(
            MEDICAL.interval_rules[0],
            key=f"R{number}",
            applies_to=Selector(indication=each.key, from_depth_mm=Decimal(number) / 100),
        )
        for number, each in enumerate(some)
    )
    content = replace(MEDICAL, indications=some, interval_rules=rules)
    began = process_time()
    (found,) = diff(content, replace(content, interval_rules=rules[:-1]))
    assert found.meaning is ChangeClass.SAFETY_LOOSENING
    assert process_time() - began < 1
