"""Which courses may be sold, and which sessions recorded."""

from datetime import date
from decimal import Decimal

from schema.clinics.rules import ClinicStatus
from schema.courses.rules.states import CourseState
from schema.courses.rules.violations import (
    ClinicNotSelling,
    CourseNotActive,
    CourseNotFeasible,
    InvalidDay,
    InvalidDepth,
    SessionCountRefused,
)
from schema.protocols.rules import NEEDLE_DEPTH, ProtocolContent, SessionCountRule
from schema.protocols.rules.violations import DepthNotAllowed

#: How long a course is good for that was not sold as a package.
USUAL_VALIDITY_DAYS = 365
LONGEST_VALIDITY_DAYS = 5 * 366
MOST_SESSIONS = 50
DEEPEST_MM = Decimal(10)


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
