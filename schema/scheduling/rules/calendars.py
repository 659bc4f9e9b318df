"""A clinic's calendar: its resources and their time, and when a visit fits into it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from schema.clinics.rules import GRID_MINUTES, local_day
from schema.intervals import Interval, in_utc
from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ProtocolContent, ResourceKind, Variant, durations, needs
from schema.scheduling.rules.appointments import NothingSuitable, PractitionerNotSuitable
from schema.scheduling.rules.hours import day_window
from schema.scheduling.rules.resources import Resource, pool
from schema.scheduling.rules.starts import Need, assign, free_starts

LONGEST_RUN_DAYS = 7
Spans = Mapping[int, Sequence[Interval]]


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
        guests: tuple[int, ...] = (),
        led_by: int | None = None,
    ) -> "Visit":
        """The visit that `content` makes of a wish."""
        chosen = wish.areas, wish.variant, wish.add_ons
        needed = tuple(each for each in needs(content, *chosen) if each.stretches)
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

    def needs_on(self, day: date, resources: Sequence[Resource]) -> tuple[Need, ...]:
        """Its needs with the pools of that local day, then its guests'."""
        pools = [pool(resources, each, day) for each in self.needs]
        main = self.main_need
        if self.led_by is not None and main is not None:
            pools[main] &= {self.led_by}
        met = (
            Need(numbers, each.stretches, each.clean_up)
            for numbers, each in zip(pools, self.needs, strict=True)
        )
        guests = (Need(frozenset({guest}), ((0, self.minutes),), 0) for guest in self.guests)
        return (*met, *guests)


def check_pools(visit: Visit, resources: Sequence[Resource], day: date) -> None:
    """Raise NothingSuitable or PractitionerNotSuitable where no hour of that day would do."""
    anybody = replace(visit, led_by=None).needs_on(day, resources)
    for need, resourced in zip(visit.needs, anybody, strict=False):
        if not resourced.pool:
            what = " or ".join(each for one_of in need.requirements for each in one_of)
            depth = f" for {need.depth_mm} mm" if need.depth_mm is not None else ""
            raise NothingSuitable(f"On {day} this clinic has no {what or need.kind}{depth}.")
    if not all(need.pool for need in visit.needs_on(day, resources)):
        raise PractitionerNotSuitable(
            f"This practitioner may not treat so in this clinic on {day}.", field="practitioner"
        )


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring local days on which the same resources can meet the needs."""

    window: Interval
    needs: tuple[Need, ...]

    @property
    def reach(self) -> Interval:
        """The time that its visits may touch, and some more."""
        longest = max((need.end + need.clean_up for need in self.needs), default=0)
        margin = timedelta(minutes=GRID_MINUTES)
        end = self.window.end + timedelta(minutes=longest) + margin
        return Interval(self.window.start - margin, end)


@dataclass(frozen=True, slots=True)
class ClinicCalendar:
    """The time of a clinic's resources around some window."""

    zone: ZoneInfo
    resources: tuple[Resource, ...]
    open: Spans
    busy: Spans

    def starts(self, visit: Visit, window: Interval, step_minutes: int) -> Iterator[datetime]:
        """The starts in `window` at which the visit fits, ascending, in UTC.

        They lie `step_minutes` apart, counted from each local midnight. Who is qualified is decided
        by the local day of the start.
        """
        for run in self._runs(visit, in_utc(window), timedelta(minutes=step_minutes)):
            yield from free_starts(*self._around(visit, run), run.needs, run.window, step_minutes)

    def assignment(self, visit: Visit, start: datetime) -> tuple[int, ...] | None:
        """The resources that the visit takes at `start`, one per need and guest; None: no room."""
        day = local_day(start, self.zone)
        run = Run(Interval(start, start), visit.needs_on(day, self.resources))
        flexibility = {each.number: each.flexibility(day) for each in self.resources}
        return assign(*self._around(visit, run), run.needs, start, flexibility)

    def _around(self, visit: Visit, run: Run) -> tuple[Spans, Spans]:
        """Who is open and who is busy when, near the run."""
        guests = {guest: [run.reach] for guest in visit.guests}
        return {**_near(self.open, run.reach), **guests}, _near(self.busy, run.reach)

    def _runs(self, visit: Visit, window: Interval, step: timedelta) -> Iterator[Run]:
        """The window's local days, joined while pools and the alignment of starts stay the same."""
        run: Run | None = None
        for day in _days(window, self.zone):
            today = Run(day_window(day, self.zone), visit.needs_on(day, self.resources))
            if run and _continues(run, today, step):
                run = replace(run, window=Interval(run.window.start, today.window.end))
                continue
            if run:
                yield _within(run, window, step)
            run = today
        if run:
            yield _within(run, window, step)


def _days(window: Interval, zone: ZoneInfo) -> Iterator[date]:
    day, last = local_day(window.start, zone), local_day(window.end, zone)
    while day <= last:
        yield day
        day += timedelta(days=1)


def _continues(run: Run, today: Run, step: timedelta) -> bool:
    """Whether a day can join the run before it: its midnight is a start that one offers too."""
    length = run.window.duration
    return (
        run.needs == today.needs and length < timedelta(days=LONGEST_RUN_DAYS) and not length % step
    )


def _within(run: Run, window: Interval, step: timedelta) -> Run:
    """The part of the run in `window`, beginning with the first of the run's starts there."""
    late = max(window.start - run.window.start, timedelta())
    first = run.window.start - (-late // step) * step
    return replace(run, window=Interval(first, min(run.window.end, window.end)))


def _near(spans: Spans, reach: Interval) -> dict[int, Sequence[Interval]]:
    return {
        number: [each for each in intervals if each[0] < reach.end and reach.start < each[1]]
        for number, intervals in spans.items()
    }
