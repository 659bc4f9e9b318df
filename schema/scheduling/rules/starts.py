"""When a visit can start, and which resources it then takes: the plain and exact version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial, reduce
from operator import or_
from types import MappingProxyType

from schema.clinics.rules import GRID_MINUTES
from schema.intervals import Interval, in_utc, inward, outward, subtract

#: How much a resource can do, to compare it with others by; see `Resource.flexibility`.
Flexibility = tuple[int, Decimal]
UNKNOWN_FLEXIBILITY: Flexibility = (0, Decimal(0))


@dataclass(frozen=True, slots=True)
class Need:
    """One resource of `pool`, throughout `stretches` of minutes after the visit's start.

    After its last stretch the resource is cleaned up for `clean_up` minutes: that may lie after
    closing, never on a booking. Between its stretches it is free for other visits.
    """

    pool: frozenset[int]
    stretches: tuple[tuple[int, int], ...]
    clean_up: int

    @property
    def end(self) -> int:
        return max((to for _, to in self.stretches), default=0)


@dataclass(frozen=True, slots=True)
class Calendar:
    """One resource's time on the grid: when it is `free` (open and not taken), when `taken`."""

    free: list[Interval]
    taken: list[Interval]

    @classmethod
    def of(
        cls, open: Sequence[Interval], busy: Sequence[Interval], grid_minutes: int
    ) -> "Calendar":
        """Busy time rounds outward and open time inward, so a start on the grid is exact."""
        grid = timedelta(minutes=grid_minutes)
        taken = outward(busy, grid)
        return cls(subtract(inward(open, grid), taken), taken)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The starts to choose from; a set of them is an integer whose bit k is start k."""

    window: Interval
    step: timedelta

    @property
    def all(self) -> int:
        return self._marked([(0, self._first(self.window.end))])

    def suiting(self, need: Need, calendar: Calendar) -> int:
        """Those at which the calendar's resource can meet `need`."""
        found = self.all & ~self._hitting(calendar.taken, need.end, need.end + need.clean_up)
        for begin, end in need.stretches:
            found &= self._fitting(calendar.free, begin, end)
        return found

    def instants(self, chosen: int) -> list[datetime]:
        bits = bin(chosen)[:1:-1]
        return [self.window.start + k * self.step for k, bit in enumerate(bits) if bit == "1"]

    def _fitting(self, free: Sequence[Interval], begin: int, end: int) -> int:
        """Those whose minutes from `begin` to `end` lie within one interval of `free`."""
        if begin >= end:
            return self.all
        before, after = timedelta(minutes=begin), timedelta(minutes=end)
        return self._marked(
            (self._first(opens - before), self._next(closes - after)) for opens, closes in free
        )

    def _hitting(self, taken: Sequence[Interval], begin: int, end: int) -> int:
        """Those whose minutes from `begin` to `end` overlap an interval of `taken`."""
        if begin >= end:
            return 0
        before, after = timedelta(minutes=begin), timedelta(minutes=end)
        return self._marked(
            (self._next(starts - after), self._first(ends - before)) for starts, ends in taken
        )

    def _first(self, instant: datetime) -> int:
        """The number of the first candidate at or after `instant`."""
        return -((self.window.start - instant) // self.step)

    def _next(self, instant: datetime) -> int:
        """The number of the first candidate after `instant`."""
        return (instant - self.window.start) // self.step + 1

    @staticmethod
    def _marked(spans: Iterable[tuple[int, int]]) -> int:
        """The candidates numbered from the first up to, not including, the second of a span."""
        found = 0
        for first, stop in spans:
            begin = max(first, 0)
            found |= ((1 << max(stop - begin, 0)) - 1) << begin
        return found


def free_starts(
    open: Mapping[int, Sequence[Interval]],
    busy: Mapping[int, Sequence[Interval]],
    needs: Sequence[Need],
    window: Interval,
    step_minutes: int,
    grid_minutes: int = GRID_MINUTES,
) -> list[datetime]:
    """The starts in `window` at which distinct resources can meet all `needs`, ascending, in UTC.

    Keys are resource numbers. Starts lie `step_minutes` apart, counted from the window's start, and
    before its end; the visit itself may outlast the window. Source: issue 4.
    """
    candidates = Candidates(in_utc(window), timedelta(minutes=step_minutes))
    calendars = _calendars(open, busy, needs, grid_minutes)
    able = [
        {number: candidates.suiting(need, calendars[number]) for number in sorted(need.pool)}
        for need in needs
    ]
    return candidates.instants(_served(able, candidates.all))


def _calendars(
    open: Mapping[int, Sequence[Interval]],
    busy: Mapping[int, Sequence[Interval]],
    needs: Sequence[Need],
    grid_minutes: int,
) -> dict[int, Calendar]:
    numbers = frozenset[int]().union(*(need.pool for need in needs))
    return {n: Calendar.of(open.get(n, ()), busy.get(n, ()), grid_minutes) for n in numbers}


def _served(able: Sequence[Mapping[int, int]], among: int) -> int:
    """Those of `among` at which every need gets a resource of its own.

    `able` gives, for each need, its resources and the candidates each can serve. Depth first over
    the smallest pools, for all candidates at once; what one branch has served, the next need not.
    """
    if not able or not among:
        return among
    (pool, *rest) = sorted(able, key=len)
    if all(pool.keys().isdisjoint(other) for other in rest):
        return _served(rest, among & reduce(or_, pool.values(), 0))
    found = 0
    for number, starts in pool.items():
        if wanted := among & starts & ~found:
            left = [{each: other[each] for each in other if each != number} for other in rest]
            found |= _served(left, wanted)
    return found


def assign(
    open: Mapping[int, Sequence[Interval]],
    busy: Mapping[int, Sequence[Interval]],
    needs: Sequence[Need],
    start: datetime,
    flexibility: Mapping[int, Flexibility] = MappingProxyType({}),
    grid_minutes: int = GRID_MINUTES,
) -> tuple[int, ...] | None:
    """The resources a visit at `start` takes, one per need in their order; None where none fit.

    The least flexible first, so that those who can do more stay free for what only they can do: by
    `flexibility`, then by the pools each is in here. Among equals the best fit: who is left with
    the least idle time around the visit.
    """
    start = in_utc((start, start)).start
    calendars = _calendars(open, busy, needs, grid_minutes)
    only = Candidates(Interval(start, start + timedelta(minutes=1)), timedelta(minutes=1))

    def rank(need: Need, number: int) -> tuple[Flexibility, int, timedelta, int]:
        pools = sum(number in each.pool for each in needs)
        idle = _idle(calendars[number], need, start)
        return flexibility.get(number, UNKNOWN_FLEXIBILITY), pools, idle, number

    choices = {
        position: sorted(
            (each for each in need.pool if only.suiting(need, calendars[each])),
            key=partial(rank, need),
        )
        for position, need in enumerate(needs)
    }
    chosen = _matched(choices)
    return None if chosen is None else tuple(chosen[position] for position in range(len(needs)))


def _matched(choices: Mapping[int, Sequence[int]]) -> dict[int, int] | None:
    """One resource each, all distinct, earlier choices preferred; the needs by fewest choices."""
    if not choices:
        return {}
    position = min(choices, key=lambda each: len(choices[each]))
    for number in choices[position]:
        rest = _matched(
            {
                other: [each for each in numbers if each != number]
                for other, numbers in choices.items()
                if other != position
            }
        )
        if rest is not None:
            return {position: number, **rest}
    return None


def _idle(calendar: Calendar, need: Need, start: datetime) -> timedelta:
    """The free time that would be left around the visit, next to its stretches."""
    used = [
        Interval(start + timedelta(minutes=begin), start + timedelta(minutes=end))
        for begin, end in need.stretches
    ]
    around = [each for each in calendar.free if any(each.overlaps(taken) for taken in used)]
    return sum((each.duration for each in subtract(around, used)), timedelta())
