"""Why a visit cannot be booked at a start, or on a whole day: every reason, by the rules of
booking themselves. Days are the clinic's own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from schema.clients.rules import Contraindicated, HoldStops, NotYet
from schema.clinics.rules import local_day
from schema.courses.rules import Spacing, Treated
from schema.errors import RuleViolation
from schema.intervals import Interval
from schema.scheduling.rules.appointments import CourseNotBookable, check_start
from schema.scheduling.rules.booking import (
    BeyondHorizon,
    Leniency,
    SoftRule,
    check_pre_care,
    check_spacing,
    check_terms,
)
from schema.scheduling.rules.grid import ceil_cell, cell_start, floor_cell
from schema.scheduling.rules.hours import day_window, local_instant
from schema.scheduling.rules.offers import Offer
from schema.scheduling.rules.pre_care import pre_care_from
from schema.scheduling.rules.prerequisites import MissingPrerequisite, Prerequisite
from schema.scheduling.rules.reasons import (
    Blocking,
    BlockingKind,
    Reason,
    ReasonCode,
    merged,
    refusal_of,
)
from schema.scheduling.rules.searches import MOST_DAYS
from schema.scheduling.rules.shortfalls import Shortfalls
from schema.scheduling.rules.standings import Grounds
from schema.scheduling.rules.terms import FURTHEST_DAYS

DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)
LOOKED_AHEAD = timedelta(days=MOST_DAYS)
NEXT_STARTS = 5
RULE = Blocking(BlockingKind.RULE)
HOURS = frozenset({ReasonCode.CLOSED, ReasonCode.OUTSIDE_HOURS})


@dataclass(frozen=True, slots=True)
class Healing:
    """When areas of the client were or will be treated, the interval that holds, and the days
    under which nobody sets it aside."""

    treated: tuple[Treated, ...]
    spacing: Spacing
    least_days: int

    def refusal(
        self, day: date, allowed: frozenset[SoftRule] = frozenset()
    ) -> RuleViolation | None:
        """What speaks against a day, though these rules be set aside."""
        leniency = Leniency(allowed)
        treated, spacing, least = self.treated, self.spacing, self.least_days
        return refusal_of(lambda: check_spacing(treated, day, spacing, least, leniency))

    def clear_from(self, day: date, allowed: frozenset[SoftRule] = frozenset()) -> date:
        """The first day, from this one on, against which nothing speaks."""
        while self.refusal(day, allowed):
            day += DAY
        return day


@dataclass(slots=True)
class WhyNot:
    """What is asked of one clinic's offer; `always` stops it whenever it is."""

    offer: Offer
    grounds: Grounds
    now: datetime
    attested: bool = False
    healing: Healing | None = None
    always: tuple[Reason, ...] = ()
    _short: Shortfalls | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        offer = self.offer
        if offer.visit is not None:
            self._short = Shortfalls(offer.calendar, offer.visit, self.grounds, offer.taken)

    def at(self, start: datetime) -> list[Reason]:
        """Why the visit cannot be booked at a start; nothing where it can."""
        wrong = unusable(start, self.now)
        if wrong is not None:
            return [*self.always, wrong]
        found = [*self.always, *self._terms(start), *self._client(start)]
        if self._short is not None:
            position = floor_cell(start) - self.offer.calendar.frame.first
            found += self._short.at(position)
        return found

    def on(self, day: date) -> list[Reason]:
        """Why it cannot be booked on a day at any start that the clinic offers; nothing where it
        can. Hours and what has passed count only where nothing else of the day is left."""
        starts = list(self.offered_on(day))
        if not starts:
            return [Reason(ReasonCode.OUTSIDE_HOURS, "The clocks skip this day.", "at.day")]
        reasons = [self.at(each) for each in starts]
        if not all(reasons):
            return []
        least = min(_weight(each) for each in reasons)
        return merged(each for each in reasons if _weight(each) == least)

    def offered_on(self, day: date) -> Iterator[datetime]:
        """The starts of a day, as far apart as the clinic offers them."""
        calendar = self.offer.calendar
        start, end = day_window(day, calendar.zone)
        step = timedelta(minutes=calendar.terms.step_minutes)
        current = cell_start(ceil_cell(start))
        while current < end:
            yield current
            current += step

    def next_free(self, start: datetime, first: int = NEXT_STARTS) -> list[datetime]:
        """The next offered starts from one on that can be booked just so, in the days that are
        looked at."""
        offer, guest = self.offer, self.offer.guest
        bookable = offer.calendar.terms.bookable(self.now, offer.calendar.zone)
        ready = None if self.attested else pre_care_from(offer.offered.content, self.now)
        begin = max(start, bookable.start, ready or start, self.now + INSTANT)
        end = min(bookable.end, offer.calendar.frame.interval.end - DAY)
        if self.always or begin >= end:
            return []
        sought = guest.sought if guest else None
        limit = None if sought else first
        found = list[datetime]()
        for each in offer.starts(Interval(begin, end), None, limit):
            if len(found) == first:
                break
            if not self._lacking(each):
                found.append(each)
        return found

    def _lacking(self, start: datetime) -> bool:
        guest = self.offer.guest
        day = local_day(start, self.offer.calendar.zone)
        return bool(guest and guest.sought and guest.sought.lacking(day, start))

    def _terms(self, start: datetime) -> Iterator[Reason]:
        """Lead time, horizon and pre-care."""
        terms, zone = self.offer.calendar.terms, self.offer.calendar.zone
        refused = refusal_of(lambda: check_terms(start, self.now, terms, zone, Leniency()))
        if isinstance(refused, BeyondHorizon):
            code, rule = ReasonCode.HORIZON, SoftRule.HORIZON
            yield Reason(code, refused.message, "at", None, RULE, rule=rule)
        elif refused is not None:
            code, rule = ReasonCode.LEAD_TIME, SoftRule.LEAD_TIME
            soonest = cell_start(ceil_cell(terms.bookable(self.now, zone).start))
            yield Reason(code, refused.message, "at", soonest, RULE, rule=rule)
        content = self.offer.offered.content
        refused = refusal_of(
            lambda: check_pre_care(content, start, self.now, self.attested, Leniency())
        )
        if refused is not None:
            ready = pre_care_from(content, self.now) or start
            code, rule = ReasonCode.PRE_CARE, SoftRule.PRE_CARE
            until = cell_start(ceil_cell(ready))
            yield Reason(code, refused.message, "preCareAttested", until, RULE, rule=rule)

    def _client(self, start: datetime) -> Iterator[Reason]:
        """What the client's holds, course, other visits and what comes before say of the day."""
        guest, zone = self.offer.guest, self.offer.calendar.zone
        if guest is None:
            return
        day = local_day(start, zone)
        for stop in guest.stops:
            if stop.from_on <= day <= stop.to_on:
                yield from _stopped(stop.refusal, stop.to_on, zone, stop.from_on > date.min)
        if self.healing is not None:
            yield from self._heals(self.healing, day)
        lacking = guest.sought.lacking(day, start) if guest.sought else ()
        if lacking:
            said = MissingPrerequisite(lacking).message
            what = Blocking(BlockingKind.PREREQUISITE, _kinds(lacking))
            yield Reason(ReasonCode.MISSING_PREREQUISITE, said, "client", None, what)

    def _heals(self, healing: Healing, day: date) -> Iterator[Reason]:
        """The interval, and beneath it what nobody sets aside."""
        zone, soft = self.offer.calendar.zone, frozenset({SoftRule.MIN_INTERVAL})
        never, said = healing.refusal(day, soft), healing.refusal(day)
        healed = local_instant(healing.clear_from(day, soft), 0, zone)
        usual = local_instant(healing.clear_from(day), 0, zone)
        if never is not None:
            yield Reason(ReasonCode.HEALING, never.message, "at", healed, RULE)
        if said is not None and (never is None or usual != healed):
            code, rule = ReasonCode.INTERVAL_TOO_SHORT, SoftRule.MIN_INTERVAL
            yield Reason(code, said.message, "at", usual, RULE, rule=rule)


