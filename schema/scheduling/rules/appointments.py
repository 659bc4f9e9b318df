"""What becomes of a visit, and what a booking is refused for.

* RuleViolation
  - ClinicNotBookable        only a live clinic is
  - StartNotBookable         in the past, off the grid, or too far ahead
  - NothingSuitable          nobody, no room or no device that a step needs, whatever the hour
  - PractitionerNotSuitable  the named practitioner may not do it there on that day
  - CourseNotBookable        it ends before that day, or all its sessions are booked
  - NotCancellable           the visit is over or was cancelled
  - NotMovable               the same
  - NotMissed                the visit is yet to come, or over
* Conflict
  - ReferenceTaken           this caller has booked under this external reference before
  - BookedElsewhere          the person would be in two places at once
  - SlotTaken                somebody was first; carries the next free starts
  - CalendarBusy             it changes all the time: try again
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from schema.clinics.rules import GRID_MINUTES, ClinicStatus
from schema.errors import Conflict, Retry, RuleViolation
from schema.intervals import floor
from schema.scheduling.rules.terms import FURTHEST_DAYS


class AppointmentState(StrEnum):
    """What became of a visit."""

    BOOKED = "BOOKED"
    CANCELLED = "CANCELLED"
    COMPLETED = "COMPLETED"
    NO_SHOW = "NO_SHOW"


class CancellationReason(StrEnum):
    """Why a visit was called off: coded, because free text would hold clinical data."""

    CLIENT = "CLIENT"
    CLINIC = "CLINIC"
    MISTAKE = "MISTAKE"


class AllocationState(StrEnum):
    """Whether a resource is taken: HELD until it expires, BOOKED, or FREED again."""

    BOOKED = "BOOKED"
    FREED = "FREED"
    HELD = "HELD"


class SlotHoldState(StrEnum):
    """What became of a hold: HELD until it expires, CONFIRMED as a visit, or RELEASED. EXPIRED is
    computed, from when it ends."""

    CONFIRMED = "CONFIRMED"
    EXPIRED = "EXPIRED"
    HELD = "HELD"
    RELEASED = "RELEASED"


LIVE_ALLOCATIONS = (AllocationState.BOOKED, AllocationState.HELD)


class AllocatedKind(StrEnum):
    """What kind of resource a visit takes; the client is one too."""

    CLIENT = "CLIENT"
    DEVICE = "DEVICE"
    PRACTITIONER = "PRACTITIONER"
    ROOM = "ROOM"


class ClinicNotBookable(RuleViolation):
    code = "CLINIC_NOT_BOOKABLE"


class StartNotBookable(RuleViolation):
    code = "START_NOT_BOOKABLE"
    retry = Retry.NEW_SLOT


class NothingSuitable(RuleViolation):
    code = "NOTHING_SUITABLE"


class PractitionerNotSuitable(RuleViolation):
    code = "PRACTITIONER_NOT_SUITABLE"


class CourseNotBookable(RuleViolation):
    code = "COURSE_NOT_BOOKABLE"


class NotCancellable(RuleViolation):
    code = "NOT_CANCELLABLE"


class NotMovable(RuleViolation):
    code = "NOT_MOVABLE"


class NotMissed(RuleViolation):
    code = "NOT_MISSED"


class ReferenceTaken(Conflict):
    code = "REFERENCE_TAKEN"


class BookedElsewhere(Conflict):
    code = "BOOKED_ELSEWHERE"


class CalendarBusy(Conflict):
    code = "BUSY"
    retry = Retry.SAME_INPUT


class SlotTaken(Conflict):
    code = "SLOT_TAKEN"
    retry = Retry.NEW_SLOT

    def __init__(self, next_free: Sequence[datetime]) -> None:
        super().__init__("This start is not free any more.", field="startsAt")
        self.next_free = tuple(next_free)


def check_clinic(status: str) -> None:
    """Raise ClinicNotBookable unless the clinic is live."""
    if status != ClinicStatus.LIVE:
        raise ClinicNotBookable("This clinic takes no bookings at present.", field="clinic")


def check_start(start: datetime, now: datetime) -> None:
    """Raise StartNotBookable for a start in the past, too far ahead, or off the five minutes."""
    if start.tzinfo is None:
        raise StartNotBookable(
            "Instants name their offset, as in 2026-11-21T09:00:00Z.", field="startsAt"
        )
    if start <= now:
        raise StartNotBookable("This start has passed.", field="startsAt")
    if start > now + timedelta(days=FURTHEST_DAYS):
        raise StartNotBookable(
            f"Visits are booked at most {FURTHEST_DAYS} days ahead.", field="startsAt"
        )
    if start != floor(start.astimezone(UTC), timedelta(minutes=GRID_MINUTES)):
        raise StartNotBookable(
            f"Visits start at multiples of {GRID_MINUTES} minutes.", field="startsAt"
        )


def check_course_has_room(day: date, expires_on: date, planned: int, booked: int) -> None:
    """Raise CourseNotBookable after the course's last day, or with no session left to book."""
    if day > expires_on:
        raise CourseNotBookable(f"This course ends on {expires_on}.", field="startsAt")
    if booked >= planned:
        raise CourseNotBookable("Every session of this course is done or booked.", field="course")


def check_cancellable(state: AppointmentState, starts_at: datetime, now: datetime) -> None:
    """Raise NotCancellable unless the visit is booked and has not begun."""
    if said := _over(state, starts_at, now):
        raise NotCancellable(said, field="id")


def check_movable(state: AppointmentState, starts_at: datetime, now: datetime) -> None:
    """Raise NotMovable unless the visit is booked and has not begun."""
    if said := _over(state, starts_at, now):
        raise NotMovable(said, field="id")


def check_missed(state: AppointmentState, starts_at: datetime, now: datetime) -> None:
    """Raise NotMissed unless the visit is booked and should have begun."""
    if state is not AppointmentState.BOOKED:
        raise NotMissed(f"This visit is {state} already.", field="id")
    if starts_at > now:
        raise NotMissed("This visit is yet to come: call it off instead.", field="id")


def _over(state: AppointmentState, starts_at: datetime, now: datetime) -> str | None:
    if state is not AppointmentState.BOOKED:
        return f"This visit is {state} already."
    return "This visit has begun." if starts_at <= now else None
