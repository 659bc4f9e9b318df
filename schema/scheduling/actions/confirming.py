"""Making a visit of a hold: what was held is booked as it is, and never chosen again."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from schema.base import execute
from schema.context import Work
from schema.scheduling.actions.asking import HOLD_FIELD, own_hold
from schema.scheduling.actions.changing import Turn
from schema.scheduling.actions.taking import (
    Claim,
    NotFree,
    Place,
    Write,
    allocations,
    inserted,
    unlimited,
)
from schema.scheduling.models import AllocationRow, AppointmentRow, SlotHoldRow
from schema.scheduling.rules import (
    AllocatedKind,
    AllocationState,
    SlotHoldState,
)
from schema.scheduling.rules.changes import Change
from schema.scheduling.rules.grid import cells_of_time
from schema.scheduling.rules.slot_holds import HoldExpired
from schema.scheduling.store.sharing import cells_of
from schema.scheduling.store.slot_holds import held_allocations


async def confirm(
    turn: Turn, place: Place, hold_id: UUID, row: AppointmentRow, write: Write
) -> None:
    """Book what a hold took, once `write` has written the appointment; with the client's own time.

    Raises: HoldExpired where it is over, or where the clinic does the visit otherwise by now;
    NotFree where the client is taken, or who was to treat cannot any more.
    """
    work = place.work
    hold = await own_hold(work, hold_id, HOLD_FIELD)
    held = await held_allocations(work.session, hold)
    _check_same(hold, held, place, row)
    await _check_fits(place, held)
    await write()
    await _book(work, hold, row)
    if not any(each.resource_kind == AllocatedKind.CLIENT for each in held):
        await _take_client(place, hold, row)
    turn.note(Change(str(hold.id), True, cells_of(held), place.day))


def _check_same(
    hold: SlotHoldRow, held: Sequence[AllocationRow], place: Place, row: AppointmentRow
) -> None:
    """Raise HoldExpired unless the visit takes the same roles at the same times as are held."""
    numbers = [0] * (len(place.visit.needs) + len(place.visit.guests))
    claim = Claim(clinic_id=hold.clinic_id, slot_hold_id=hold.id)
    wanted = allocations(claim, place.visit, place.start, place.shape.terms, numbers)
    if (hold.version_id, _taken(held)) != (row.version_id, _taken(wanted)):
        raise HoldExpired(
            "The clinic does this visit otherwise by now: ask for availability again.",
            field=HOLD_FIELD,
        )


def _taken(rows: Sequence[AllocationRow]) -> list[tuple[object, ...]]:
    return sorted(
        (each.role, each.starts_at, each.ends_at)
        for each in rows
        if each.resource_kind != AllocatedKind.CLIENT
    )


async def _check_fits(place: Place, held: Sequence[AllocationRow]) -> None:
    """Raise NotFree unless those who are held can do it still, and the client is free."""
    calendar = await place.calendar()
    for each in held:
        calendar.release(each.resource_no, *cells_of_time(each.starts_at, each.ends_at))
    numbers = {each.resource_no for each in held}
    calendar.resources = tuple(each for each in calendar.resources if each.number in numbers)
    calendar.terms = unlimited(calendar.terms)  # it counts as a visit of the day already
    if calendar.assignment(place.visit, place.start) is None:
        raise NotFree


async def _book(work: Work, hold: SlotHoldRow, row: AppointmentRow) -> None:
    taken = AllocationRow
    statement = update(taken).where(
        col(taken.slot_hold_id) == hold.id, col(taken.state) == AllocationState.HELD
    )
    await execute(
        work.session,
        statement.values(state=AllocationState.BOOKED, expires_at=None, appointment_id=row.id),
    )
    hold.state, hold.appointment_id = SlotHoldState.CONFIRMED, row.id


async def _take_client(place: Place, hold: SlotHoldRow, row: AppointmentRow) -> None:
    """The client's own time. Raises: NotFree where another clinic was first."""
    alone = replace(place.visit, needs=())
    claim = Claim(clinic_id=row.clinic_id, appointment_id=row.id, slot_hold_id=hold.id)
    rows = allocations(claim, alone, place.start, place.shape.terms, alone.guests)
    if not await inserted(place.work, rows):
        raise NotFree
