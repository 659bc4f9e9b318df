"""A clinic's calendar: its resources and their time as integers, and when a visit fits into it."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from schema.clinics.rules import GRID_MINUTES, local_day
from schema.intervals import Interval, in_utc
from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ProtocolContent, ResourceKind, Variant, durations, needs
from schema.scheduling.rules.appointments import NothingSuitable, PractitionerNotSuitable
from schema.scheduling.rules.grid import (
    CELLS_A_DAY,
    Cells,
    Days,
    Frame,
    aligned,
    ceil_cell,
    cut,
    days_of,
    floor_cell,
    instants,
    ones,
    run,
    span,
)
from schema.scheduling.rules.resources import Resource, trained_for, usable
from schema.scheduling.rules.starts import Pattern, chosen, served
from schema.scheduling.rules.terms import USUAL_TERMS, BookingTerms

Spans = Mapping[int, Sequence[Interval]]
#: When resources are taken, by number: cells since 1970, each pair half-open.
Taken = Mapping[int, Sequence[Cells]]
NOTHING: Taken = MappingProxyType({})
#: How far the search for the first few starts looks at once, before it looks twice as far.
FIRST_LOOK = 2 * CELLS_A_DAY
MOST_KEPT = 64
#: Valid on every day.
ALWAYS = -1
#: The clinic itself, where its visits of a day are counted.
CLINIC = 0
#: The longest of local days, so that those of a frame's starts are whole in it: their visits count.
AROUND = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client comes for. `protocol` is a template's code, or the id of it or its adoption."""

    protocol: UUID | str
    areas: tuple[str, ...] = ()
    variant: Variant = field(default_factory=Variant)
    add_ons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """What is to take place: its needs, and how long the client is there.

    `guests` are resources that come along and are free whenever they are not busy: the numbers of
    the client's person. `led_by` names the practitioner of its main need.
    """

    needs: tuple[VisitNeed, ...]
    minutes: int
    guests: tuple[int, ...] = ()
    led_by: int | None = None

    @classmethod
    def of(
        cls,
        content: ProtocolContent,
        wish: Wish,
        template_code: str,
        guests: tuple[int, ...] = (),
        led_by: int | None = None,
    ) -> "Visit":
        """The visit that `content`, of the template with this code, makes of a wish."""
        chosen = wish.areas, wish.variant, wish.add_ons
        needed = tuple(
            trained_for(each, template_code) for each in needs(content, *chosen) if each.stretches
        )
        return cls(needed, durations(content, *chosen).total.typical, guests, led_by)

    @property
    def main_need(self) -> int | None:
        """The position of the need a named practitioner meets: the needle, else the longest."""
        ranks = {
            position: (need.depth_mm is not None, sum(to - begin for begin, to in need.stretches))
            for position, need in enumerate(self.needs)
            if need.kind is ResourceKind.PRACTITIONER
        }
        return max(ranks, key=lambda position: ranks[position], default=None)


