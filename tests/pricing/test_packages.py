"""A package can be finished before it expires, or is not sold."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.pricing.rules import (
    InvalidPackage,
    PackageNotFeasible,
    PackageWarning,
    PastDay,
    check_end,
    check_package,
    late_variants,
    span_days,
    variant_name,
)
from schema.protocols.rules import (
    NEEDLE_DEPTH,
    CourseSeverity,
    HealingGuard,
    IntervalRule,
    ProtocolContent,
    Selector,
    Variant,
    spacing_for,
    spacings,
)
from tests.courses.versions import guard, spaced
from tests.pricing.terms import CONTENT, MEDICAL, START, package

COURSES = [each for each in CONTENT.values() if each.interval_rules]


CLINICAL = CONTENT["MN-CLINICAL"]
INDICATIONS = [each.key for each in CLINICAL.indications[:2]]
severities = st.sampled_from(CourseSeverity)
rule_depths = st.none() | st.decimals("0.3", "3.2", places=1)
selectors = st.builds(
    Selector,
    indication=st.none() | st.sampled_from(INDICATIONS),
    severity=st.none() | severities,
    from_depth_mm=rule_depths,
    below_depth_mm=rule_depths,
)


@st.composite
def contents(draw: st.DrawFn) -> ProtocolContent:
    """MN-CLINICAL with intervals and guards for whatever variants, as deep as drawn or needleless.

    One interval is for every variant, as a valid content has it.
    """
    rules = tuple(
        IntervalRule(
            key=f"R{number}",
            applies_to=draw(selectors) if number else Selector(),
            min_days=(least := draw(st.integers(1, 60))),
            preferred_days=least + 3,
            max_days=least + 9,
        )
        for number in range(draw(st.integers(1, 4)))
    )
    guards = tuple(
        HealingGuard(
            key=f"G{number}",
            applies_to=draw(selectors),
            areas=tuple(draw(st.sampled_from([(), ("FACE",), ("SCALP", "NECK")]))),
            min_days=draw(st.integers(1, 60)),
            source="A study.",
        )
        for number in range(draw(st.integers(0, 3)))
    )
    (depth,) = (each for each in CLINICAL.parameters if each.key == NEEDLE_DEPTH)
    least, most = sorted(draw(st.tuples(*[st.decimals("0.5", "3.0", places=1)] * 2)))
    depth = replace(depth, min=least, max=most, default=draw(st.sampled_from([least, most])))
    parameters = draw(st.sampled_from([(), (depth,)]))
    return replace(CLINICAL, interval_rules=rules, healing_guards=guards, parameters=parameters)


def sold(content: ProtocolContent, severity: CourseSeverity | None) -> Iterator[Variant]:
    """Every variant to the tenth of a millimetre, tried one after another."""
    indications = [None, *(each.key for each in content.indications[:3])]
    depth = content.parameter(NEEDLE_DEPTH)
    tenths = [Decimal(each) / 10 for each in range(0, 40)] if depth else []
    depths = [each for each in tenths if depth and depth.lowest <= each <= depth.highest]
    of_severity = [severity] if severity else list(CourseSeverity)
    for indication, one, deep in product(indications, of_severity, [None, *depths]):
        yield Variant(indication, one, deep)


@given(
    st.sampled_from(COURSES) | contents(),
    st.none() | severities,
    st.integers(2, 12),
    st.integers(1, 700),
)
def test_a_package_is_judged_for_every_variant_it_is_sold_for(
    content: ProtocolContent, severity: CourseSeverity | None, sessions: int, validity: int
) -> None:
    intervals = {each: spacing_for(content, each) for each in sold(content, severity)}
    taken = {each: span_days(sessions, rule.min_days) for each, rule in intervals.items() if rule}
    told = {"severity": severity, "sessions": sessions, "validity_days": validity}
    late = late_variants(spacings(content), **told)
    assert {each.days_needed for each in late} == {
        each for each in taken.values() if each > validity
    }
    for each in late:
        interval = spacing_for(content, each.variant)
        assert interval is not None
        assert span_days(sessions, interval.min_days) == each.days_needed
    if min(taken.values()) > validity:
        with pytest.raises(PackageNotFeasible) as refused:
            check_package(content, **told)
        assert refused.value.days_needed == min(taken.values())
        return
    warned = check_package(content, **told)
    not_fitting = [each.message for each in warned if each.code == "VARIANT_DOES_NOT_FIT"]
    assert len(not_fitting) == len({each for each in taken.values() if each > validity})
    if late:
        assert variant_name(late[0].variant) in not_fitting[0]
        assert f"at least {late[0].days_needed} days" in not_fitting[0]
    slowest = max(
        rule.max_days for each, rule in intervals.items() if rule and taken[each] <= validity
    )
    paces = [each for each in warned if each.code != "VARIANT_DOES_NOT_FIT"]
    assert bool(paces) == ((sessions - 1) * slowest > validity)


def test_deep_needling_outlasts_a_package_for_the_usual_depth() -> None:
    """MN-CLINICAL waits 28 days, and 42 from 1.5 mm on."""
    told = {"severity": CourseSeverity.SEVERE, "sessions": 6}
    with pytest.raises(PackageNotFeasible, match="at least 140 days; the package ends after 139"):
        check_package(CLINICAL, **told, validity_days=139)
    variant, pace = check_package(CLINICAL, **told, validity_days=209)
    assert variant == PackageWarning(
        "VARIANT_DOES_NOT_FIT",
        "For SEVERE concerns at 1.5 mm, 6 sessions take at least 210 days; the package ends after"
        " 209.",
    )
    assert pace.code == "LONGEST_INTERVAL_DOES_NOT_FIT"
    (pace,) = check_package(CLINICAL, **told, validity_days=210)
    assert pace.message == (
        "At the preferred interval for SEVERE concerns at 1.5 mm, 49 days, 6 sessions take 245"
        " days; the package ends after 210."
    )
    assert check_package(CLINICAL, **told, validity_days=280) == ()


def test_a_rule_beyond_the_depths_allowed_does_not_count() -> None:
    (depth,) = (each for each in CLINICAL.parameters if each.key == NEEDLE_DEPTH)
    most = Decimal("1.4")
    shallow = replace(CLINICAL, parameters=(replace(depth, max=most, ceiling=most),))
    assert check_package(shallow, severity=None, sessions=3, validity_days=84) == ()


def test_a_package_for_any_severity_may_fit_one_only() -> None:
    (rule,) = MEDICAL.interval_rules
    severe = Selector(severity=CourseSeverity.SEVERE)
    slow = replace(rule, key="SEVERE", applies_to=severe, min_days=70, max_days=84)
    content = replace(MEDICAL, interval_rules=(rule, replace(slow, preferred_days=70)))
    (warning,) = check_package(content, severity=None, sessions=3, validity_days=112)
    assert warning.code == "VARIANT_DOES_NOT_FIT"
    assert warning.message.startswith("For SEVERE concerns, 3 sessions take at least 140 days;")
    with pytest.raises(PackageNotFeasible):
        check_package(content, severity=CourseSeverity.SEVERE, sessions=3, validity_days=112)


def test_eight_sessions_at_eight_weeks_outlast_a_year() -> None:
    """The example of domain.md: possible at the preferred interval, and yet to be known."""
    assert span_days(8, 56) == 392
    (warning,) = check_package(MEDICAL, severity=None, sessions=8, validity_days=365)
    assert warning.code == "LONGEST_INTERVAL_DOES_NOT_FIT"
    assert "392 days" in warning.message


def test_warns_where_only_the_shortest_interval_fits() -> None:
    (warning,) = check_package(MEDICAL, severity=None, sessions=8, validity_days=300)
    assert warning.code == "PREFERRED_INTERVAL_DOES_NOT_FIT"
    assert check_package(MEDICAL, severity=None, sessions=8, validity_days=392) == ()


def test_a_package_is_for_whatever_areas_heal_longest() -> None:
    """Three sessions: at ten days where only hands heal so fast, at 28 where the face needs it."""
    hands, face = spaced(10, 10, 28, guard(10, "HANDS")), spaced(20, 20, 28, guard(28, "FACE"))
    for content, least in ((hands, 28), (face, 56)):
        allowed = {"severity": None, "sessions": 3}
        check_package(content, **allowed, validity_days=least)
        with pytest.raises(PackageNotFeasible) as refused:
            check_package(content, **allowed, validity_days=least - 1)
        assert refused.value.days_needed == least


def test_one_session_fits_any_validity() -> None:
    assert check_package(MEDICAL, severity=None, sessions=1, validity_days=1) == ()
    assert check_package(CONTENT["CONSULT"], severity=None, sessions=1, validity_days=1) == ()


def test_a_consultation_is_not_given_in_courses() -> None:
    with pytest.raises(PackageNotFeasible):
        check_package(CONTENT["CONSULT"], severity=None, sessions=2, validity_days=365)


@pytest.mark.parametrize(
    ("sessions", "validity", "field"),
    [
        (0, 365, "sessions"),
        (51, 365, "sessions"),
        (3, 0, "validityDays"),
        (3, 9999, "validityDays"),
    ],
)
def test_nonsense_is_named(sessions: int, validity: int, field: str) -> None:
    with pytest.raises(InvalidPackage) as refused:
        check_package(MEDICAL, severity=None, sessions=sessions, validity_days=validity)
    assert refused.value.field == field


def test_a_package_ends_today_or_later() -> None:
    sold = package(30_000)
    check_end(sold, START, START)
    with pytest.raises(PastDay):
        check_end(sold, START, START + timedelta(1))
    with pytest.raises(InvalidPackage):
        check_end(sold, START - timedelta(1), START - timedelta(2))
    ended = package(30_000, valid_to=START)
    check_end(ended, START + timedelta(3), START)
    with pytest.raises(InvalidPackage):
        check_end(ended, START + timedelta(3), START + timedelta(1))
