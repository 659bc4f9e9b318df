"""Visits in order: a treatment with what has to come before it and the client lacks."""

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from schema.clinics.rules import GRID_MINUTES, local_day
from schema.intervals import Interval
from schema.protocols.rules import ProtocolKind
from schema.scheduling.rules.hours import local_instant
from schema.scheduling.rules.offers import Offer
from schema.scheduling.rules.pre_care import pre_care_from
from schema.scheduling.rules.searches import Search
from schema.scheduling.rules.sought import Ahead, Sought, ahead_of

DAY = timedelta(days=1)
Licences = frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Before:
    """A free start of a visit that comes before a treatment."""

    kind: ProtocolKind
    offer: Offer
    start: datetime
    licensed: bool = False

    @property
    def leader(self) -> int | None:
        """The number of who has to lead it, where a licence is demanded; None: anybody may."""
        visit = self.offer.visit
        if not self.licensed or visit is None or visit.main_need is None:
            return None
        numbers = self.offer.calendar.assignment(visit, self.start, self.offer.taken)
        return numbers[visit.main_need] if numbers else None


def earliest(bookable: Interval, ready: datetime | None, search: Search, now: datetime) -> datetime:
    """From when on a visit may start, whatever is free: as the clinic takes bookings, and once its
    pre-care can be kept, if it is `ready` only then."""
    begin = max(now, bookable.start)
    return begin if ready is None or search.pre_care_attested else max(begin, ready)


@dataclass(slots=True)
class Pairs:
    """Finds, for each start of a treatment, the visits that come before it."""

    treatment: Offer
    sought: Sought
    search: Search
    now: datetime
    end: datetime
    _ahead: dict[date, tuple[Ahead, ...]] = field(default_factory=dict)
    _free: dict[tuple[ProtocolKind, Licences], tuple[Offer, list[datetime]]] = field(
        default_factory=dict
    )

    @classmethod
    def of(cls, offer: Offer, search: Search, now: datetime, end: datetime) -> "Pairs | None":
        """None where nothing has to come before; `end` is where treatments end."""
        sought = offer.guest.sought if offer.guest else None
        return cls(offer, sought, search, now, end) if sought else None

    def before(self, start: datetime) -> tuple[Before, ...] | None:
        """What comes before a treatment at `start`, each as late as it may, in order; None where
        something is lacking that is not free in time."""
        found: list[Before] = []
        day = local_day(start, self.treatment.calendar.zone)
        for each in self._lacking(day, start):
            fitting = self._latest(each, day, start, found)
            if fitting is None:
                return None
            found.append(fitting)
        return tuple(sorted(found, key=lambda each: each.start))

    def _lacking(self, day: date, start: datetime) -> tuple[Ahead, ...]:
        if any(each.day == day for each in self.sought.done):
            return ahead_of(self.sought.lacking(day, start))
        if day not in self._ahead:
            self._ahead[day] = ahead_of(self.sought.lacking(day))
        return self._ahead[day]

    def _latest(
        self, ahead: Ahead, day: date, start: datetime, others: list[Before]
    ) -> Before | None:
        """The last free start within reach: clear of the treatment, and of the other visits, with
        whatever they keep before and after them."""
        offer, starts = self._starts(ahead)
        zone = offer.calendar.zone
        least = self._begin(day, ahead.max_days)
        most = local_instant(day - timedelta(days=ahead.min_days) + DAY, 0, zone)
        position = bisect_right(starts, start - _gap(offer, self.treatment))
        while position > 0 and starts[position - 1] >= least:
            position -= 1
            mine = Before(ahead.kind, offer, starts[position], bool(ahead.licences))
            if mine.start < most and all(_apart(mine, each) for each in others):
                return mine
        return None

    def _begin(self, day: date, max_days: int | None) -> datetime:
        if max_days is None:
            return self.now
        zone = self.treatment.calendar.zone
        return local_instant(day - timedelta(days=max_days), 0, zone)

    def _starts(self, ahead: Ahead) -> tuple[Offer, list[datetime]]:
        """The visit, led by who has the licences, and all its free starts until treatments end."""
        key = ahead.kind, ahead.licences
        if key not in self._free:
            offer = led_by_licence(self.treatment.ahead[ahead.kind], ahead.licences)
            bookable = offer.calendar.terms.bookable(self.now, offer.calendar.zone)
            ready = pre_care_from(offer.offered.content, self.now)
            begin = earliest(bookable, ready, self.search, self.now)
            self._free[key] = offer, offer.starts(Interval(begin, max(begin, self.end)))
        return self._free[key]


def led_by_licence(offer: Offer, licences: Licences) -> Offer:
    """The same visit, led by who is licensed as one of each of `licences`."""
    visit = offer.visit
    if visit is None or not licences:
        return offer
    main = visit.main_need
    if main is None:  # nobody treats in it, so nobody with a licence does
        return replace(offer, visit=None)
    demanded = tuple(tuple(sorted(each)) for each in sorted(licences, key=sorted))
    needs = tuple(
        replace(each, requirements=(*each.requirements, *demanded)) if position == main else each
        for position, each in enumerate(visit.needs)
    )
    return replace(offer, visit=replace(visit, needs=needs))


def _gap(first: Offer, second: Offer) -> timedelta:
    """How long after the start of one visit another starts at the soonest."""
    assert first.visit is not None, "a visit with starts"
    assert second.visit is not None, "a visit with starts"
    cells = first.calendar.plan(first.visit).reach + second.calendar.plan(second.visit).lead
    return timedelta(minutes=GRID_MINUTES * cells)


def _apart(some: Before, other: Before) -> bool:
    first, second = sorted((some, other), key=lambda each: each.start)
    return second.start - first.start >= _gap(first.offer, second.offer)
