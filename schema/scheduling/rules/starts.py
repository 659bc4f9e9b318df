"""When a visit can start, and which resources it then takes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from math import gcd
from operator import or_
from types import MappingProxyType

from schema.clinics.rules import GRID_MINUTES
from schema.intervals import Interval, in_utc, inward, outward
from schema.scheduling.rules.grid import Cells, Frame, doubling, ones, repeated, span

#: How much a resource can do, to compare it with others by; see `Resource.flexibility`.
Flexibility = tuple[int, Decimal]
UNKNOWN_FLEXIBILITY: Flexibility = (0, Decimal(0))
#: Which of equal resources a visit takes: the least of these.
Rank = tuple[Flexibility, int, int, int]
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Need:
    """One resource of `pool`, throughout `stretches` of minutes after the visit's start.

    After its last stretch the resource is cleaned up for `clean_up` minutes, and for `set_up`
    before the first it is kept free too: either may lie outside opening hours, never on a booking.
    Between its stretches it is free for other visits.
    """

    pool: frozenset[int]
    stretches: tuple[tuple[int, int], ...]
    clean_up: int
    set_up: int = 0

    @property
    def minutes(self) -> Iterable[int]:
        return (self.clean_up, self.set_up, *(each for pair in self.stretches for each in pair))


#: Cells that are asked of a resource: how far after the start, how many, and the shifts that find
#: where so many begin (`doubling`).
Asked = tuple[int, int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a need asks of a resource's cells around a start: to be `free`, open and not taken; or
    only to be `idle`, not taken."""

    free: tuple[Asked, ...]
    idle: tuple[Asked, ...]

    @classmethod
    def of(
        cls, stretches: Sequence[tuple[int, int]], set_up: int, clean_up: int, unit: int
    ) -> "Pattern":
        """In cells of `unit` minutes, of which all the others are multiples."""
        used = [(begin, end) for begin, end in stretches if begin < end]
        first, last = min(used, default=(0, 0))[0], max((end for _, end in used), default=0)
        around = [(first - set_up, first), (last, last + clean_up)]
        idle = [(begin, end) for begin, end in around if begin < end]
        return cls(_asked(used, unit), _asked(idle, unit))

    @property
    def reach(self) -> Cells:
        """From which cell to which, counted from the start, it asks anything."""
        asked = (*self.free, *self.idle, (0, 0, ()))
        return min(at for at, *_ in asked), max(at + length for at, length, _ in asked)

    def starts(self, free: int, idle: int) -> int:
        """The cells at which a resource can begin to meet the need; without bounds where it asks
        for nothing."""
        found = -1
        for offset, _, shifts in self.free:
            begins = free
            for shift in shifts:
                begins &= begins >> shift
            found &= begins >> offset if offset >= 0 else begins << -offset
        for offset, _, shifts in self.idle:
            begins = idle
            for shift in shifts:
                begins &= begins >> shift
            found &= begins >> offset if offset >= 0 else begins << -offset
        return found

    def idleness(self, free: int, start: int) -> int:
        """The free cells that would be left around a visit at `start`, next to its stretches."""
        if not self.free:
            return 0
        begin = start + min(at for at, *_ in self.free)
        end = start + max(at + length for at, length, _ in self.free)
        before = begin - (~free & ((1 << begin) - 1)).bit_length()
        after = free >> end
        between = sum(length for _, length, _ in self.free)
        within = ((free >> begin) & span(0, end - begin)).bit_count() - between
        return before + (~after & (after + 1)).bit_length() - 1 + within


