"""A clinic's calendar: its resources and their time as integers, and when a visit fits into it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from schema.clinics.rules import GRID_MINUTES, local_day
from schema.intervals import Interval, in_utc
from schema.scheduling.rules.grid import (
    CELLS_A_DAY,
    Cells,
    Days,
    Frame,
    aligned,
    ceil_cell,
    days_of,
    floor_cell,
    instants,
    ones,
    run,
    span,
    union,
)
from schema.scheduling.rules.plans import ALWAYS, Member, Plan, Planner
from schema.scheduling.rules.resources import Resource
from schema.scheduling.rules.starts import Pattern, chosen, served
from schema.scheduling.rules.terms import USUAL_TERMS, BookingTerms
from schema.scheduling.rules.visits import Visit

Spans = Mapping[int, Sequence[Interval]]
#: When resources are taken, by number: cells since 1970, each pair half-open.
Taken = Mapping[int, Sequence[Cells]]
NOTHING: Taken = MappingProxyType({})
#: How far the search for the first few starts looks at once, before it looks twice as far.
FIRST_LOOK = 2 * CELLS_A_DAY
MOST_KEPT = 64
#: The clinic itself, where its visits of a day are counted.
CLINIC = 0
#: The longest of local days, so that those of a frame's starts are whole in it: their visits count.
AROUND = timedelta(hours=28)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a calendar is made of, but for what is booked: who there is and when they are open.

    Resources without opening hours of their own share one list, and so one integer.
    """

    zone: ZoneInfo
    resources: tuple[Resource, ...]
    open: Spans
    terms: BookingTerms = USUAL_TERMS

    def calendar(self, frame: Frame, taken: Taken = NOTHING) -> "ClinicCalendar":
        """The calendar of the cells of `frame`, with these taken."""
        masks = {id(each): _opened(frame, tuple(each)) for each in self.open.values()}
        return ClinicCalendar(
            zone=self.zone,
            frame=frame,
            resources=self.resources,
            terms=self.terms,
            open={number: masks[id(each)] for number, each in self.open.items()},
            taken={n: frame.bytes(frame.mask(each)) for n, each in taken.items() if each},
        )


@lru_cache(maxsize=128)
def _opened(frame: Frame, open: tuple[Interval, ...]) -> bytes:
    """One object for all who are open at the same time, in several clinics too."""
    return frame.bytes(frame.inside(open))


