"""Taking resources for a visit and freeing them: one clinic at a time, never twice.

A booking first counts up its clinic's calendar, which makes it wait for others of the same clinic.
What another clinic takes meanwhile of a person they share, the exclusion constraint refuses; then
the assignment is made afresh from the rows. The one that was searched is never trusted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import col

from schema.base import execute, insert, new_id
from schema.clients.models import ClientRow
from schema.clinics.models import ClinicRow
from schema.clinics.rules import local_day
from schema.context import Work
from schema.intervals import Interval
from schema.scheduling import store
from schema.scheduling.models import AllocationRow, AppointmentRow, ClinicCalendarRow
from schema.scheduling.rules import (
    LIVE_ALLOCATIONS,
    AllocatedKind,
    AllocationState,
    BookedElsewhere,
    ClinicCalendar,
    ReferenceTaken,
    Shape,
    SlotTaken,
    Visit,
    check_pools,
    frame_for,
)

TRIES = 3
#: Exclusion violation; or deadlock, where both wrote before either looked.
TAKEN_TWICE = frozenset({"23P01", "40P01"})
NEXT_STARTS = 5
NEXT_DAYS = 14
BOOKED_BEFORE = "You booked under this before: `appointmentByReference` finds the visit."


async def lock_calendar(work: Work, clinic_id: UUID) -> int:
    """Wait for whoever changes the clinic's calendar, and keep others waiting; its new version."""
    row = insert_or(ClinicCalendarRow).values(id=new_id(), clinic_id=clinic_id, version=1)
    counted = row.on_conflict_do_update(
        index_elements=[col(ClinicCalendarRow.clinic_id)],
        set_={"version": ClinicCalendarRow.version + 1},
    ).returning(col(ClinicCalendarRow.version))
    version: int = (await execute(work.session, counted)).scalar_one()
    return version


@dataclass(frozen=True, slots=True)
class Place:
    """A visit at a start in a clinic, with the clinic's calendar but for what is booked in it."""

    clinic_id: UUID
    visit: Visit
    start: datetime
    shape: Shape

    @property
    def window(self) -> Interval:
        return _window(self.start)


def _window(start: datetime) -> Interval:
    """From a start on, with the time in which others are offered."""
    return Interval(start, start + timedelta(days=NEXT_DAYS))


async def place(work: Work, clinic: ClinicRow, visit: Visit, start: datetime) -> Place:
    """All that can be read before the clinic's calendar is locked.

    Raises: NothingSuitable, PractitionerNotSuitable.
    """
    around = frame_for(_window(start)).interval
    shape = (await store.shapes(work.session, [clinic], work.scope, around))[clinic.id]
    check_pools(visit, shape.resources, local_day(start, shape.zone))
    return Place(clinic.id, visit, start, shape)


async def take(work: Work, wanted: Place, appointment: AppointmentRow) -> None:
    """Insert the appointment with what it takes, under the clinic's lock.

    Raises: SlotTaken with the next free starts, ReferenceTaken.
    """
    visit, start = wanted.visit, wanted.start
    for attempt in range(TRIES):
        calendar = await _booked_by_now(work, wanted)
        numbers = calendar.assignment(visit, start)
        if numbers is None:
            break
        if attempt == 0:
            taken = ReferenceTaken(BOOKED_BEFORE, field="externalReference")
            await insert(work.session, appointment, taken=taken)
        if await _inserted(work, _allocations(appointment, visit, numbers)):
            return
    raise SlotTaken(calendar.starts(visit, wanted.window, limit=NEXT_STARTS))


async def _booked_by_now(work: Work, wanted: Place) -> ClinicCalendar:
    calendars = await store.calendars_of(
        work.session,
        {wanted.clinic_id: wanted.shape},
        work.scope,
        frame_for(wanted.window),
        work.now,
        wanted.visit.guests,
    )
    return calendars[wanted.clinic_id]


async def move_client_bookings(work: Work, client: ClientRow, from_no: int) -> None:
    """Rename a client in the calendar, who was `from_no` there: who is linked is one person.

    Raises: BookedElsewhere where the person would be in two visits at once.
    """
    await lock_calendar(work, client.clinic_id)
    statement = update(AllocationRow).where(
        col(AllocationRow.clinic_id) == client.clinic_id,
        col(AllocationRow.resource_no) == from_no,
        col(AllocationRow.ends_at) > work.now,
        col(AllocationRow.state).in_(LIVE_ALLOCATIONS),
    )
    try:
        async with work.session.begin_nested():
            await execute(work.session, statement.values(resource_no=client.resource_no))
    except IntegrityError as error:
        raise BookedElsewhere(
            "The same person has another visit at that time: call one of them off first.",
            field="client",
        ) from error


async def free(work: Work, appointment_id: UUID) -> None:
    """Free what an appointment takes."""
    statement = update(AllocationRow).where(col(AllocationRow.appointment_id) == appointment_id)
    await execute(work.session, statement.values(state=AllocationState.FREED, expires_at=None))


async def _inserted(work: Work, rows: Sequence[AllocationRow]) -> bool:
    """Whether all are inserted; False where another clinic's booking was first."""
    try:
        async with work.session.begin_nested():
            work.session.add_all(rows)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in TAKEN_TWICE:
            raise
        return False
    return True


def _allocations(
    appointment: AppointmentRow, visit: Visit, numbers: Sequence[int]
) -> list[AllocationRow]:
    """A row per resource and stretch, by resource: all who lock several lock in one order."""
    rows = [
        AllocationRow(
            clinic_id=appointment.clinic_id,
            appointment_id=appointment.id,
            resource_kind=kind,
            role=role,
            resource_no=number,
            starts_at=appointment.starts_at + timedelta(minutes=begin),
            ends_at=appointment.starts_at + timedelta(minutes=end),
        )
        for (kind, role, stretches), number in zip(_takings(visit), numbers, strict=True)
        for begin, end in stretches
    ]
    return sorted(rows, key=lambda row: (row.resource_no, row.starts_at))


def _takings(visit: Visit) -> Iterator[tuple[AllocatedKind, str, list[tuple[int, int]]]]:
    """What each need and each guest takes: minutes after the start, the last with clean-up."""
    for need in visit.needs:
        *earlier, (begin, end) = need.stretches
        yield AllocatedKind(need.kind), need.role, [*earlier, (begin, end + need.clean_up)]
    for _ in visit.guests:
        yield AllocatedKind.CLIENT, "CLIENT", [(0, visit.minutes)]
