"""Where and when a visit could take place: what the search finds, clinic by clinic."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from schema.clinics.rules import local_day
from schema.courses.rules import Spacing
from schema.errors import RuleViolation
from schema.intervals import Interval
from schema.protocols.rules import (
    Durations,
    ProtocolContent,
    ProtocolKind,
    check_visit,
    durations,
    spacing_for,
)
from schema.scheduling.rules.calendars import (
    NOTHING,
    ClinicCalendar,
    Taken,
    Visit,
    Wish,
    check_pools,
)
from schema.scheduling.rules.guests import Guest
from schema.scheduling.rules.hours import local_instant
from schema.scheduling.rules.pre_care import pre_care_from
from schema.scheduling.rules.searches import Search, SearchMode

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Offered:
    """A protocol as a clinic offers it, with these add-ons; or as a course keeps it, with what it
    sold (None), at the interval that is in force for it."""

    clinic_protocol_id: UUID
    template_code: str
    kind: ProtocolKind
    content: ProtocolContent
    add_ons: Collection[str] | None
    kept: Spacing | None = None

    def spacing(self, wish: Wish) -> Spacing | None:
        """The interval between sessions of what is wished; None: there are no courses of it."""
        return self.kept or spacing_for(self.content, wish.variant, wish.areas)


@dataclass(frozen=True, slots=True)
class Offer:
    """A clinic that offers the protocol, with its calendar, the visit there and its durations.

    Neither is there where the clinic's protocol is not for what is wished: `problem` says why.
    """

    clinic_id: UUID
    time_zone: str
    calendar: ClinicCalendar
    offered: Offered
    wish: Wish
    visit: Visit | None = None
    durations: Durations | None = None
    problem: RuleViolation | None = None
    guest: Guest | None = None
    distance_km: float | None = None

    @property
    def taken(self) -> Taken:
        """When the guest is busy."""
        return self.guest.taken if self.guest else NOTHING

    def visited_by(self, guest: Guest | None, led_by: int | None) -> "Offer":
        """The same for a guest, or by a practitioner."""
        if self.visit is None or (guest is None and led_by is None):
            return self
        guests = (guest.number,) if guest else ()
        return replace(self, visit=replace(self.visit, guests=guests, led_by=led_by), guest=guest)


def check_course_visit(content: ProtocolContent, wish: Wish) -> None:
    """Raise what `check_visit` raises of what a course sold, where the law does not allow it by
    now: `content` is what applies to the course."""
    try:
        check_visit(content, wish.areas, wish.variant, wish.add_ons)
    except RuleViolation as refused:
        raise type(refused)(refused.message, field="course") from refused


def offer(
    clinic_id: UUID,
    calendar: ClinicCalendar,
    offered: Offered,
    wish: Wish,
    distance_km: float | None = None,
) -> Offer:
    """What a clinic that offers this makes of a wish."""
    here = Offer(clinic_id, calendar.zone.key, calendar, offered, wish, distance_km=distance_km)
    content = offered.content
    try:
        if offered.add_ons is None:
            check_course_visit(content, wish)
        else:
            check_visit(content, wish.areas, wish.variant, wish.add_ons, offered=offered.add_ons)
    except RuleViolation as problem:
        return replace(here, problem=problem)
    lasting = durations(content, wish.areas, wish.variant, wish.add_ons)
    visit = Visit.of(content, wish, offered.template_code)
    return replace(here, visit=visit, durations=lasting)


@dataclass(frozen=True, slots=True)
class Answer:
    """The free starts in one clinic, and from when on they need no attestation of pre-care."""

    offer: Offer
    starts: list[datetime]
    window: Interval
    pre_care_from: datetime | None = None

    @property
    def problem(self) -> RuleViolation | None:
        """Why there is no start, whatever is free; None where there are some, or may be."""
        return self.offer.problem or (None if self.starts else _problem(self.offer, self.window))


def answers(offers: Iterable[Offer], search: Search, now: datetime) -> list[Answer]:
    """What is free in each clinic after `now`.

    ALL keeps the order of the clinics. EARLIEST gives the first start of each, unless `limit` asks
    for more, and puts the clinic that is free first on top. PREFERRED begins with the day that is
    best for the guest.
    """
    limit = search.limit or (1 if search.mode is SearchMode.EARLIEST else None)
    found = [_answer(each, search, limit, now) for each in offers]
    if search.mode is SearchMode.EARLIEST:
        found.sort(key=lambda each: (not each.starts, each.starts[:1]))
    return found


def _answer(offer: Offer, search: Search, limit: int | None, now: datetime) -> Answer:
    calendar = offer.calendar
    ready = pre_care_from(offer.offered.content, now)
    window = search.within(calendar.zone)
    bookable = calendar.terms.bookable(now, calendar.zone)
    begin = max(window.start, bookable.start, now)
    if ready is not None and not search.pre_care_attested:
        begin = max(begin, ready)
    within = Interval(begin, max(begin, min(window.end, bookable.end)))
    if search.mode is SearchMode.PREFERRED:
        starts = _nearest_first(offer, _starts(offer, within, search.step_minutes, None))[:limit]
    else:
        starts = _starts(offer, within, search.step_minutes, limit)
    return Answer(offer, starts, window, ready)


def _starts(offer: Offer, window: Interval, step: int | None, limit: int | None) -> list[datetime]:
    if offer.visit is None:
        return []
    if offer.guest is None:
        return offer.calendar.starts(offer.visit, window, step, limit)
    found: list[datetime] = []
    for each in _windows(offer, offer.guest, window):
        left = None if limit is None else limit - len(found)
        if left == 0:
            break
        found += offer.calendar.starts(offer.visit, each, step, left, offer.taken)
    return found


def _windows(offer: Offer, guest: Guest, window: Interval) -> Iterator[Interval]:
    """The parts of `window` on days on which the guest may come."""
    if window.start >= window.end:
        return
    zone = offer.calendar.zone
    for first, last in guest.days(*days_within(offer, window)):
        begin = local_instant(first, 0, zone)
        end = local_instant(last + timedelta(days=1), 0, zone)
        yield Interval(max(window.start, begin), min(window.end, end))


def days_within(offer: Offer, window: Interval) -> tuple[date, date]:
    """The first and the last of the clinic's days that a window touches."""
    zone = offer.calendar.zone
    return local_day(window.start, zone), local_day(window.end - INSTANT, zone)


def _problem(offer: Offer, window: Interval) -> RuleViolation | None:
    first, last = days_within(offer, window)
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
