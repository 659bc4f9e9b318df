"""A number of sessions at one price, and whether it can be finished before it expires."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from schema.errors import RuleViolation
from schema.money import Money
from schema.pricing.rules.prices import check_from_today
from schema.protocols.rules import (
    CourseSeverity,
    IntervalRule,
    ProtocolContent,
    Variant,
    spacing_for,
)

MOST_SESSIONS = 50
LONGEST_VALIDITY_DAYS = 5 * 366


class InvalidPackage(RuleViolation):
    code = "INVALID_PACKAGE"


class PackageNotFeasible(RuleViolation):
    """With the days that its sessions take; None where the protocol has no courses."""

    code = "PACKAGE_NOT_FEASIBLE"

    def __init__(self, message: str, *, field: str, days_needed: int | None = None) -> None:
        super().__init__(message, field=field)
        self.days_needed = days_needed


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageTerms:
    """What a package promises; `amount` is for all its sessions and the first area.

    Offered from `valid_from` until `valid_to`, both included and days of the clinic; without
    `severity` for any.
    """

    id: UUID
    code: str
    sessions: int
    validity_days: int
    amount: Money
    further_area: Money
    valid_from: date
    valid_to: date | None = None
    severity: CourseSeverity | None = None

    def offered(self, day: date, severity: CourseSeverity) -> bool:
        """Whether it is sold on a day of the clinic for a concern of this severity."""
        return (
            self.severity in (None, severity)
            and self.valid_from <= day
            and (self.valid_to is None or day <= self.valid_to)
        )


@dataclass(frozen=True, slots=True)
class PackageWarning:
    """What is allowed and yet better known."""

    code: str
    message: str


def span_days(sessions: int, interval_days: int) -> int:
    """The days from the first of so many sessions to the last."""
    return (sessions - 1) * interval_days


def check_package(
    content: ProtocolContent,
    *,
    severity: CourseSeverity | None,
    sessions: int,
    validity_days: int,
) -> tuple[PackageWarning, ...]:
    """What to know about a package that can be finished in time.

    Raises: InvalidPackage, PackageNotFeasible where even the shortest intervals do not fit.
    A package is for whatever areas: the interval is that of those which heal longest.
    Source: domain.md, "What must be computed" 1: the last session is (n - 1) intervals after the
    first.
    """
    if not 1 <= sessions <= MOST_SESSIONS:
        raise InvalidPackage(f"A package has 1 to {MOST_SESSIONS} sessions.", field="sessions")
    if not 1 <= validity_days <= LONGEST_VALIDITY_DAYS:
        raise InvalidPackage(
            f"A package is valid for 1 to {LONGEST_VALIDITY_DAYS} days.", field="validityDays"
        )
    if sessions == 1:
        return ()
    severities = (severity,) if severity else tuple(CourseSeverity)
    intervals = [_interval(content, each) for each in severities]
    least = span_days(sessions, max(each.min_days for each in intervals))
    if least > validity_days:
        raise PackageNotFeasible(
            f"{sessions} sessions take at least {least} days; the package ends after"
            f" {validity_days}.",
            field="validityDays",
            days_needed=least,
        )
    return tuple(_warnings(sessions, validity_days, intervals))


def _interval(content: ProtocolContent, severity: CourseSeverity) -> IntervalRule:
    found = spacing_for(content, Variant(severity=severity))
    if found is None:
        raise PackageNotFeasible(
            f"{content.name} is not given in courses: a package of it has one session.",
            field="sessions",
        )
    return found


def _warnings(
    sessions: int, validity_days: int, intervals: Sequence[IntervalRule]
) -> Iterator[PackageWarning]:
    """The first of the intervals at which the package ends before its last session."""
    for pace, days in (
        ("preferred", max(each.preferred_days for each in intervals)),
        ("longest", max(each.max_days for each in intervals)),
    ):
        span = span_days(sessions, days)
        if span > validity_days:
            yield PackageWarning(
                f"{pace.upper()}_INTERVAL_DOES_NOT_FIT",
                f"At the {pace} interval, {days} days, {sessions} sessions take {span} days;"
                f" the package ends after {validity_days}.",
            )
            return


def check_end(terms: PackageTerms, valid_to: date, today: date) -> None:
    """Raise PastDay or InvalidPackage unless the package can end with this day."""
    check_from_today(valid_to, today, "validTo")
    if terms.valid_to is not None and terms.valid_to < today:
        raise InvalidPackage(f"{terms.code} ended on {terms.valid_to}.", field="package")
    if valid_to < terms.valid_from:
        raise InvalidPackage(
            f"{terms.code} begins on {terms.valid_from}: it cannot end before.", field="validTo"
        )
