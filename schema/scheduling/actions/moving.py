"""Moving a visit to another start."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlmodel import col

from schema.clients.models import ClientRow
from schema.clinics.actions import Key
from schema.context import Work
from schema.scheduling.actions.asking import Asked
from schema.scheduling.actions.cancelling import appointment_to_change
from schema.scheduling.actions.changing import Involved, changing
from schema.scheduling.actions.own_holds import give_back, held_there, involved
from schema.scheduling.actions.taking import (
    Claim,
    Place,
    clinic_of,
    free,
    or_next_starts,
    take,
    taken_by,
)
from schema.scheduling.actions.treatments import Treatment, course_to_book, treatment_as_booked
from schema.scheduling.actions.visitors import (
    check_guest,
    check_other_visits,
    client_to_book,
    leniency_for,
    number_of,
    write_override,
)
from schema.scheduling.models import AllocationRow, AppointmentRow
from schema.scheduling.rules import AppointmentState, check_clinic, check_start
from schema.scheduling.rules.appointments import CalendarBusy, check_movable
from schema.scheduling.rules.booking import Leniency, Override, check_pre_care
from schema.scheduling.rules.grid import cells_of_time


async def move_appointment(
    work: Work,
    *,
    appointment_id: UUID,
    starts_at: datetime,
    practitioner: Key | None = None,
    override: Override | None = None,
    pre_care_attested: bool = False,
) -> AppointmentRow:
    """Move a visit to another start, as what it was booked for. A partner moves what it booked.

    It does not stand in its own way: what it takes is freed first, in the same version of the
    calendar, and neither its own day nor itself counts in any limit or interval. Nor does what the
    caller holds at that start: it is given back.

    Raises: NotFound, NotMovable, and what `book_appointment` raises but for HoldExpired,
    SlotTokenRefused and ReferenceTaken.
    """
    found = await appointment_to_change(work, appointment_id)
    check_movable(AppointmentState(found.state), found.starts_at, work.now)
    moving = await _checked(work, found, starts_at, practitioner, override)
    attested = check_pre_care(
        moving.treatment.content,
        moving.asked.start,
        work.now,
        pre_care_attested,
        moving.leniency,
    )
    row = await _take(work, found, moving, override, attested)
    work.record(
        "appointment.moved",
        row.clinic_id,
        row,
        client_id=row.client_id,
        moved_from=found.starts_at.isoformat(),
        starts_at=row.starts_at.isoformat(),
        overridden=row.overridden,
    )
    return row


@dataclass(frozen=True, slots=True)
class Moving:
    """Where a visit is to go; nothing speaks against it but what a turn at the calendar shows."""

    asked: Asked
    guest: ClientRow
    treatment: Treatment
    leniency: Leniency


async def _checked(
    work: Work,
    found: AppointmentRow,
    starts_at: datetime,
    practitioner: Key | None,
    override: Override | None,
) -> Moving:
    here = await clinic_of(work, found.clinic_id)
    check_clinic(here.status)
    check_start(starts_at, work.now)
    leniency = leniency_for(work, here.id, override)
    led_by = await number_of(work, practitioner)
    asked = Asked(here, starts_at.astimezone(UTC), None, None, led_by)
    guest = await client_to_book(work, here, found.client_id)
    course = await course_to_book(work, guest, found.course_id) if found.course_id else None
    treatment = await treatment_as_booked(work, found, course)
    await check_guest(work, here, guest, treatment, asked.day, asked.start)
    return Moving(asked, guest, treatment, leniency)


async def _take(
    work: Work,
    found: AppointmentRow,
    moving: Moving,
    override: Override | None,
    attested: bool,
) -> AppointmentRow:
    """Free what the visit takes and take it anew, in one turn at the calendar."""
    asked, guest, leniency = moving.asked, moving.guest, moving.leniency
    here = asked.clinic
    mine = col(AllocationRow.appointment_id) == found.id
    visit = moving.treatment.visit((guest.resource_no,), asked.led_by)
    place = Place(work, here, visit, asked.start, leniency)
    await place.read()
    held = await held_there(work, here.id, asked.start, guest.id)

    async def read() -> Involved:
        before = await taken_by(work, here.id, found.starts_at, of=mine)
        return (await involved(work, place, held)).beside(before)

    async with or_next_starts(place), changing(work, here.id, read) as turn:
        row = await work.session.get_one(AppointmentRow, found.id, populate_existing=True)
        check_movable(AppointmentState(row.state), row.starts_at, work.now)
        if row.starts_at != found.starts_at:
            raise CalendarBusy("Somebody moved this visit just now: try again.", field="id")
        freed = await free(work, turn, row.starts_at, place.zone, of=mine)
        place.own = [
            (each.resource_no, *cells_of_time(each.starts_at, each.ends_at)) for each in freed
        ]
        await give_back(work, turn, place, held)
        await check_other_visits(work, guest, moving.treatment, asked.day, leniency, moved=True)

        async def write() -> None:
            await work.session.get_one(AppointmentRow, found.id)  # anew, at a second attempt
            row.starts_at = asked.start
            row.ends_at = asked.start + timedelta(minutes=visit.minutes)
            row.pre_care_attested = attested
            write_override(work, row, guest, leniency, override)
            await work.session.flush()

        began_as = next((each.slot_hold_id for each in freed), None)
        claim = Claim(clinic_id=here.id, appointment_id=row.id, slot_hold_id=began_as)
        await take(turn, place, claim, write)
    return row
