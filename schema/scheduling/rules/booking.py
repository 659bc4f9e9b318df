"""What a booking obeys besides what is free, and which of it staff may set aside with a reason.

Never set aside: how long skin heals, the client's holds, what has to come before, who is qualified,
what is free. Days are the clinic's own.

* RuleViolation
  - LeadTimeTooShort    sooner than the clinic takes bookings
  - BeyondHorizon       further ahead than it takes them
  - DailyLimitReached   it, or whoever could treat, takes no more visits on that day
  - PreCareNotAttested  care before the visit should have begun by now
  - IntervalTooShort    of the courses: skin has not healed, or the course says later
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from schema.courses.rules import DaysBetween, IntervalTooShort, Spacing, Treated, check_interval
from schema.errors import Retry, RuleViolation
from schema.protocols.rules import (
    LayerKind,
    ProtocolContent,
    Resolved,
    Variant,
    healing_guard_days,
    interval_for,
)
from schema.scheduling.rules.pre_care import pre_care_from
from schema.scheduling.rules.terms import BookingTerms


class SoftRule(StrEnum):
    """A rule that staff may set aside for a booking, with a reason."""

    DAILY_LIMIT = "DAILY_LIMIT"
    HORIZON = "HORIZON"
    LEAD_TIME = "LEAD_TIME"
    MIN_INTERVAL = "MIN_INTERVAL"
    PRE_CARE = "PRE_CARE"


class LeadTimeTooShort(RuleViolation):
    code = "LEAD_TIME_TOO_SHORT"
    retry = Retry.NEW_SLOT


class BeyondHorizon(RuleViolation):
    code = "BEYOND_HORIZON"
    retry = Retry.NEW_SLOT


class DailyLimitReached(RuleViolation):
    code = "DAILY_LIMIT_REACHED"
    retry = Retry.NEW_SLOT


class PreCareNotAttested(RuleViolation):
    code = "PRE_CARE_NOT_ATTESTED"


@dataclass(frozen=True, slots=True)
class Override:
    """Rules that staff set aside for a booking, and why."""

    rules: frozenset[SoftRule]
    reason: str


@dataclass(slots=True)
class Leniency:
    """Which rules may be set aside for a booking, and which it turned out to break."""

    allowed: frozenset[SoftRule] = frozenset()
    used: set[SoftRule] = field(default_factory=set)

    def refuse(self, rule: SoftRule, violation: RuleViolation) -> None:
        """Raise `violation`, unless its rule may be set aside: then note that it was."""
        if rule not in self.allowed:
            raise violation
        self.used.add(rule)


def check_terms(
    start: datetime, asked_at: datetime, terms: BookingTerms, zone: ZoneInfo, leniency: Leniency
) -> None:
    """Raise LeadTimeTooShort or BeyondHorizon for a start that was asked for at `asked_at`."""
    bookable = terms.bookable(asked_at, zone)
    if start < bookable.start:
        soon = LeadTimeTooShort(
            f"This clinic takes bookings {terms.lead_minutes} minutes ahead.", field="startsAt"
        )
        leniency.refuse(SoftRule.LEAD_TIME, soon)
    if start >= bookable.end:
        last = terms.last_day(asked_at, zone)
        late = BeyondHorizon(f"This clinic takes bookings until {last}.", field="startsAt")
        leniency.refuse(SoftRule.HORIZON, late)


def check_pre_care(
    content: ProtocolContent,
    start: datetime,
    asked_at: datetime,
    attested: bool,
    leniency: Leniency,
) -> bool:
    """Whether the client's word was needed, that the care before the visit began in time.

    Raises: PreCareNotAttested. Source: domain.md, "What must be computed" 3.
    """
    begins = pre_care_from(content, asked_at)
    if begins is None or start >= begins:
        return False
    if not attested:
        hours = (begins - asked_at) // timedelta(hours=1)
        missing = PreCareNotAttested(
            f"Care begins {hours} hours before: let the client attest it.", field="preCareAttested"
        )
        leniency.refuse(SoftRule.PRE_CARE, missing)
    return attested


def check_spacing(
    treated: Iterable[Treated], day: date, spacing: Spacing, least_days: int, leniency: Leniency
) -> None:
    """Raise IntervalTooShort for a day too close to another, though the interval be lowered to
    `least_days` where that may be set aside."""
    days = list(treated)
    try:
        check_interval(days, day, spacing, "startsAt")
    except IntervalTooShort as refused:
        if SoftRule.MIN_INTERVAL in leniency.allowed:
            check_interval(days, day, _lowered(spacing, least_days), "startsAt")
        leniency.refuse(SoftRule.MIN_INTERVAL, refused)


def _lowered(spacing: Spacing, least_days: int) -> Spacing:
    least = min(spacing.min_days, least_days)
    return DaysBetween(least, spacing.preferred_days, spacing.max_days)


def least_interval_days(applied: Resolved, variant: Variant, areas: Sequence[str]) -> int:
    """The days under which nobody sets an interval: as skin heals or, where the law of the place
    set the interval, as that says."""
    treated = areas or [each.key for each in applied.content.areas]
    guard = healing_guard_days(applied.content, variant, treated)
    rule = interval_for(applied.below, variant)
    if rule is None or not _set_by_law(applied, rule.key):
        return guard
    return max(guard, rule.min_days)


def _set_by_law(applied: Resolved, key: str) -> bool:
    field = ("intervalRules", key, "minDays")
    return any(
        each.layer is LayerKind.JURISDICTION and field[: len(each.difference.where)] == where
        for each in applied.changes
        for where in [tuple(each.difference.where)]
    )