def unusable(start: datetime, now: datetime) -> Reason | None:
    """Why a start comes into question nowhere."""
    refused = refusal_of(lambda: check_start(start, now))
    if refused is None:
        return None
    code, until = ReasonCode.OFF_GRID, cell_start(ceil_cell(start))
    if start <= now:
        code, until = ReasonCode.PAST, cell_start(floor_cell(now) + 1)
    elif start > now + timedelta(days=FURTHEST_DAYS):
        return Reason(ReasonCode.HORIZON, refused.message, "at", None, RULE)
    return Reason(code, refused.message, "at", until, RULE)


def unusable_day(day: date, now: datetime, zone: ZoneInfo) -> Reason | None:
    """Why a day comes into question nowhere."""
    today = local_day(now, zone)
    if day < today:
        until = cell_start(floor_cell(now) + 1)
        return Reason(ReasonCode.PAST, "This day has passed.", "at", until, RULE)
    if day > today + timedelta(days=FURTHEST_DAYS):
        said = f"Visits are booked at most {FURTHEST_DAYS} days ahead."
        return Reason(ReasonCode.HORIZON, said, "at", None, RULE)
    return None


def _stopped(refusal: RuleViolation, to_on: date, zone: ZoneInfo, last: bool) -> Iterator[Reason]:
    """What stops a guest until a day; until when a finding holds is part of it, so that only those
    who may see it are told. Of the interval `Healing` says more."""
    ends = None if to_on == date.max else local_instant(to_on + DAY, 0, zone)
    said, where = refusal.message, refusal.field
    if isinstance(refusal, HoldStops):
        until = ends if isinstance(refusal, Contraindicated) else None
        hold, code = Blocking(BlockingKind.CLIENT_HOLD), ReasonCode(refusal.code)
        yield Reason(code, said, where, until, hold, holds=refusal.holds)
    elif isinstance(refusal, NotYet):
        hold = Blocking(BlockingKind.CLIENT_HOLD)
        yield Reason(ReasonCode.NOT_YET, said, where, ends, hold)
    elif isinstance(refusal, CourseNotBookable):
        code = ReasonCode.COURSE_ENDS if last else ReasonCode.NO_SESSION_LEFT
        yield Reason(code, said, "course", None, Blocking(BlockingKind.COURSE))


def _weight(reasons: Iterable[Reason]) -> int:
    """How little a start says of its day: it has passed, or the clinic is closed."""
    codes = {each.code for each in reasons}
    return 2 if ReasonCode.PAST in codes else int(not codes.isdisjoint(HOURS))


def _kinds(lacking: Iterable[Prerequisite]) -> str:
    return ", ".join(sorted({each.visit_kind for each in lacking}))
