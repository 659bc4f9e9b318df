"""Windows between sessions: never too early, and in time for those that follow."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.courses.rules import (
    CourseNotActive,
    CourseNotFeasible,
    IntervalTooShort,
    InvalidDay,
    InvalidDepth,
    SessionCountRefused,
    Treated,
    check_active,
    check_depth,
    check_depth_allowed,
    check_feasible,
    check_interval,
    check_session_count,
    check_session_day,
    check_validity,
    earliest_after,
    next_windows,
    plan_sessions,
    spacing_in_force,
)
from schema.protocols.rules import (
    CourseSeverity,
    Overlay,
    ProtocolContent,
    Resolved,
    SessionCountRule,
    Set,
    Variant,
    healing_guard_days,
    resolve,
)
from schema.protocols.rules.violations import DepthNotAllowed
from tests.courses.versions import MIN_DAYS, guard, spaced
from tests.pricing.terms import CONTENT, MEDICAL

START = date(2026, 1, 1)


@dataclass(frozen=True)
class Days:
    min_days: int
    preferred_days: int
    max_days: int


spacings = st.lists(st.integers(1, 90), min_size=3, max_size=3).map(lambda d: Days(*sorted(d)))
counts = st.integers(1, 12)
validities = st.integers(1, 1_000)


@given(counts, spacings, validities)
def test_a_plan_that_fits_leaves_time_for_all(count: int, spacing: Days, validity: int) -> None:
    expires_on = START + timedelta(validity)
    least = timedelta(spacing.min_days)
    windows = plan_sessions(START, count, spacing, expires_on)
    assert len(windows) == count
    assert windows[0].earliest_on == START
    for window in windows:
        assert window.earliest_on <= window.preferred_on <= window.latest_on
    for one, other in pairwise(windows):
        assert other.earliest_on - one.earliest_on == least
    if START + (count - 1) * least <= expires_on:
        check_feasible(START, count, spacing, expires_on)
        for behind, window in enumerate(reversed(windows)):
            assert window.latest_on + behind * least <= expires_on
    else:
        with pytest.raises(CourseNotFeasible):
            check_feasible(START, count, spacing, expires_on)
        assert windows[-1].earliest_on > expires_on


@given(counts, spacings, validities, st.integers(0, 500))
def test_after_a_session_the_next_waits_and_lapses(
    remaining: int, spacing: Days, validity: int, done_after: int
) -> None:
    last_on = START + timedelta(done_after)
    windows = next_windows(last_on, remaining, spacing, START + timedelta(validity))
    assert len(windows) == remaining
    first = windows[0]
    assert first.earliest_on == earliest_after([Treated(START, 1), Treated(last_on, 1)], spacing)
    assert first.latest_on <= last_on + timedelta(spacing.max_days)


healed = st.tuples(st.integers(0, 200), st.integers(1, 60))


@given(st.lists(healed, max_size=5), st.integers(0, 200), spacings)
def test_a_day_is_refused_just_when_it_is_too_close(
    done: list[tuple[int, int]], day: int, spacing: Days
) -> None:
    """After a treatment its own guard counts as well as the interval; before it, the interval."""
    treated = [Treated(START + timedelta(each), heals) for each, heals in done]
    too_close = [
        abs(each - day) < spacing.min_days or 0 <= day - each < heals for each, heals in done
    ]
    if any(too_close):
        with pytest.raises(IntervalTooShort):
            check_interval(treated, START + timedelta(day), spacing, "doneOn")
    else:
        check_interval(treated, START + timedelta(day), spacing, "doneOn")


@given(st.lists(healed, min_size=1, max_size=5), spacings)
def test_a_day_said_to_be_free_is_not_refused(done: list[tuple[int, int]], spacing: Days) -> None:
    treated = [Treated(START + timedelta(each), heals) for each, heals in done]
    free = earliest_after(treated, spacing)
    assert free is not None
    check_interval(treated, free, spacing, "doneOn")
    with pytest.raises(IntervalTooShort):
        check_interval(treated, free - timedelta(1), spacing, "doneOn")


def resolved(version: ProtocolContent, law: int | None = None, own: int | None = None) -> Resolved:
    """What applies where the law, and the clinic, say at least so many days."""
    laws = [] if law is None else [Overlay("US", (Set(MIN_DAYS, law),))]
    return resolve(version, laws, {} if own is None else {MIN_DAYS: own}, "RALEIGH")


days = st.integers(14, 84)


@given(spacings, days, st.none() | days, st.none() | days, st.sampled_from(("FACE", "HANDS")))
def test_nothing_shortens_what_was_sold_nor_how_long_skin_heals(
    sold: Days, version: int, law: int | None, own: int | None, area: str
) -> None:
    content = spaced(version, 84, 90, guard(10, "HANDS"), guard(30, "FACE"))
    applied = resolved(content, law, own)
    found = spacing_in_force(sold, applied, Variant(), [area])
    assert found.min_days >= sold.min_days
    assert found.min_days >= healing_guard_days(applied.content, Variant(), [area])
    assert found.min_days <= found.preferred_days <= found.max_days
    if law is not None and law > version:
        assert found.min_days >= law


@given(st.integers(28, 84), st.none() | st.integers(28, 56))
def test_of_what_a_clinic_sets_later_nothing_reaches_what_was_sold(
    sold: int, own: int | None
) -> None:
    """MN-MEDICAL opens its interval to clinics, from 28 days on."""
    before = Days(sold, max(sold, 49), 90)
    assert spacing_in_force(before, resolved(MEDICAL, own=own), Variant(), ["FACE"]) == before


@pytest.mark.parametrize(
    ("sold", "law", "days"),
    [(42, 49, 49), (28, 49, 49), (28, None, 28), (56, 49, 56), (42, 42, 42)],
)
def test_the_law_lifts_what_was_sold(sold: int, law: int | None, days: int) -> None:
    found = spacing_in_force(Days(sold, 56, 60), resolved(MEDICAL, law), Variant(), ["FACE"])
    assert (found.min_days, found.preferred_days, found.max_days) == (days, 56, 60)


def test_eight_sessions_at_eight_weeks_do_not_fit_a_year() -> None:
    """Source: domain.md, "What must be computed" 1: they span 392 days."""
    eight_weeks = Days(56, 56, 56)
    with pytest.raises(CourseNotFeasible):
        check_feasible(START, 8, eight_weeks, START + timedelta(365))
    check_feasible(START, 8, eight_weeks, START + timedelta(392))


def test_untreated_areas_are_free() -> None:
    assert earliest_after([], Days(3, 5, 7)) is None


def test_session_counts_leave_the_rule_with_a_reason() -> None:
    rule = SessionCountRule(severity=CourseSeverity.STANDARD, min=3, default=3, max=4)
    for count in (3, 4):
        check_session_count(count, rule, None)
    for count in (2, 5):
        check_session_count(count, rule, "Deep scars.")
        for reason in (None, " "):
            with pytest.raises(SessionCountRefused):
                check_session_count(count, rule, reason)
    for count in (0, 51):
        with pytest.raises(SessionCountRefused):
            check_session_count(count, None, "Why not.")


def test_sessions_are_recorded_once_done_and_while_the_course_is_good() -> None:
    sold, expires, today = START, START + timedelta(100), START + timedelta(200)
    for day in (sold, expires):
        check_session_day(day, today, sold, expires)
    with pytest.raises(InvalidDay):
        check_session_day(today + timedelta(1), today, sold, expires)
    with pytest.raises(InvalidDay):
        check_session_day(sold - timedelta(1), today, sold, expires)
    with pytest.raises(CourseNotActive):
        check_session_day(expires + timedelta(1), today, sold, expires)
    check_active("ACTIVE")
    for state in ("COMPLETED", "CANCELLED", "EXPIRED"):
        with pytest.raises(CourseNotActive):
            check_active(state)


@pytest.mark.parametrize("depth", ["-0.1", "10.01", "0.125", "NaN", "Infinity"])
def test_needles_have_depths_in_hundredths(depth: str) -> None:
    with pytest.raises(InvalidDepth):
        check_depth(Decimal(depth))


def test_needles_go_as_deep_as_the_protocol_lets_them() -> None:
    for depth in ("0.5", "2.5"):
        check_depth_allowed(MEDICAL, Decimal(depth))
    for content, depth in ((MEDICAL, "0.49"), (MEDICAL, "2.51"), (CONTENT["CONSULT"], "0.5")):
        with pytest.raises(DepthNotAllowed):
            check_depth_allowed(content, Decimal(depth))


def test_depths_and_validities_in_their_bounds() -> None:
    for depth in (None, Decimal("0"), Decimal("0.25"), Decimal("10")):
        check_depth(depth)
    assert check_validity(1) == 1
    for days in (0, 1_831):
        with pytest.raises(CourseNotFeasible):
            check_validity(days)
