"""Who comes: on which days a client may be treated, and when the person is busy."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from schema.courses.rules import (
    Spacing,
    Treated,
    check_interval,
    earliest_after,
    next_windows,
)
from schema.errors import RuleViolation
from schema.scheduling.rules.appointments import check_course_has_room
from schema.scheduling.rules.calendars import Taken
from schema.scheduling.rules.sought import Sought

DAY = timedelta(days=1)
#: The first day and the last, both included.
DaySpan = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Stop:
    """Days on which the client may not come, first and last included, and what says so."""

    from_on: date
    to_on: date
    refusal: RuleViolation


@dataclass(frozen=True, slots=True)
class CourseLeft:
    """What is left of a course: the preferred days of its planned sessions, in turn, of which
    `booked` have a visit to come."""

    expires_on: date
    planned: tuple[date, ...]
    booked: int


@dataclass(frozen=True, slots=True)
class Guest:
    """A client as a search sees one. The earlier `stops` are said first.

    `number` is the client's in the calendar, `taken` when the person is busy, in whatever clinic;
    `sought` is what has to come before the visit.
    """

    number: int
    taken: Taken = field(default_factory=dict)
    stops: tuple[Stop, ...] = ()
    preferred_on: date | None = None
    sought: Sought | None = None

    def days(self, first: date, last: date) -> list[DaySpan]:
        """Of the days from `first` to `last`, those on which nothing stops the visit."""
        free, begin = list[DaySpan](), first
        for stop in sorted(self.stops, key=lambda each: (each.from_on, each.to_on)):
            if stop.from_on > begin:
                free.append((begin, min(last, stop.from_on - DAY)))
            if stop.to_on >= last:
                return [each for each in free if each[0] <= each[1]]
            begin = max(begin, stop.to_on + DAY)
        return [each for each in [*free, (begin, last)] if each[0] <= each[1]]

    def refusal(self, day: date) -> RuleViolation | None:
        """Why the client may not come on a day: what is said first."""
        return next(
            (each.refusal for each in self.stops if each.from_on <= day <= each.to_on), None
        )


def heals(treated: Sequence[Treated], spacing: Spacing, field: str) -> Iterator[Stop]:
    """The days too close to those on which the same areas were or will be treated."""
    for each in treated:
        refusal = _refused(partial(check_interval, treated, each.day, spacing, field))
        begin = each.day - timedelta(days=spacing.min_days) + DAY
        if refusal is not None:
            yield Stop(begin, each.free_from(spacing) - DAY, refusal)


def ends(course: CourseLeft) -> Iterator[Stop]:
    """The days on which a course has no session any more: none, where all are booked."""
    last = course.expires_on
    for begin, day in ((date.min, last), (last + DAY, last + DAY)):
        check = partial(check_course_has_room, day, last, len(course.planned), course.booked)
        if refusal := _refused(check):
            yield Stop(begin, date.max, refusal)


def _refused(check: Callable[[], None]) -> RuleViolation | None:
    try:
        check()
    except RuleViolation as refusal:
        return refusal
    return None


def preferred_day(
    treated: Iterable[Treated], spacing: Spacing | None, course: CourseLeft | None
) -> date | None:
    """The day on which the next session is best: the preferred interval after the last, no sooner
    than skin heals; of a course that has not begun, as it was planned. None: no day in particular.
    """
    days = list(treated)
    if spacing is None or not days:
        left = course.planned[course.booked :] if course else ()
        return left[0] if left else None
    last_on = max(each.day for each in days)
    remaining = len(course.planned) - course.booked if course else 0
    if course and remaining > 0:
        wanted = next_windows(last_on, remaining, spacing, course.expires_on)[0].preferred_on
    else:
        wanted = last_on + timedelta(days=spacing.preferred_days)
    return max(wanted, earliest_after(days, spacing) or wanted)
