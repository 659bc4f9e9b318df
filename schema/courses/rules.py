"""When sessions may be, and which courses may be sold. Days are local days of the clinic.

* RuleViolation
  - ClinicNotSelling        only a live clinic sells
  - NotACourse              one visit, no interval: nothing to sell in advance
  - CourseNotFeasible       its sessions cannot be finished before it expires
  - SessionCountRefused     outside the protocol's rule, without a reason
  - CourseNotActive         completed, expired or cancelled
  - SessionNotPlanned       done already, cancelled, or not of this course
  - InvalidDay              not yet, or before the sale
  - IntervalTooShort        skin has not healed yet
  - InvalidDepth            no needle goes there
  - DepthNotAllowed         this protocol's needle does not: of the protocols
  - PractitionerNotAssigned not to this clinic on that day
* Conflict
  - CourseReferenceTaken    sold under this reference before
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from schema.clinics.rules import ClinicStatus
from schema.errors import Conflict, Retry, RuleViolation
from schema.protocols.rules import (
    HEALING_GUARD_DAYS,
    NEEDLE_DEPTH,
    ProtocolContent,
    SessionCountRule,
)
from schema.protocols.rules.violations import DepthNotAllowed

#: How long a course is good for that was not sold as a package.
USUAL_VALIDITY_DAYS = 365
LONGEST_VALIDITY_DAYS = 5 * 366
MOST_SESSIONS = 50
DEEPEST_MM = Decimal(10)


class CourseState(StrEnum):
    """What became of a course. EXPIRED is computed, from its last day."""

    ACTIVE = "ACTIVE"
    CANCELLED = "CANCELLED"
    COMPLETED = "COMPLETED"
    EXPIRED = "EXPIRED"


class CourseCancellation(StrEnum):
    """Why what is left of a course is called off."""

    CLIENT = "CLIENT"
    CLINIC = "CLINIC"
    MISTAKE = "MISTAKE"


class SessionState(StrEnum):
    """What became of a session."""

    CANCELLED = "CANCELLED"
    DONE = "DONE"
    PLANNED = "PLANNED"


class ClinicNotSelling(RuleViolation):
    code = "CLINIC_NOT_SELLING"


class NotACourse(RuleViolation):
    code = "NOT_A_COURSE"


class CourseNotFeasible(RuleViolation):
    code = "COURSE_NOT_FEASIBLE"


class SessionCountRefused(RuleViolation):
    code = "SESSION_COUNT_REFUSED"


class CourseNotActive(RuleViolation):
    code = "COURSE_NOT_ACTIVE"


class SessionNotPlanned(RuleViolation):
    code = "SESSION_NOT_PLANNED"


class InvalidDay(RuleViolation):
    code = "INVALID_DAY"


class IntervalTooShort(RuleViolation):
    code = "INTERVAL_TOO_SHORT"
    retry = Retry.NEW_SLOT


class InvalidDepth(RuleViolation):
    code = "INVALID_DEPTH"


class PractitionerNotAssigned(RuleViolation):
    code = "PRACTITIONER_NOT_ASSIGNED"


class CourseReferenceTaken(Conflict):
    code = "REFERENCE_TAKEN"


class Spacing(Protocol):
    """Days between sessions: a protocol's rule, or what a course pinned of it."""

    @property
    def min_days(self) -> int: ...
    @property
    def preferred_days(self) -> int: ...
    @property
    def max_days(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Window:
    """The days for a session, first and last included; `preferred_on` ranks those between."""

    earliest_on: date
    preferred_on: date
    latest_on: date


def least_days(spacing: Spacing) -> int:
    """The hard minimum between sessions: never below two weeks, whatever a clinic overrides.

    Source: domain.md, "What must be computed" 2.
    """
    return max(spacing.min_days, HEALING_GUARD_DAYS)


def plan_sessions(first_on: date, count: int, spacing: Spacing, expires_on: date) -> list[Window]:
    """A window for each of `count` sessions, the first of which may be from `first_on` on.

    Each leaves the later ones time to be done before the course expires. Where that cannot be any
    more, a window is the one day that comes closest.
    """
    return [
        _window(first_on, ahead, count - 1 - ahead, spacing, expires_on) for ahead in range(count)
    ]


def next_windows(last_on: date, remaining: int, spacing: Spacing, expires_on: date) -> list[Window]:
    """A window for each of the remaining sessions after one on `last_on`."""
    planned = plan_sessions(last_on, remaining + 1, spacing, expires_on)
    return planned[1:]


def _window(base: date, ahead: int, behind: int, spacing: Spacing, expires_on: date) -> Window:
    """The window of a session `ahead` intervals after `base` that has `behind` more after it."""
    least = least_days(spacing)
    earliest = base + timedelta(days=ahead * least)
    last_call = expires_on - timedelta(days=behind * least)
    lapse = base + timedelta(days=ahead * max(spacing.max_days, least)) if ahead else last_call
    latest = max(earliest, min(lapse, last_call))
    preferred = base + timedelta(days=ahead * spacing.preferred_days)
    return Window(earliest, min(max(preferred, earliest), latest), latest)


def check_feasible(first_on: date, count: int, spacing: Spacing, expires_on: date) -> None:
    """Raise CourseNotFeasible unless the last session, at the shortest intervals, is in time.

    Source: domain.md, "What must be computed" 1: the last session is (n - 1) intervals later.
    """
    last_on = first_on + timedelta(days=(count - 1) * least_days(spacing))
    if last_on > expires_on:
        raise CourseNotFeasible(
            f"{count} sessions at {least_days(spacing)} days end on {last_on} at the earliest;"
            f" the course ends on {expires_on}.",
            field="sessions",
        )


def check_session_count(count: int, rule: SessionCountRule | None, reason: str | None) -> None:
    """Raise SessionCountRefused outside the rule of the severity, unless there is a reason.

    Source: domain.md, sessions in a course.
    """
    if not 1 <= count <= MOST_SESSIONS:
        raise SessionCountRefused(f"A course has 1 to {MOST_SESSIONS} sessions.", field="sessions")
    if rule is not None and not rule.min <= count <= rule.max and not (reason or "").strip():
        raise SessionCountRefused(
            f"This is usually {rule.min} to {rule.max} sessions: say why not here.",
            field="sessionsReason",
        )


def check_validity(validity_days: int) -> int:
    """The days. Raises: CourseNotFeasible unless 1 to five years."""
    if not 1 <= validity_days <= LONGEST_VALIDITY_DAYS:
        raise CourseNotFeasible(
            f"A course is good for 1 to {LONGEST_VALIDITY_DAYS} days.", field="validityDays"
        )
    return validity_days


def check_selling(status: str) -> None:
    """Raise ClinicNotSelling unless the clinic is LIVE."""
    if status != ClinicStatus.LIVE:
        raise ClinicNotSelling("This clinic does not sell at present.", field="clinicProtocol")


def check_active(state: str) -> None:
    """Raise CourseNotActive unless the course is."""
    if state != CourseState.ACTIVE:
        raise CourseNotActive(f"This course is {state.lower()}.", field="course")


def check_session_day(day: date, today: date, sold_on: date, expires_on: date) -> None:
    """Raise InvalidDay for the future or before the sale, CourseNotActive after the last day."""
    if day > today:
        raise InvalidDay("A session is recorded once it is done.", field="doneOn")
    if day < sold_on:
        raise InvalidDay(f"The course was sold on {sold_on}.", field="doneOn")
    if day > expires_on:
        raise CourseNotActive(f"This course expired on {expires_on}.", field="course")


def check_depth(depth_mm: Decimal | None) -> None:
    """Raise InvalidDepth unless a depth is 0 to 10 mm, in hundredths."""
    if depth_mm is None:
        return
    if (
        not depth_mm.is_finite()
        or not 0 <= depth_mm <= DEEPEST_MM
        or depth_mm != round(depth_mm, 2)
    ):
        raise InvalidDepth(f"A depth is 0 to {DEEPEST_MM} mm, in hundredths.", field="depthMm")


def check_depth_allowed(content: ProtocolContent, depth_mm: Decimal) -> None:
    """Raise DepthNotAllowed unless the protocol's needle goes so deep, both ends included."""
    depth = content.parameter(NEEDLE_DEPTH)
    if depth is None:
        raise DepthNotAllowed(f"{content.name} uses no needle.", field="depthMm")
    if not depth.lowest <= depth_mm <= depth.highest:
        raise DepthNotAllowed(
            f"{content.name} goes from {depth.lowest} to {depth.highest} mm.", field="depthMm"
        )


def earliest_after(done: Iterable[date], spacing: Spacing) -> date | None:
    """The first day for the next session on areas that were treated on `done`; None: any day."""
    last_on = max(done, default=None)
    return None if last_on is None else last_on + timedelta(days=least_days(spacing))


def check_interval(done: Iterable[date], day: date, spacing: Spacing, field: str) -> None:
    """Raise IntervalTooShort if `day` is too close to a day on which its areas were treated.

    Before it or after it: what was done can be recorded late.
    """
    least = least_days(spacing)
    close = [each for each in done if abs((each - day).days) < least]
    if close:
        allowed = max(close) + timedelta(days=least)
        raise IntervalTooShort(
            f"Skin heals for {least} days between sessions: not before {allowed}.", field=field
        )
