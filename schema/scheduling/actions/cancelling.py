"""Visits that do not take place: called off, those left of a course too, or missed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from schema.scheduling.rules.appointments import check_missed


async def cancel_appointment(
    work: Work, *, appointment_id: UUID, reason: CancellationReason
) -> AppointmentRow:
    """Call a visit off and free what it takes. A partner calls off what it booked itself.

    Raises: NotFound, NotCancellable.
    """
    async with _turn(work, await appointment_to_change(work, appointment_id)) as (turn, row):
        await _call_off(work, turn, row, reason)
    return row


async def mark_no_show(work: Work, *, appointment_id: UUID) -> AppointmentRow:
    """Note that a client did not come, and free what the visit would still take. The clinic's own
    people say so; nothing was treated, so that nothing has to heal.

    Raises: NotFound, NotMissed.
    """
    found = await appointment_to_change(work, appointment_id)
    if work.actor.kind is ActorKind.PARTNER:
        raise NotFound("appointment", appointment_id, field="id")
    async with _turn(work, found) as (turn, row):
        check_missed(AppointmentState(row.state), row.starts_at, work.now)
        row.state = AppointmentState.NO_SHOW
        await _free(work, turn, row)
        work.record("appointment.missed", row.clinic_id, row)
    return row


@asynccontextmanager
async def _turn(work: Work, found: AppointmentRow) -> AsyncIterator[tuple[Turn, AppointmentRow]]:
    """A turn at the calendar in which the visit is, and the visit as it is then."""
    mine = col(AllocationRow.appointment_id) == found.id

    async def read() -> Involved:
        return await taken_by(work, found.clinic_id, found.starts_at, of=mine)

    async with changing(work, found.clinic_id, read, again=True) as turn:
        yield turn, await work.session.get_one(AppointmentRow, found.id, populate_existing=True)


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
    await _free(work, turn, row)
    work.record("appointment.cancelled", row.clinic_id, row, reason=reason)


async def _free(work: Work, turn: Turn, row: AppointmentRow) -> None:
    zone = ZoneInfo((await clinic_of(work, row.clinic_id)).time_zone)
    await free(work, turn, row.starts_at, zone, of=col(AllocationRow.appointment_id) == row.id)
