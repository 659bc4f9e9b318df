"""The rules of a search alone: days of a guest, and which of them come first."""

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schema.courses.rules import DaysBetween, IntervalTooShort, Treated, check_interval
from schema.errors import RuleViolation
from schema.scheduling.rules import CourseLeft, Guest, Stop, ends, heals, preferred_day

DAY = timedelta(days=1)
FIRST = date(2027, 1, 1)
DAYS = st.integers(-60, 120).map(lambda n: FIRST + n * DAY)
SPANS = st.tuples(DAYS, st.integers(0, 40)).map(
    lambda pair: Stop(pair[0], pair[0] + pair[1] * DAY, RuleViolation("No."))
)
SPACINGS = st.tuples(st.integers(1, 40), st.integers(0, 20), st.integers(0, 20)).map(
    lambda n: DaysBetween(n[0], n[0] + n[1], n[0] + n[1] + n[2])
)
TREATED = st.lists(st.builds(Treated, DAYS, st.integers(1, 40)), max_size=4)


def each_day(count: int) -> list[date]:
    return [FIRST + n * DAY for n in range(count)]


@given(st.lists(SPANS, max_size=6), st.integers(1, 63))
def test_a_guest_comes_on_the_days_that_nothing_stops(stops: list[Stop], count: int) -> None:
    days = each_day(count)
    guest = Guest(1, stops=tuple(stops))
    spans = guest.days(days[0], days[-1])
    found = [day for day in days if any(begin <= day <= end for begin, end in spans)]
    free = [day for day in days if not any(s.from_on <= day <= s.to_on for s in stops)]
    assert found == free
    assert [day for day in days if guest.refusal(day) is None] == free
    assert all(end + DAY < begin for (_, end), (begin, _) in itertools.pairwise(spans))


@given(TREATED, SPACINGS)
def test_healing_stops_the_days_that_booking_refuses(
    treated: list[Treated], spacing: DaysBetween
) -> None:
    stops = list(heals(treated, spacing, "window"))
    for day in each_day(180):
        stopped = any(each.from_on <= day <= each.to_on for each in stops)
        try:
            check_interval(treated, day, spacing, "startsAt")
        except IntervalTooShort:
            assert stopped
        else:
            assert not stopped


def test_a_course_ends_with_its_last_day_or_its_last_session() -> None:
    left = CourseLeft(FIRST + 30 * DAY, (FIRST, FIRST), 1)
    (over,) = ends(left)
    assert (over.from_on, over.to_on) == (FIRST + 31 * DAY, date.max)
    full, _ = ends(CourseLeft(FIRST + 30 * DAY, (FIRST,), 1))
    assert (full.from_on, full.to_on) == (date.min, date.max)


@given(TREATED, SPACINGS)
def test_no_day_is_best_on_which_skin_has_not_healed(
    treated: list[Treated], spacing: DaysBetween
) -> None:
    best = preferred_day(treated, spacing, None)
    if not treated:
        assert best is None
        return
    assert best is not None
    assert best >= max(each.day for each in treated) + spacing.preferred_days * DAY
    check_interval(treated, best, spacing, "startsAt")


def test_a_course_prefers_what_was_planned_until_it_has_begun() -> None:
    spacing = DaysBetween(42, 49, 56)
    planned = (FIRST, FIRST + 49 * DAY, FIRST + 98 * DAY)
    left = CourseLeft(FIRST + 365 * DAY, planned, 0)
    assert preferred_day([], spacing, left) == FIRST
    begun = [Treated(FIRST + 3 * DAY, 14)]
    assert preferred_day(begun, spacing, CourseLeft(FIRST + 365 * DAY, planned[1:], 0)) == (
        FIRST + 52 * DAY
    )
    hurried = CourseLeft(FIRST + 90 * DAY, planned[1:], 0)
    assert preferred_day(begun, spacing, hurried) == FIRST + 48 * DAY
