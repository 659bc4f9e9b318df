"""What a clinic may set as its rules of booking."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from typing import TypedDict

from schema.clinics.rules import DAY_MINUTES, GRID_MINUTES
from schema.errors import RuleViolation
from schema.scheduling.rules.holidays import public_holidays
from schema.scheduling.rules.terms import FURTHEST_DAYS, BookingTerms

LONGEST_BUFFER_MINUTES = 4 * 60
#: So far ahead holidays are known well enough to open on them; some countries' follow the moon.
HOLIDAYS_AHEAD = timedelta(days=3 * 366)


class InvalidBookingRules(RuleViolation):
    code = "INVALID_BOOKING_RULES"


class TermsChange(TypedDict, total=False):
    """What shall change of a clinic's `BookingTerms`."""

    step_minutes: int
    lead_minutes: int
    horizon_days: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    most_visits_a_day: int | None
    most_visits_a_practitioner: int | None


def check_booking_rules(terms: BookingTerms) -> None:
    """Raise InvalidBookingRules, naming the first of the terms that cannot be."""
    for field, wrong in _wrong(terms):
        raise InvalidBookingRules(wrong, field=field)


def _wrong(terms: BookingTerms) -> Iterator[tuple[str, str]]:
    if not _on_grid(terms.step_minutes, GRID_MINUTES, DAY_MINUTES):
        yield "stepMinutes", f"Starts lie 5 to {DAY_MINUTES} minutes apart, a multiple of 5."
    if not 1 <= terms.horizon_days <= FURTHEST_DAYS:
        yield "horizonDays", f"Bookings are taken 1 to {FURTHEST_DAYS} days ahead."
    if not 0 <= terms.lead_minutes <= terms.horizon_days * DAY_MINUTES:
        yield "leadMinutes", "A lead time is 0 minutes or more, and within the horizon."
    for field, buffer in (
        ("bufferBeforeMinutes", terms.buffer_before_minutes),
        ("bufferAfterMinutes", terms.buffer_after_minutes),
    ):
        if not _on_grid(buffer, 0, LONGEST_BUFFER_MINUTES):
            yield field, f"A buffer has 0 to {LONGEST_BUFFER_MINUTES} minutes, a multiple of 5."
    for field, most in (
        ("mostVisitsADay", terms.most_visits_a_day),
        ("mostVisitsAPractitioner", terms.most_visits_a_practitioner),
    ):
        if most is not None and most < 1:
            yield field, "A limit is 1 visit or more; null is any number."


def _on_grid(minutes: int, least: int, most: int) -> bool:
    return least <= minutes <= most and minutes % GRID_MINUTES == 0


def open_holidays(
    wanted: Sequence[date], present: Collection[date], jurisdiction_code: str, today: date
) -> list[date]:
    """The holidays to open on: those of `wanted` that have not passed, in order, each once.

    What is `present` already may stay in the list although it has passed, or is no holiday any
    more.

    Raises: InvalidBookingRules for other days that have passed, are more than three years ahead,
    or are no public holiday there.
    """
    for position, day in enumerate(wanted):
        if day not in present:
            _check_holiday(day, jurisdiction_code, today, f"openHolidays.{position}")
    return sorted({day for day in wanted if day >= today})


def _check_holiday(day: date, jurisdiction_code: str, today: date, field: str) -> None:
    if day < today:
        raise InvalidBookingRules(f"{day} has passed.", field=field)
    if day > today + HOLIDAYS_AHEAD:
        raise InvalidBookingRules(f"{day} is more than three years ahead.", field=field)
    if day not in public_holidays(jurisdiction_code, day, day):
        raise InvalidBookingRules(
            f"{day} is no public holiday in {jurisdiction_code}.", field=field
        )