def _asked(minutes: Iterable[tuple[int, int]], unit: int) -> tuple[Asked, ...]:
    cells = [(begin // unit, (end - begin) // unit) for begin, end in minutes]
    return tuple((begin, length, doubling(length)) for begin, length in cells)


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
    before its end; the visit itself may outlast the window. Busy time rounds outward to the grid
    and open time inward. Source: issue 4.
    """
    window = in_utc(window)
    if window.start >= window.end:
        return []
    table = _Table.of(open, busy, needs, window, step_minutes, grid_minutes)
    cells = -((window.start - window.end) // table.cell)
    wanted = repeated(cells, step_minutes * MINUTE // table.cell) & span(0, cells)
    found = served(table.able(needs, wanted << table.lead), wanted << table.lead)
    return [window.start + (k - table.lead) * table.cell for k in ones(found)]


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
    table = _Table.of(open, busy, needs, Interval(start, start), grid_minutes, grid_minutes)
    able = table.able(needs, 1 << table.lead)
    idleness = [
        {number: pattern.idleness(table.free[number], table.lead) for number in here}
        for pattern, here in zip(table.patterns, able, strict=True)
    ]
    return chosen(able, idleness, flexibility)


@dataclass(frozen=True, slots=True)
class _Table:
    """The resources' time in cells of their own, of which the window's start is one: all minutes
    are multiples of a cell, so that nothing is lost by rounding once more."""

    cell: timedelta
    lead: int
    patterns: list[Pattern]
    free: dict[int, int]
    idle: dict[int, int]

    @classmethod
    def of(
        cls,
        open: Mapping[int, Sequence[Interval]],
        busy: Mapping[int, Sequence[Interval]],
        needs: Sequence[Need],
        window: Interval,
        step_minutes: int,
        grid_minutes: int,
    ) -> "_Table":
        unit = gcd(step_minutes, *(each for need in needs for each in need.minutes))
        cell, grid = unit * MINUTE, grid_minutes * MINUTE
        patterns = [Pattern.of(need.stretches, need.set_up, need.clean_up, unit) for need in needs]
        lead = -min((each.reach[0] for each in patterns), default=0)
        reach = max((each.reach[1] for each in patterns), default=0)
        # A day on each side, for the idle time around a visit.
        lead, after = lead + 1440 // unit, reach + 1440 // unit
        origin = window.start - lead * cell
        frame = Frame(0, lead - (window.start - window.end) // cell + after)
        everything = span(0, frame.count)
        numbers = frozenset[int]().union(*(need.pool for need in needs))
        free, idle = {}, {}
        for number in numbers:
            taken = outward(busy.get(number, ()), grid)
            idle[number] = everything & ~frame.mask(
                ((start - origin) // cell, -((origin - end) // cell)) for start, end in taken
            )
            free[number] = idle[number] & frame.mask(
                (-((origin - start) // cell), (end - origin) // cell)
                for start, end in inward(open.get(number, ()), grid)
            )
        return cls(cell, lead, patterns, free, idle)

    def able(self, needs: Sequence[Need], wanted: int) -> list[dict[int, int]]:
        """For each need, its resources and the wanted starts that each can serve."""
        return [
            {
                number: suited
                for number in sorted(need.pool)
                if (suited := pattern.starts(self.free[number], self.idle[number]) & wanted)
            }
            for need, pattern in zip(needs, self.patterns, strict=True)
        ]


def served(able: Sequence[Mapping[int, int]], among: int) -> int:
    """Those of `among` at which every need gets a resource of its own.

    `able` gives, for each need, its resources and the starts each can serve. Depth first over the
    smallest pools, for all starts at once; what one branch has served, the next need not.
    """
    if not able or not among:
        return among
    (pool, *rest) = sorted(able, key=len) if len(able) > 1 else able
    if all(pool.keys().isdisjoint(other) for other in rest):
        return served(rest, among & reduce(or_, pool.values(), 0))
    found = 0
    for number, starts in pool.items():
        if wanted := among & starts & ~found:
            left = [{each: other[each] for each in other if each != number} for other in rest]
            found |= served(left, wanted)
    return found


def chosen(
    able: Sequence[Mapping[int, int]],
    idleness: Sequence[Mapping[int, int]],
    flexibility: Mapping[int, Flexibility],
) -> tuple[int, ...] | None:
    """A resource for each need, all distinct, of those that are able; None where there are none.

    The least flexible first: by what it can do, then by how many of the needs it is able for. Among
    equals the one that is left with the least idle time. The needs with the fewest able choose
    first.
    """
    pools = {number: sum(number in here for here in able) for here in able for number in here}

    def rank(position: int, number: int) -> Rank:
        how = flexibility.get(number, UNKNOWN_FLEXIBILITY)
        return how, pools[number], idleness[position][number], number

    found = _matched(
        {
            position: sorted(here, key=lambda number, at=position: rank(at, number))  # type: ignore[misc]
            for position, here in enumerate(able)
        }
    )
    return None if found is None else tuple(found[position] for position in range(len(able)))


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