@dataclass(slots=True)
class ClinicCalendar:
    """The time of a clinic's resources, cell by cell: `open`, `taken` and `free` are masks by
    number, as bytes, so that a search reads no more of them than its window.

    `visits` says how many start on a day, by (number or CLINIC, ordinal of the day).
    """

    zone: ZoneInfo
    frame: Frame
    resources: tuple[Resource, ...]
    terms: BookingTerms
    open: Mapping[int, bytes]
    taken: dict[int, bytes]
    visits: Counter[tuple[int, int]] = field(default_factory=Counter)
    free: dict[int, bytes] = field(init=False)
    _plans: dict[Visit, Plan] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.free = dict(self.open)
        for number in self.taken:
            self._renew(number)

    def take(self, number: int, begin: int, end: int) -> None:
        """Take a resource for the cells from `begin` up to `end`, numbered since 1970."""
        cells = self.frame.span(begin, end)
        self.taken[number] = self.frame.bytes(self._taken(number) | cells)
        self._renew(number)

    def release(self, number: int, begin: int, end: int) -> None:
        """Undo what `take` did."""
        cells = self.frame.span(begin, end)
        self.taken[number] = self.frame.bytes(self._taken(number) & ~cells)
        self._renew(number)

    def _taken(self, number: int) -> int:
        return int.from_bytes(self.taken.get(number, b""), "little")

    def _renew(self, number: int) -> None:
        if number in self.open:
            open = int.from_bytes(self.open[number], "little")
            self.free[number] = self.frame.bytes(open & ~self._taken(number))

    def starts(
        self,
        visit: Visit,
        window: Interval,
        step_minutes: int | None = None,
        limit: int | None = None,
        taken: Taken = NOTHING,
    ) -> list[datetime]:
        """The starts in `window` at which the visit fits, ascending, in UTC; the first `limit`.

        They lie `step_minutes` apart (None: as the clinic offers them), counted from each local
        midnight. Who is qualified is decided by the local day of the start. `taken` says when
        guests are, where the calendar does not know them.
        """
        plan = self.plan(visit)
        start, end = in_utc(window)
        first = self.frame.first
        begin = max(ceil_cell(start) - first, plan.lead)
        last = min(ceil_cell(end) - first, self.frame.count - plan.reach)
        wanted = self._wanted(visit, step_minutes, taken)
        times, found = instants(self.frame), list[datetime]()
        look = last - begin if limit is None else FIRST_LOOK
        while begin < last and (limit is None or len(found) < limit):
            upto = min(begin + look, last)
            mask = self._fitting(plan, begin, upto - begin, wanted)
            found += [times[begin + k] for k in ones(mask)]
            begin, look = upto, 2 * look
        return found[:limit]

    def assignment(
        self, visit: Visit, start: datetime, taken: Taken = NOTHING
    ) -> tuple[int, ...] | None:
        """The resources that the visit takes at `start`, one per need and guest; None: no room."""
        plan, day = self.plan(visit), local_day(start, self.zone)
        at = floor_cell(start) - self.frame.first
        if not plan.lead <= at < self.frame.count - plan.reach:
            return None
        if not self._guests_free(visit, taken) >> at & 1 or not self.days_left() >> at & 1:
            return None
        flexibility = {each.number: each.flexibility(day) for each in self.resources}
        part = _Part.around(plan, at, 1)
        for cast in plan.casts:
            able = self._able(plan, cast, part, 1)
            idleness = [
                {
                    number: pattern.idleness(int.from_bytes(self.free[number], "little"), at)
                    for number in here
                }
                for pattern, here in zip(plan.patterns, able, strict=True)
            ]
            numbers = chosen(able, idleness, flexibility)
            if numbers is not None:
                return (*numbers, *visit.guests)
        return None

    def plan(self, visit: Visit) -> Plan:
        """What the visit asks of this calendar, whoever comes; kept for those asked for again."""
        if visit.guests:
            visit = replace(visit, guests=())
        known = self._plans.get(visit)
        if known is None:
            if len(self._plans) >= MOST_KEPT:
                self._plans.clear()
            there = tuple(each for each in self.resources if each.number in self.free)
            known = self._plans[visit] = Planner(there, self._days, self.terms).plan(visit)
        return known

    @property
    def _days(self) -> Days:
        return days_of(self.frame, self.zone)

    def _wanted(self, visit: Visit, step_minutes: int | None, taken: Taken) -> int:
        """The starts that come into question, whoever and whatever is free then."""
        step = step_minutes or self.terms.step_minutes
        wanted = aligned(self.frame, self.zone, step)
        if self.terms.most_visits_a_day is not None:
            wanted &= self.days_left()
        return wanted & self._guests_free(visit, taken) if visit.guests else wanted

    def _guests_free(self, visit: Visit, taken: Taken) -> int:
        """The starts at which every guest is free for the whole visit."""
        found = ALWAYS
        for guest in visit.guests:
            away = self._taken(guest) | self.frame.mask(taken.get(guest, ()))
            idle = span(0, self.frame.count) & ~away
            found &= run(idle, visit.minutes // GRID_MINUTES)
        return found

    def days_left(self, number: int = CLINIC) -> int:
        """The days on which it takes one more visit."""
        terms = self.terms
        most = terms.most_visits_a_day if number == CLINIC else terms.most_visits_a_practitioner
        if most is None:
            return ALWAYS
        full = [day for (who, day), count in self.visits.items() if who == number and count >= most]
        days = map(date.fromordinal, full)
        return ~union(self._days.span(day, day) for day in days)

    def _fitting(self, plan: Plan, begin: int, count: int, wanted: int) -> int:
        """The starts among `count` cells from `begin` on at which the visit fits, as a mask that
        begins there."""
        among = (wanted >> begin) & ((1 << count) - 1)
        part = _Part.around(plan, begin, count)
        found = 0
        for cast in plan.casts:
            if plan.apart:
                found |= self._fitting_apart(plan, cast, part, among)
            else:
                found |= served(self._able(plan, cast, part, among), among)
        return found

    def _fitting_apart(
        self, plan: Plan, cast: Sequence[Sequence[Member]], part: "_Part", among: int
    ) -> int:
        """The starts of `among` at which each need has somebody: nobody can meet two of them."""
        among <<= part.lead
        for pattern, pool in zip(plan.patterns, cast, strict=True):
            among &= union(self._suiting(pattern, member, part) for member in pool)
            if not among:
                break
        return among >> part.lead

    def _able(
        self, plan: Plan, cast: Sequence[Sequence[Member]], part: "_Part", among: int
    ) -> list[dict[int, int]]:
        """For each need, who can meet it, and at which starts of `among`."""
        among <<= part.lead
        return [
            {
                member.number: found >> part.lead
                for member in pool
                if (found := self._suiting(pattern, member, part) & among)
            }
            for pattern, pool in zip(plan.patterns, cast, strict=True)
        ]

    def _suiting(self, pattern: Pattern, member: Member, part: "_Part") -> int:
        """The starts at which a resource can meet a need, on the days on which it may."""
        number, low, high = member.number, part.low, part.high
        free = int.from_bytes(self.free[number][low:high], "little")
        idle = 0
        if pattern.idle:
            taken = int.from_bytes(self.taken.get(number, b"")[low:high], "little")
            idle = part.everything ^ taken
        found = pattern.starts(free, idle)
        if member.valid != ALWAYS:
            found &= member.valid >> part.base
        if self.terms.most_visits_a_practitioner is not None:
            found &= self.days_left(number) >> part.base
        return found


@dataclass(frozen=True, slots=True)
class _Part:
    """The bytes of masks that a search reads: from cell `base` on, which begins a byte and lies
    `lead` cells before the first start; `everything` is the mask of all of them."""

    base: int
    lead: int
    low: int
    high: int
    everything: int

    @classmethod
    def around(cls, plan: Plan, begin: int, count: int) -> "_Part":
        low = (begin - plan.lead) >> 3
        high = (begin + count + plan.reach + 7) >> 3
        return cls(low << 3, begin - (low << 3), low, high, (1 << (high - low << 3)) - 1)


def frame_for(window: Interval) -> Frame:
    """The frame for visits that start in `window`: with all that they may touch, and more."""
    return Frame.around(Interval(window.start - AROUND, window.end + AROUND))
