"""Where and when a visit could take place: what the search finds, clinic by clinic."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from schema.clinics.rules import GRID_MINUTES
from schema.errors import RuleViolation
from schema.intervals import Interval
from schema.protocols.rules import Durations, ProtocolContent, check_visit, durations
from schema.scheduling.rules.calendars import ClinicCalendar, Visit, Wish

MOST_DAYS = 62
MOST_STEP_MINUTES = 24 * 60


class SearchMode(StrEnum):
    """Which starts are asked for."""

    ALL = "ALL"
    EARLIEST = "EARLIEST"


class InvalidSearch(RuleViolation):
    code = "INVALID_SEARCH"


@dataclass(frozen=True, slots=True)
class Search:
    """Which starts: from `window`, `step_minutes` apart, at most `limit` a clinic (None: all)."""

    window: Interval
    step_minutes: int = 15
    mode: SearchMode = SearchMode.ALL
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    """A place in degrees, and kilometres around it."""

    latitude: float
    longitude: float
    radius_km: float


@dataclass(frozen=True, slots=True)
class Where:
    """Which clinics: some by id or code, those of a region, or those within a circle."""

    clinics: tuple[UUID | str, ...] = ()
    region: UUID | str | None = None
    circle: Circle | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A clinic that offers the protocol, with its calendar, the visit there and its durations.

    Neither is there where the clinic's protocol is not for what is wished: `problem` says why.
    """

    clinic_id: UUID
    time_zone: str
    calendar: ClinicCalendar
    visit: Visit | None = None
    durations: Durations | None = None
    problem: RuleViolation | None = None


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
    content: ProtocolContent,
    template_code: str,
    offered: Collection[str] | None,
    wish: Wish,
) -> Offer:
    """What a clinic whose protocol is `content`, with add-ons `offered`, makes of a wish.

    None: it is what a course sold, with its add-ons.
    """
    here = Offer(clinic_id, calendar.zone.key, calendar)
    try:
        if offered is None:
            check_course_visit(content, wish)
        else:
            check_visit(content, wish.areas, wish.variant, wish.add_ons, offered=offered)
    except RuleViolation as problem:
        return replace(here, problem=problem)
    lasting = durations(content, wish.areas, wish.variant, wish.add_ons)
    return replace(here, visit=Visit.of(content, wish, template_code), durations=lasting)


@dataclass(frozen=True, slots=True)
class Answer:
    """The free starts in one clinic."""

    offer: Offer
    starts: list[datetime]


def check_search(search: Search) -> None:
    """Raise InvalidSearch for a window, a step or a limit that nobody needs."""
    if any(each.tzinfo is None for each in search.window):
        raise InvalidSearch("Instants name their offset, as in 2026-11-21T09:00:00Z.")
    if not timedelta() < search.window.duration <= timedelta(days=MOST_DAYS):
        raise InvalidSearch(f"`to` is after `from`, by at most {MOST_DAYS} days.", field="to")
    if search.step_minutes % GRID_MINUTES or not 0 < search.step_minutes <= MOST_STEP_MINUTES:
        raise InvalidSearch(
            f"A step is a multiple of {GRID_MINUTES} minutes, at most a day.", field="stepMinutes"
        )
    if search.limit is not None and search.limit < 1:
        raise InvalidSearch("A limit is 1 or more.", field="limitPerClinic")


def answers(offers: Iterable[Offer], search: Search, now: datetime) -> list[Answer]:
    """What is free in each clinic after `now`.

    ALL keeps the order of the clinics. EARLIEST gives the first start of each, unless `limit` asks
    for more, and puts the clinic that is free first on top.
    """
    limit = search.limit or (1 if search.mode is SearchMode.EARLIEST else None)
    begin = max(search.window.start, now)
    window = Interval(begin, max(begin, search.window.end))
    found = [Answer(each, _starts(each, window, search.step_minutes, limit)) for each in offers]
    if search.mode is SearchMode.EARLIEST:
        found.sort(key=lambda each: (not each.starts, each.starts[:1]))
    return found


def _starts(offer: Offer, window: Interval, step: int, limit: int | None) -> list[datetime]:
    if offer.visit is None:
        return []
    return offer.calendar.starts(offer.visit, window, step, limit)
