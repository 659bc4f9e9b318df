"""Calling visits off: one, or those that are left of a course."""

from uuid import UUID

from schema.access.rules import ActorKind
from schema.context import Work
from schema.courses.models import CourseRow
from schema.errors import NotFound
from schema.scheduling import store
from schema.scheduling.actions.taking import free, lock_calendar
from schema.scheduling.models import AppointmentRow
from schema.scheduling.rules import AppointmentState, CancellationReason, check_cancellable


async def cancel_appointment(
    work: Work, *, appointment_id: UUID, reason: CancellationReason
) -> AppointmentRow:
    """Call a visit off and free what it takes. A partner calls off what it booked itself.

    Raises: NotFound, NotCancellable.
    """
    found = await store.appointment(work.session, work.scope, appointment_id)
    foreign = work.actor.kind is ActorKind.PARTNER and found and found.booked_by != work.actor.id
    if found is None or foreign:
        raise NotFound("appointment", appointment_id, field="id")
    await lock_calendar(work, found.clinic_id)
    row = await work.session.get_one(AppointmentRow, appointment_id)
    await _call_off(work, row, reason)
    return row


async def cancel_course_visits(
    work: Work, course: CourseRow, reason: CancellationReason
) -> list[AppointmentRow]:
    """Call off a cancelled course's visits to come, whoever booked them; those that were booked.

    The course is locked by whoever cancelled it, so that nobody books another visit for it.
    """
    await lock_calendar(work, course.clinic_id)
    rows = await store.visits_to_come(work.session, work.scope, course.id, work.now)
    for row in rows:
        await _call_off(work, row, reason)
    return rows


async def _call_off(work: Work, row: AppointmentRow, reason: CancellationReason) -> None:
    """Under the lock of the clinic's calendar. Raises: NotCancellable."""
    check_cancellable(AppointmentState(row.state), row.starts_at, work.now)
    row.state = AppointmentState.CANCELLED
    row.cancelled_at, row.cancellation_reason = work.now, reason
    await free(work, row.id)
    work.record("appointment.cancelled", row.clinic_id, row, reason=reason)
