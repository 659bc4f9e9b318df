"""The algebra of intervals against the same on sets of minutes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from schema.intervals import Interval, intersect, inward, outward, subtract, union

NOON = datetime(2026, 3, 8, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def interval(start: int, end: int) -> Interval:
    return Interval(NOON + start * MINUTE, NOON + end * MINUTE)


def minutes(intervals: list[Interval]) -> set[int]:
    return {
        minute
        for start, end in intervals
        for minute in range((start - NOON) // MINUTE, (end - NOON) // MINUTE)
    }


places = st.integers(0, 60)
lists = st.lists(st.builds(interval, places, places), max_size=6)


def assert_disjoint(intervals: list[Interval]) -> None:
    assert all(start < end for start, end in intervals)
    assert all(one.end < other.start for one, other in pairwise(intervals))


@given(lists)
def test_union_covers_what_any_covers(some: list[Interval]) -> None:
    assert minutes(union(some)) == minutes(some)
    assert_disjoint(union(some))


@given(lists, lists)
def test_intersection_and_difference_are_those_of_sets(
    some: list[Interval], others: list[Interval]
) -> None:
    assert minutes(intersect(some, others)) == minutes(some) & minutes(others)
    assert minutes(subtract(some, others)) == minutes(some) - minutes(others)
    assert_disjoint(intersect(some, others))
    assert_disjoint(subtract(some, others))


@given(lists, st.sampled_from([1, 5, 15]))
def test_rounding_goes_by_whole_cells(some: list[Interval], grid: int) -> None:
    covered, step = minutes(some), timedelta(minutes=grid)
    cells = [set(range(start, start + grid)) for start in range(0, 60, grid)]
    assert minutes(outward(some, step)) == set().union(*(c for c in cells if c & covered))
    assert minutes(inward(some, step)) == set().union(*(c for c in cells if c <= covered))
    assert_disjoint(outward(some, step))
    assert_disjoint(inward(some, step))


@given(places, places, places)
def test_an_interval_contains_its_start_and_not_its_end(start: int, end: int, place: int) -> None:
    assert interval(start, end).contains(NOON + place * MINUTE) == (start <= place < end)


def test_touching_intervals_do_not_overlap() -> None:
    assert not interval(0, 10).overlaps(interval(10, 20))
    assert interval(0, 11).overlaps(interval(10, 20))


def test_wall_clocks_do_not_disturb() -> None:
    """In the hour that New York's clocks show twice, as in the one they skip."""
    new_york = ZoneInfo("America/New_York")
    for day in (datetime(2026, 3, 8, tzinfo=new_york), datetime(2026, 11, 1, tzinfo=new_york)):
        local = Interval(day, day + timedelta(hours=5))
        assert union([local]) == [Interval(day.astimezone(UTC), local.end.astimezone(UTC))]
        assert local.duration != timedelta(hours=5)
