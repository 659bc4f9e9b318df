"""Where and when a visit could take place: what the search finds, clinic by clinic."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
)
from schema.scheduling.rules.guests import Guest
from schema.scheduling.rules.hours import local_instant
from schema.scheduling.rules.visits import Visit, Wish

DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)


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
    course_id: UUID | None = None

    def spacing(self, wish: Wish) -> Spacing | None:
        """The interval between sessions of what is wished; None: there are no courses of it."""
        return self.kept or spacing_for(self.content, wish.variant, wish.areas)


@dataclass(frozen=True, slots=True)
class Beyond:
    """The free starts from `since` on, which lies beyond the calendar."""

    since: datetime
    starts: Sequence[datetime]


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
    beyond: Beyond | None = None
    #: The clinic's own visits that may have to come before this one, by kind.
    ahead: Mapping[ProtocolKind, "Offer"] = field(default_factory=dict)

    @property
    def taken(self) -> Taken:
        """When the guest is busy."""
        return self.guest.taken if self.guest else NOTHING

    def days(self, window: Interval) -> tuple[date, date]:
        """The first and the last of the clinic's days that a window touches."""
        zone = self.calendar.zone
        return local_day(window.start, zone), local_day(window.end - INSTANT, zone)

    def starts(
        self, window: Interval, step_minutes: int | None = None, limit: int | None = None
    ) -> list[datetime]:
        """The free starts in a window, ascending; the first `limit`."""
        if self.visit is None:
            return []
        if self.guest is None:
            return self._free(self.visit, window, step_minutes, limit)
        found: list[datetime] = []
        for each in self._windows(self.guest, window):
            left = None if limit is None else limit - len(found)
            if left == 0:
                break
            found += self._free(self.visit, each, step_minutes, left)
        return found

    def _free(
        self, visit: Visit, window: Interval, step_minutes: int | None, limit: int | None
    ) -> list[datetime]:
        """As far as the calendar reaches by it, and further on as SQL found it."""
        if self.beyond is None:
            return self.calendar.starts(visit, window, step_minutes, limit, self.taken)
        start, end = window
        near = Interval(start, max(start, min(end, self.beyond.since)))
        found = self.calendar.starts(visit, near, step_minutes, limit, self.taken)
        return [*found, *(each for each in self.beyond.starts if start <= each < end)][:limit]

    def _windows(self, guest: Guest, window: Interval) -> Iterator[Interval]:
        """The parts of `window` on days on which the guest may come."""
        if window.start >= window.end:
            return
        zone = self.calendar.zone
        for first, last in guest.days(*self.days(window)):
            begin = local_instant(first, 0, zone)
            end = local_instant(last + DAY, 0, zone)
            yield Interval(max(window.start, begin), min(window.end, end))

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


@dataclass(frozen=True, slots=True)
class Offering:
    """What a clinic makes of a wish, wherever and whenever: see `Offer`."""

    offered: Offered
    wish: Wish
    visit: Visit | None = None
    durations: Durations | None = None
    problem: RuleViolation | None = None

    def at(
        self, clinic_id: UUID, calendar: ClinicCalendar, distance_km: float | None = None
    ) -> Offer:
        """The same in a clinic's calendar."""
        return Offer(
            clinic_id,
            calendar.zone.key,
            calendar,
            self.offered,
            self.wish,
            self.visit,
            self.durations,
            self.problem,
            distance_km=distance_km,
        )


def offering(offered: Offered, wish: Wish) -> Offering:
    """What a clinic that offers this makes of a wish."""
    here, content = Offering(offered, wish), offered.content
    try:
        if offered.add_ons is None:
            check_course_visit(content, wish)
        else:
            check_visit(content, wish.areas, wish.variant, wish.add_ons, offered=offered.add_ons)
    except RuleViolation as problem:
        return replace(here, problem=problem.with_traceback(None))  # it is kept, its frames not
    lasting = durations(content, wish.areas, wish.variant, wish.add_ons)
    visit = Visit.of(content, wish, offered.template_code)
    return replace(here, visit=visit, durations=lasting)
