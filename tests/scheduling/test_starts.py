"""Free starts against a brute force that walks every minute and tries every assignment."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from schema.intervals import Interval
from schema.scheduling.rules import Need, assign, free_starts

MIDNIGHT = datetime(2026, 3, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MM = Decimal(1)
Calendar = Mapping[int, Sequence[Interval]]


def span(start: int, end: int) -> Interval:
    return Interval(MIDNIGHT + start * MINUTE, MIDNIGHT + end * MINUTE)


def at(*minutes: int) -> list[datetime]:
    return [MIDNIGHT + minute * MINUTE for minute in minutes]


def need(*pool: int, stretches: Sequence[tuple[int, int]] = ((0, 30),), clean_up: int = 0) -> Need:
    return Need(frozenset(pool), tuple(stretches), clean_up)


def covered(spans: Sequence[Interval]) -> set[int]:
    return {
        minute
        for start, end in spans
        for minute in range((start - MIDNIGHT) // MINUTE, (end - MIDNIGHT) // MINUTE)
    }


def able(number: int, wanted: Need, start: int, open: Calendar, busy: Calendar, grid: int) -> bool:
    """Minute by minute: is each one in a cell that is open whole and not booked at all?"""
    opened, booked = covered(open.get(number, ())), covered(busy.get(number, ()))

    def cell(minute: int) -> range:
        return range(minute // grid * grid, minute // grid * grid + grid)

    def idle(minute: int) -> bool:
        return not any(each in booked for each in cell(minute))

    visit = [start + m for begin, end in wanted.stretches for m in range(begin, end)]
    last = start + max(end for _, end in wanted.stretches)
    return all(idle(m) and all(each in opened for each in cell(m)) for m in visit) and all(
        idle(m) for m in range(last, last + wanted.clean_up)
    )


def by_brute_force(
    open: Calendar, busy: Calendar, needs: Sequence[Need], window: range, step: int, grid: int
) -> dict[int, set[tuple[int, ...]]]:
    """Every start with every assignment that works there."""
    found: dict[int, set[tuple[int, ...]]] = {}
    for start in window[::step]:
        pools = [
            [n for n in wanted.pool if able(n, wanted, start, open, busy, grid)] for wanted in needs
        ]
        ways = {way for way in product(*pools) if len(set(way)) == len(way)}
        if ways:
            found[start] = ways
    return found


resources = st.integers(1, 4)
spans = st.builds(
    lambda start, length: span(start, start + length), st.integers(0, 150), st.integers(0, 90)
)
calendars = st.dictionaries(resources, st.lists(spans, max_size=4))
stretches = st.lists(
    st.tuples(st.integers(0, 8), st.integers(1, 6)).map(lambda s: (s[0] * 5, (s[0] + s[1]) * 5)),
    min_size=1,
    max_size=2,
).map(tuple)
needs = st.lists(
    st.builds(
        Need, st.frozensets(resources, max_size=4), stretches, st.sampled_from([0, 5, 10, 20])
    ),
    min_size=1,
    max_size=3,
)


@given(
    open=calendars,
    busy=calendars,
    needs=needs,
    start=st.integers(0, 30),
    length=st.integers(0, 120),
    step=st.sampled_from([1, 5, 15, 20]),
    grid=st.sampled_from([1, 5, 10]),
)
def test_free_starts_are_those_of_brute_force(
    open: Calendar,
    busy: Calendar,
    needs: list[Need],
    start: int,
    length: int,
    step: int,
    grid: int,
) -> None:
    window = range(start, start + length)
    expected = by_brute_force(open, busy, needs, window, step, grid)
    found = free_starts(open, busy, needs, span(start, start + length), step, grid)
    assert found == at(*expected)
    for minute, ways in expected.items():
        assert assign(open, busy, needs, MIDNIGHT + minute * MINUTE, {}, grid) in ways
    for minute in set(window[::step]) - expected.keys():
        assert assign(open, busy, needs, MIDNIGHT + minute * MINUTE, {}, grid) is None


def test_some_free_room_at_every_minute_is_not_one_free_throughout() -> None:
    open = {1: [span(0, 30)], 2: [span(30, 60)]}
    assert free_starts(open, {}, [need(1, 2, stretches=[(0, 45)])], span(0, 60), 5) == []


def test_overlapping_pools_are_matched_exactly() -> None:
    """The assistant may be anyone, the injector only 1: greed would give 1 away first."""
    open = {1: [span(0, 30)], 2: [span(0, 30)]}
    assistant, injector = need(1, 2), need(1)
    assert free_starts(open, {}, [assistant, injector], span(0, 30), 5) == at(0)
    assert assign(open, {}, [assistant, injector], MIDNIGHT) == (2, 1)
    assert free_starts(open, {}, [injector, injector], span(0, 30), 5) == []


def test_clean_up_may_lie_after_closing_but_never_on_a_booking() -> None:
    open = {1: [span(0, 60)]}
    wanted = [need(1, clean_up=10)]
    assert free_starts(open, {}, wanted, span(0, 60), 15) == at(0, 15, 30)
    assert free_starts(open, {1: [span(65, 70)]}, wanted, span(0, 60), 15) == at(0, 15)
    assert free_starts(open, {1: [span(70, 90)]}, wanted, span(0, 60), 15) == at(0, 15, 30)


def test_a_resource_is_free_between_its_stretches() -> None:
    """Numbing takes the room; its practitioner sees somebody else meanwhile."""
    open, busy = {1: [span(0, 60)]}, {1: [span(10, 40)]}
    around = [need(1, stretches=[(0, 10), (40, 60)])]
    assert free_starts(open, busy, around, span(0, 60), 5) == at(0)


def test_busy_rounds_outward_and_open_inward() -> None:
    wanted = [need(1, stretches=[(0, 5)])]
    assert free_starts({1: [span(3, 17)]}, {}, wanted, span(0, 30), 5) == at(5, 10)
    assert free_starts({1: [span(0, 30)]}, {1: [span(4, 11)]}, wanted, span(0, 30), 5) == at(
        15, 20, 25
    )


def test_a_zero_length_block_blocks_nothing() -> None:
    assert free_starts({1: [span(0, 30)]}, {1: [span(10, 10)]}, [need(1)], span(0, 30), 5) == at(0)


def test_starts_count_from_the_start_of_the_window_and_end_before_its_end() -> None:
    open = {1: [span(0, 600)]}
    assert free_starts(open, {}, [need(1)], span(7, 67), 20) == at(7, 27, 47)


def test_the_least_flexible_resource_goes_first_and_then_the_best_fit() -> None:
    open = {1: [span(0, 60)], 2: [span(0, 240)], 3: [span(0, 120)]}
    wanted = [need(1, 2, 3)]
    assert assign(open, {}, wanted, MIDNIGHT) == (1,)
    assert assign(open, {}, wanted, MIDNIGHT, {1: (2, MM), 2: (1, MM), 3: (1, MM)}) == (3,)


def test_fourteen_days_of_a_clinic_take_milliseconds() -> None:
    """Ratios are for benchmarks; this only notices a loop gone quadratic."""
    days = [span(day * 1440 + 540, day * 1440 + 1020) for day in range(14)]
    open = dict.fromkeys(range(1, 15), days)
    busy = {
        number: [
            span(day * 1440 + hour * 60, day * 1440 + hour * 60 + 40)
            for day in range(14)
            for hour in range(9 + number % 3, 17, 2)
        ]
        for number in open
    }
    visit = [
        need(*range(1, 6), stretches=[(0, 80)], clean_up=10),
        need(*range(6, 11), stretches=[(20, 80)]),
        need(*range(8, 12), stretches=[(0, 30)]),
        need(*range(12, 15), stretches=[(20, 65)]),
    ]
    began = perf_counter()
    assert free_starts(open, busy, visit, span(0, 14 * 1440), 15)
    assert perf_counter() - began < 1