@dataclass(frozen=True, slots=True)
class Member:
    """A resource that can meet a need on the days of `valid`, a mask of starts."""

    number: int
    valid: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A visit as one calendar sees it: what each need asks, and who can meet it.

    There are several `casts` where a device may only be used by who is certified for its model: in
    each, the devices are of one kind of model and the operators those who may use it.
    """

    patterns: tuple[Pattern, ...]
    casts: tuple[tuple[tuple[Member, ...], ...], ...]
    lead: int
    reach: int


def check_pools(visit: Visit, resources: Sequence[Resource], day: date) -> None:
    """Raise NothingSuitable or PractitionerNotSuitable where no hour of that day would do."""
    there = usable(resources, day)
    for need in visit.needs:
        if not any(each.meets(need, day) for each in there):
            what = " and ".join(" or ".join(one_of) for one_of in need.requirements if one_of)
            depth = f" for {need.depth_mm} mm" if need.depth_mm is not None else ""
            raise NothingSuitable(f"On {day} this clinic has no {what or need.kind}{depth}.")
    main = visit.main_need
    if visit.led_by is None or main is None:
        return
    named = [each for each in resources if each.number == visit.led_by]
    if not any(each.meets(visit.needs[main], day) for each in named):
        raise PractitionerNotSuitable(
            f"This practitioner may not treat so in this clinic on {day}.", field="practitioner"
        )


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
        if not plan.lead <= at <= self.frame.count - plan.reach:
            return None
        if not self._guests_free(visit, taken) >> at & 1 or not self.days_left() >> at & 1:
            return None
        flexibility = {each.number: each.flexibility(day) for each in self.resources}
        for cast in plan.casts:
            able = self._able(plan, cast, at, 1)
            if able is None:
                continue
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
            known = self._plans[visit] = self._planned(visit)
        return known

    def _planned(self, visit: Visit) -> Plan:
        patterns = tuple(self._pattern(each) for each in visit.needs)
        reaches = [each.reach for each in patterns] + [(0, visit.minutes // GRID_MINUTES)]
        return Plan(
            patterns,
            tuple(self._casts(visit)),
            lead=-min(low for low, _ in reaches),
            reach=max(high for _, high in reaches),
        )

    def buffers(self, need: VisitNeed) -> tuple[int, int]:
        """For how many minutes who meets the need is kept free before and after."""
        if need.kind is not ResourceKind.PRACTITIONER:
            return 0, 0
        return self.terms.buffer_before_minutes, self.terms.buffer_after_minutes

    def _pattern(self, need: VisitNeed) -> Pattern:
        before, after = self.buffers(need)
        return Pattern.of(need.stretches, before, need.clean_up + after, GRID_MINUTES)

    def _casts(self, visit: Visit) -> Iterator[tuple[tuple[Member, ...], ...]]:
        """Who can meet each need; devices that ask for a certification with those who hold it."""
        pools = [list(self._pool(each)) for each in visit.needs]
        main = visit.main_need
        if main is not None and visit.led_by is not None:
            pools[main] = [pair for pair in pools[main] if pair[0].number == visit.led_by]
        asked = [
            sorted({each.asks for each, _ in pool}, key=str) if _drives(need) else [None]
            for need, pool in zip(visit.needs, pools, strict=True)
        ]
        for certificates in product(*asked):
            held = {each for each in certificates if each is not None}
            cast = [
                tuple(self._cast(need, pool, certificate, held))
                for need, pool, certificate in zip(visit.needs, pools, certificates, strict=True)
            ]
            if all(cast):
                yield tuple(cast)

    def _cast(
        self,
        need: VisitNeed,
        pool: Iterable[tuple[Resource, int]],
        certificate: str | None,
        held: Collection[str],
    ) -> Iterator[Member]:
        """Of a pool: the devices that ask for `certificate`, the operators who have all `held`."""
        operates = need.kind is ResourceKind.PRACTITIONER and need.depth_mm is not None
        for each, valid in pool:
            if _drives(need) and each.asks != certificate:
                continue
            for name in held if operates else ():
                valid &= self._mask_of(each, name)
            if valid:
                yield Member(each.number, valid)

    def _mask_of(self, resource: Resource, name: str) -> int:
        held = [each for each in resource.qualities if each.name == name]
        masks = [self._days.span(each.from_on, each.to_on) for each in held]
        return ALWAYS if any(q.from_on is None and q.to_on is None for q in held) else _any(masks)

    def _pool(self, need: VisitNeed) -> Iterator[tuple[Resource, int]]:
        """Who can meet a need, each with the mask of the days on which that is so."""
        for each in self.resources:
            if each.kind is need.kind and each.number in self.free:
                valid = self._valid(each, need)
                if valid:
                    yield each, valid

    def _valid(self, resource: Resource, need: VisitNeed) -> int:
        """The days on which it meets the need: asked once for each while its qualities last."""
        days = self._days
        changes = {days.first_day}
        for each in resource.qualities:
            changes.update(filter(None, (each.from_on, _after(each.to_on))))
        last = days.first_day + timedelta(days=len(days.begins) - 1)
        edges = sorted(each for each in changes if days.first_day <= each < last)
        if len(edges) == 1:
            return ALWAYS if resource.meets(need, edges[0]) else 0
        return _any(
            days.span(day, until - timedelta(days=1))
            for day, until in zip(edges, [*edges[1:], last], strict=True)
            if resource.meets(need, day)
        )

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
        return ~_any(self._days.span(day, day) for day in days)

    def _fitting(self, plan: Plan, begin: int, count: int, wanted: int) -> int:
        """The starts among `count` cells from `begin` on at which the visit fits, as a mask that
        begins there."""
        among = (wanted >> begin) & ((1 << count) - 1)
        found = 0
        for cast in plan.casts:
            able = self._able(plan, cast, begin, count)
            if able is not None:
                found |= served(able, among)
        return found

    def _able(
        self, plan: Plan, cast: Sequence[Sequence[Member]], begin: int, count: int
    ) -> list[dict[int, int]] | None:
        """For each need, who can meet it at which of `count` starts from `begin` on; None where
        one has nobody."""
        base, width = begin - plan.lead, plan.lead + count + plan.reach
        starts, everything = ((1 << count) - 1) << plan.lead, (1 << width) - 1
        frees: dict[int, int] = {}
        able = []
        limited = self.terms.most_visits_a_practitioner is not None
        for pattern, pool in zip(plan.patterns, cast, strict=True):
            here: dict[int, int] = {}
            for member in pool:
                number = member.number
                free = frees.get(number)
                if free is None:
                    free = frees[number] = cut(self.free[number], base, width)
                idle = 0
                if pattern.idle:
                    idle = everything & ~cut(self.taken.get(number, b""), base, width)
                found = pattern.starts(free, idle) & starts
                if found and member.valid != ALWAYS:
                    found &= member.valid >> base
                if found and limited:
                    found &= self.days_left(number) >> base
                if found:
                    here[number] = found >> plan.lead
            if not here:
                return None
            able.append(here)
        return able


def _drives(need: VisitNeed) -> bool:
    """Whether a device of this need drives the needle."""
    return need.kind is ResourceKind.DEVICE and need.depth_mm is not None


def _after(day: date | None) -> date | None:
    return None if day is None else day + timedelta(days=1)


def _any(masks: Iterable[int]) -> int:
    found = 0
    for each in masks:
        found |= each
    return found


def frame_for(window: Interval) -> Frame:
    """The frame for visits that start in `window`: with all that they may touch, and more."""
    return Frame.around(Interval(window.start - AROUND, window.end + AROUND))
