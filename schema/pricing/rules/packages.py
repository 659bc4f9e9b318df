"""A number of sessions at one price, and whether it can be finished before it expires."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import TypeAlias
from uuid import UUID

from schema.errors import RuleViolation
from schema.money import Money
from schema.pricing.rules.prices import check_from_today
from schema.protocols.rules import (
    CourseSeverity,
    IntervalRule,
    ProtocolContent,
    Variant,
    spacings,
)

MOST_SESSIONS = 50
LONGEST_VALIDITY_DAYS = 5 * 366

#: A variant, and the interval between its sessions.
Spacing: TypeAlias = tuple[Variant, IntervalRule]

PREFERRED, LONGEST = attrgetter("preferred_days"), attrgetter("max_days")


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


@dataclass(frozen=True, slots=True)
class LateVariant:
    """A variant for which a package ends before its last session, and the days that it takes."""

    variant: Variant
    days_needed: int

    def message(self, sessions: int, validity_days: int) -> str:
        return (
            f"For {variant_name(self.variant)}, {sessions} sessions take at least"
            f" {self.days_needed} days; the package ends after {validity_days}."
        )


def variant_name(variant: Variant) -> str:
    """A variant in words, such as `SEVERE concerns at 1.5 mm`."""
    depth = "" if variant.depth_mm is None else f" at {variant.depth_mm} mm"
    return f"{variant.severity} {variant.indication or 'concerns'}{depth}"


def span_days(sessions: int, interval_days: int) -> int:
    """The days from the first of so many sessions to the last."""
    return (sessions - 1) * interval_days


def late_variants(
    spaced: Iterable[Spacing],
    *,
    severity: CourseSeverity | None,
    sessions: int,
    validity_days: int,
) -> tuple[LateVariant, ...]:
    """For which variants a package cannot be finished in time, the one that takes longest first.

    It is sold for its severity (None: any), and for every indication and depth.
    Source: domain.md, "What must be computed" 1: the last session is (n - 1) intervals after the
    first.
    """
    found = [
        LateVariant(variant, span_days(sessions, interval.min_days))
        for variant, interval in spaced
        if severity in (None, variant.severity)
    ]
    late = [each for each in found if each.days_needed > validity_days]
    return tuple(sorted(late, key=lambda each: (-each.days_needed, _detail(each.variant))))


def _detail(variant: Variant) -> tuple[str, Decimal, int]:
    """What says less comes first."""
    severities = list(CourseSeverity)
    return (
        variant.indication or "",
        variant.depth_mm or Decimal(0),
        severities.index(variant.severity),
    )


def check_package(
    content: ProtocolContent,
    *,
    severity: CourseSeverity | None,
    sessions: int,
    validity_days: int,
) -> tuple[PackageWarning, ...]:
    """What to know about a package that can be finished in time for some variant at least.

    Raises: InvalidPackage, PackageNotFeasible where even the shortest interval does not fit.
    A package is for whatever areas: the interval is that of those which heal longest.
    """
    if not 1 <= sessions <= MOST_SESSIONS:
        raise InvalidPackage(f"A package has 1 to {MOST_SESSIONS} sessions.", field="sessions")
    if not 1 <= validity_days <= LONGEST_VALIDITY_DAYS:
        raise InvalidPackage(
            f"A package is valid for 1 to {LONGEST_VALIDITY_DAYS} days.", field="validityDays"
        )
    if sessions == 1:
        return ()
    spaced = [each for each in spacings(content) if severity in (None, each[0].severity)]
    if not spaced:
        raise PackageNotFeasible(
            f"{content.name} is not given in courses: a package of it has one session.",
            field="sessions",
        )
    late = late_variants(spaced, severity=severity, sessions=sessions, validity_days=validity_days)
    if len(late) == len(spaced):
        least = late[-1].days_needed
        raise PackageNotFeasible(
            f"{sessions} sessions take at least {least} days; the package ends after"
            f" {validity_days}.",
            field="validityDays",
            days_needed=least,
        )
    never = {each.variant for each in late}
    fitting = [each for each in spaced if each[0] not in never]
    return (
        *_variant_warnings(sessions, validity_days, late),
        *_pace_warnings(sessions, validity_days, fitting),
    )


def _variant_warnings(
    sessions: int, validity_days: int, late: Iterable[LateVariant]
) -> Iterator[PackageWarning]:
    """One for all variants that take equally long, by the one of them that says least."""
    plainest: dict[int, LateVariant] = {}
    for each in late:
        plainest.setdefault(each.days_needed, each)
    for each in plainest.values():
        yield PackageWarning("VARIANT_DOES_NOT_FIT", each.message(sessions, validity_days))


def _pace_warnings(
    sessions: int, validity_days: int, spaced: Iterable[Spacing]
) -> Iterator[PackageWarning]:
    """The first pace at which the package ends before its last session, by the slowest variant."""
    plainest = sorted(spaced, key=lambda each: _detail(each[0]))
    for pace, days_of in (("preferred", PREFERRED), ("longest", LONGEST)):
        variant, interval = max(plainest, key=lambda each: days_of(each[1]))
        days = days_of(interval)
        span = span_days(sessions, days)
        if span > validity_days:
            yield PackageWarning(
                f"{pace.upper()}_INTERVAL_DOES_NOT_FIT",
                f"At the {pace} interval for {variant_name(variant)}, {days} days, {sessions}"
                f" sessions take {span} days; the package ends after {validity_days}.",
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
