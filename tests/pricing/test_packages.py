"""A package can be finished before it expires, or is not sold."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.pricing.rules import (
    InvalidPackage,
    PackageNotFeasible,
    PastDay,
    check_end,
    check_package,
    span_days,
)
from schema.protocols.rules import CourseSeverity, Variant, interval_for
from tests.courses.versions import guard, spaced
from tests.pricing.terms import CONTENT, MEDICAL, START, package

COURSES = [each for each in CONTENT.values() if each.interval_rules]


@given(st.sampled_from(COURSES), st.integers(2, 12), st.integers(1, 700))
def test_what_is_sold_can_be_finished(content, sessions: int, validity: int) -> None:
    interval = interval_for(content, Variant())
    assert interval
    least = (sessions - 1) * interval.min_days
    severity = CourseSeverity.STANDARD
    if least > validity:
        with pytest.raises(PackageNotFeasible):
            check_package(content, severity=severity, sessions=sessions, validity_days=validity)
    else:
        warned = check_package(
            content, severity=severity, sessions=sessions, validity_days=validity
        )
        assert bool(warned) == ((sessions - 1) * interval.max_days > validity)


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
