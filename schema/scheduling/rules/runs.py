"""A search as SQL can answer it: stretches of days on which the same resources meet the needs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from schema.clinics.rules import local_day
from schema.intervals import Interval, in_utc
from schema.scheduling.rules.calendars import ClinicCalendar
from schema.scheduling.rules.grid import days_of
from schema.scheduling.rules.hours import day_window
from schema.scheduling.rules.plans import Member
from schema.scheduling.rules.starts import Need
from schema.scheduling.rules.visits import Visit

LONGEST_RUN_DAYS = 7
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring local days, joined while the pools and the alignment of starts stay the same.

    `casts` are alternatives, each with a need per need and guest of the visit: see `Plan`.
    """

    window: Interval
    casts: tuple[tuple[Need, ...], ...]


def runs(
    calendar: ClinicCalendar, visit: Visit, window: Interval, step_minutes: int | None = None
) -> Iterator[Run]:
    """The part of each run that lies in `window`, beginning with the first of its starts there.

    Of the calendar it counts who is qualified when, and how many visits a day has; what is taken
    does not.
    """
    step = timedelta(minutes=step_minutes or calendar.terms.step_minutes)
    window = in_utc(window)
    run: Run | None = None
    for day in _days(calendar, window):
        today = Run(day_window(day, calendar.zone), _casts(calendar, visit, day))
        if run and _continues(run, today, step):
            run = replace(run, window=Interval(run.window.start, today.window.end))
            continue
        if run:
            yield _within(run, window, step)
        run = today
    if run:
        yield _within(run, window, step)


def _days(calendar: ClinicCalendar, window: Interval) -> Iterator[date]:
    day, last = (local_day(each, calendar.zone) for each in window)
    while day <= last:
        yield day
        day += DAY


def _casts(calendar: ClinicCalendar, visit: Visit, day: date) -> tuple[tuple[Need, ...], ...]:
    """Who can meet the needs on a day, in every cast that has somebody for each."""
    at = max(days_of(calendar.frame, calendar.zone).position(day), 0)
    if not calendar.days_left() >> at & 1:
        return ()
    found = []
    for cast in calendar.plan(visit).casts:
        pools = [_on(calendar, members, at) for members in cast]
        if all(pools):
            found.append((*_needs(calendar, visit, pools), *_guests(visit)))
    return tuple(found)


def _on(calendar: ClinicCalendar, members: Sequence[Member], at: int) -> frozenset[int]:
    return frozenset(
        each.number for each in members if (each.valid & calendar.days_left(each.number)) >> at & 1
    )


def _needs(
    calendar: ClinicCalendar, visit: Visit, pools: Sequence[frozenset[int]]
) -> Iterator[Need]:
    for need, pool in zip(visit.needs, pools, strict=True):
        before, after = calendar.terms.buffers(need)
        yield Need(pool, need.stretches, need.clean_up + after, before)


def _guests(visit: Visit) -> Iterator[Need]:
    return (Need(frozenset({guest}), ((0, visit.minutes),), 0) for guest in visit.guests)


def _continues(run: Run, today: Run, step: timedelta) -> bool:
    """Whether a day can join the run before it: its midnight is a start that one offers too."""
    length = run.window.duration
    short = length < timedelta(days=LONGEST_RUN_DAYS)
    return run.casts == today.casts and short and not length % step


def _within(run: Run, window: Interval, step: timedelta) -> Run:
    late = max(window.start - run.window.start, timedelta())
    first: datetime = run.window.start - (-late // step) * step
    return replace(run, window=Interval(first, min(run.window.end, window.end)))
