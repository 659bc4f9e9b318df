"""Calling visits off: one, or those that are left of a course."""

from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col

from schema.access.rules import ActorKind
from schema.base import among
from schema.context import Work
from schema.courses.models import CourseRow
from schema.errors import NotFound
from schema.scheduling import store
from schema.scheduling.actions.changing import Involved, Turn, changing
from schema.scheduling.actions.taking import clinic_of, free, taken_by
from schema.scheduling.models import AllocationRow, AppointmentRow
from schema.scheduling.rules import AppointmentState, CancellationReason, check_cancellable


async def cancel_appointment(
    work: Work, *, appointment_id: UUID, reason: CancellationReason
) -> AppointmentRow:
    """Call a visit off and free what it takes. A partner calls off what it booked itself.

    Raises: NotFound, NotCancellable.
    """
    found = await appointment_to_change(work, appointment_id)
    mine = col(AllocationRow.appointment_id) == appointment_id

    async def read() -> Involved:
        return await taken_by(work, found.clinic_id, found.starts_at, of=mine)

    async with changing(work, found.clinic_id, read, again=True) as turn:
        row = await work.session.get_one(AppointmentRow, appointment_id, populate_existing=True)
        await _call_off(work, turn, row, reason)
    return row


async def appointment_to_change(work: Work, appointment_id: UUID) -> AppointmentRow:
    """A visit in scope, as it was just now; a partner's own. Raises: NotFound."""
    found = await store.appointment(work.session, work.scope, appointment_id)
    foreign = work.actor.kind is ActorKind.PARTNER and found and found.booked_by != work.actor.id
    if found is None or foreign:
        raise NotFound("appointment", appointment_id, field="id")
    return found


async def cancel_course_visits(
    work: Work, course: CourseRow, reason: CancellationReason
) -> list[AppointmentRow]:
    """Call off a cancelled course's visits to come, whoever booked them; those that were booked.

    The course is locked by whoever cancelled it, so that nobody books another visit for it.
    """

    async def read() -> Involved:
        rows = await store.visits_to_come(work.session, work.scope, course.id, work.now)
        first = min((each.starts_at for each in rows), default=work.now)
        theirs = among(col(AllocationRow.appointment_id), [each.id for each in rows])
        return await taken_by(work, course.clinic_id, first, of=theirs)

    async with changing(work, course.clinic_id, read, again=True) as turn:
        rows = await store.visits_to_come(work.session, work.scope, course.id, work.now)
        for row in rows:
            await _call_off(work, turn, row, reason)
    return rows


async def _call_off(
    work: Work, turn: Turn, row: AppointmentRow, reason: CancellationReason
) -> None:
    """In a turn at the clinic's calendar. Raises: NotCancellable."""
    check_cancellable(AppointmentState(row.state), row.starts_at, work.now)
    row.state = AppointmentState.CANCELLED
    row.cancelled_at, row.cancellation_reason = work.now, reason
    zone = ZoneInfo((await clinic_of(work, row.clinic_id)).time_zone)
    await free(work, turn, row.starts_at, zone, of=col(AllocationRow.appointment_id) == row.id)
    work.record("appointment.cancelled", row.clinic_id, row, reason=reason)
