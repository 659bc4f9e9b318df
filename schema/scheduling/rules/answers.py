"""What a search answers: the free starts of each clinic, in the order asked for."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from schema.clinics.rules import local_day
from schema.errors import RuleViolation
from schema.intervals import Interval
from schema.protocols.rules import ResourceKind
from schema.scheduling.rules.calendars import ClinicCalendar
from schema.scheduling.rules.hours import local_instant
from schema.scheduling.rules.offers import INSTANT, Offer
from schema.scheduling.rules.pairs import Before, Pairs, earliest
from schema.scheduling.rules.pre_care import pre_care_from
from schema.scheduling.rules.searches import Search, SearchMode
from schema.scheduling.rules.visits import check_pools


@dataclass(frozen=True, slots=True)
class Answer:
    """The free starts in one clinic, of the part of the window that is to come, and from when on
    they need no attestation of pre-care."""

    offer: Offer
    starts: list[datetime]
    window: Interval
    pre_care_from: datetime | None = None
    pairs: Pairs | None = None

    @property
    def problem(self) -> RuleViolation | None:
        """Why there is no start, whatever is free; None where there are some, or may be."""
        return self.offer.problem or (None if self.starts else _problem(self.offer, self.window))


def answers(offers: Iterable[Offer], search: Search, now: datetime) -> list[Answer]:
    """What is free in each clinic after `now`, in the order of `ordered`."""
    return ordered([answer(each, search, now) for each in offers], search)


def ordered(found: Sequence[Answer], search: Search) -> list[Answer]:
    """ALL and PREFERRED keep the order of the clinics; EARLIEST puts the clinic that is free first
    on top."""
    if search.mode is not SearchMode.EARLIEST:
        return list(found)
    return sorted(found, key=lambda each: (not each.starts, each.starts[:1]))


@dataclass(frozen=True, slots=True)
class Assigned:
    """A start, and the resources that a booking would take now, by their numbers."""

    start: datetime
    practitioner: int | None
    rooms: tuple[int, ...]
    devices: tuple[int, ...]
    before: tuple[Before, ...] = ()


def far_starts(answer: Answer, first: int) -> list[datetime]:
    """Those of the first so many starts that lie beyond the calendar."""
    beyond = answer.offer.beyond
    return [each for each in answer.starts[:first] if beyond and each >= beyond.since]


def assigned(answer: Answer, first: int, far: ClinicCalendar | None = None) -> Iterator[Assigned]:
    """The first so many starts of an answer with what they would take; the one who leads is the
    practitioner. `far` is the calendar for those that lie beyond the offer's own."""
    offer, distant = answer.offer, set(far_starts(answer, first))
    visit = offer.visit
    if visit is None:
        return
    by_kind = {
        kind: [position for position, each in enumerate(visit.needs) if each.kind is kind]
        for kind in ResourceKind
    }
    for start in answer.starts[:first]:
        calendar = far if far and start in distant else offer.calendar
        numbers = calendar.assignment(visit, start, offer.taken)
        if numbers is None:
            continue
        rooms, devices = (
            tuple(dict.fromkeys(numbers[each] for each in by_kind[kind]))
            for kind in (ResourceKind.ROOM, ResourceKind.DEVICE)
        )
        main = visit.main_need
        leader = None if main is None else numbers[main]
        before = answer.pairs.before(start) if answer.pairs else None
        yield Assigned(start, leader, rooms, devices, before or ())


def answer(offer: Offer, search: Search, now: datetime) -> Answer:
    """What is free in a clinic after `now`.

    ALL gives every start, EARLIEST the first, unless `limit` asks for more; PREFERRED begins with
    the day that is best for the guest.
    """
    limit = search.limit or (1 if search.mode is SearchMode.EARLIEST else None)
    calendar, window = offer.calendar, search.within(offer.calendar.zone)
    bookable = calendar.terms.bookable(now, calendar.zone)
    ready = pre_care_from(offer.offered.content, now)
    begin = max(window.start, earliest(bookable, ready, search, now))
    end = min(window.end, bookable.end)
    within, pairs = Interval(begin, max(begin, end)), Pairs.of(offer, search, now, end)
    preferred = search.mode is SearchMode.PREFERRED
    every = preferred or pairs is not None
    starts = offer.starts(within, search.step_minutes, None if every else limit)
    if pairs:
        starts = [each for each in starts if pairs.before(each) is not None]
    if preferred:
        starts = _nearest_first(offer, starts)
    to_come = Interval(max(window.start, now), max(window.end, now + INSTANT))
    return Answer(offer, starts[:limit], to_come, ready, pairs)


def _problem(offer: Offer, window: Interval) -> RuleViolation | None:
    first, last = offer.days(window)
    if offer.guest and not offer.guest.days(first, last):
        return offer.guest.refusal(first)
    if offer.visit and not offer.calendar.plan(offer.visit).casts:
        try:
            check_pools(offer.visit, offer.calendar.resources, first)
        except RuleViolation as problem:
            return problem
    return None


def _nearest_first(offer: Offer, starts: Sequence[datetime]) -> list[datetime]:
    """By how far their day is from the guest's best, the earlier of two; ascending on each."""
    best = offer.guest.preferred_on if offer.guest else None
    if best is None or not starts:
        return list(starts)
    zone, days = offer.calendar.zone, dict[date, Sequence[datetime]]()
    position = 0
    while position < len(starts):
        day = local_day(starts[position], zone)
        end = bisect_left(starts, local_instant(day + timedelta(days=1), 0, zone), position)
        days[day] = starts[position : max(end, position + 1)]
        position = max(end, position + 1)
    nearest = sorted(days, key=lambda day: (abs((day - best).days), day))
    return [each for day in nearest for each in days[day]]
