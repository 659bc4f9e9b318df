"""Holding a start for some minutes: nobody but its holder can book it until then."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlmodel import col

from schema.base import execute
from schema.clients.models import ClientRow
from schema.clinics.actions import Key
from schema.clinics.models import ClinicRow
from schema.clinics.rules import local_day
from schema.context import Work
from schema.courses import store as courses
from schema.errors import NotFound
from schema.scheduling.actions.asking import Asked, asked_for, own_hold
from schema.scheduling.actions.changing import Involved, Turn, changing
from schema.scheduling.actions.taking import (
    Claim,
    Place,
    clinic_of,
    free,
    or_next_starts,
    take,
    taken_by,
)
from schema.scheduling.actions.treatments import Treatment, course_to_book, treatment_for
from schema.scheduling.actions.visitors import (
    check_guest,
    check_other_visits,
    client_to_book,
    in_turn,
)
from schema.scheduling.models import AllocationRow, SlotHoldRow
from schema.scheduling.rules import AllocationState, SlotHoldState, Wish
from schema.scheduling.rules.booking import Leniency
from schema.scheduling.rules.changes import Change
from schema.scheduling.rules.slot_holds import (
    OVER,
    USUAL_HOLD_MINUTES,
    HoldExpired,
    check_extendable,
    check_holds,
    hold_until,
)
from schema.scheduling.store.sharing import cells_of
from schema.scheduling.store.slot_holds import count_slot_holds, held_allocations


async def hold_slot(
    work: Work,
    *,
    clinic: Key | None = None,
    starts_at: datetime | None = None,
    wish: Wish | None = None,
    course: Key | None = None,
    client: Key | None = None,
    practitioner: Key | None = None,
    slot_token: str | None = None,
    minutes: int = USUAL_HOLD_MINUTES,
) -> SlotHoldRow:
    """Keep a start for the caller. What a booking checks of the slot is checked, and of the client
    where there is one: of a course, its own.

    A caller's holds are made one after another, so that they can be counted. Raises: what
    `book_appointment` raises, InvalidHoldTime, TooManyHolds.
    """
    until = hold_until(work.now, work.now, minutes)
    await in_turn(work, f"slot holds of {work.actor.id}")
    check_holds(await count_slot_holds(work.session, work.actor.id, work.now), work.actor.kind)
    asked = await asked_for(
        work,
        clinic=clinic,
        starts_at=starts_at,
        wish=wish,
        course=course,
        practitioner=practitioner,
        slot_token=slot_token,
    )
    guest, treatment = await _wanted(work, asked, client)
    row = _row(work, asked, guest, treatment, until)
    guests = (guest.resource_no,) if guest else ()
    place = Place(work, asked.clinic, treatment.visit(guests, asked.led_by), asked.start)
    await place.read()
    async with or_next_starts(place), changing(work, asked.clinic.id, place.involved) as turn:
        if guest is not None:
            await check_other_visits(work, guest, treatment, asked.day, Leniency())

        async def write() -> None:
            work.session.add(row)
            await work.session.flush()

        claim = Claim(clinic_id=row.clinic_id, slot_hold_id=row.id, until=until)
        await take(turn, place, claim, write)
    work.record("slot_hold.placed", row.clinic_id, row, starts_at=row.starts_at.isoformat())
    return row


async def _wanted(
    work: Work, asked: Asked, client: Key | None
) -> tuple[ClientRow | None, Treatment]:
    """Who comes, if that is known, and what for. Locks the client before the course."""
    here, guest, of_course = asked.clinic, None, None
    if client is not None:
        guest = await client_to_book(work, here, client)
    elif asked.course is not None:
        guest = await _client_of(work, here, asked.course)
    if guest is not None and asked.course is not None:
        of_course = await course_to_book(work, guest, asked.course)
    treatment = await treatment_for(work, here, asked.wish, of_course)
    if guest is not None:
        await check_guest(work, here, guest, treatment, asked.day, asked.start)
    return guest, treatment


async def _client_of(work: Work, here: ClinicRow, course: Key) -> ClientRow:
    """Whose course it is, if that is a client whom the caller books. Raises: NotFound."""
    named = await courses.course(work.session, work.scope, course)
    try:
        if named is not None:
            return await client_to_book(work, here, named.client_id)
    except NotFound:
        pass  # the caller did not name that client, and is not told of one
    raise NotFound("course", course, field="course")


def _row(
    work: Work, asked: Asked, guest: ClientRow | None, treatment: Treatment, until: datetime
) -> SlotHoldRow:
    wish = treatment.wish
    return SlotHoldRow(
        clinic_id=asked.clinic.id,
        client_id=guest.id if guest else None,
        course_id=treatment.course.id if treatment.course else None,
        clinic_protocol_id=treatment.clinic_protocol_id,
        version_id=treatment.version_id,
        areas=list(wish.areas),
        add_on_keys=list(wish.add_ons),
        indication=wish.variant.indication,
        severity=wish.variant.severity,
        depth_mm=wish.variant.depth_mm,
        led_by=asked.led_by,
        starts_at=asked.start,
        ends_at=asked.start + timedelta(minutes=treatment.visit((), None).minutes),
        held_by=work.actor.id,
        created_at=work.now,
        expires_at=until,
    )


async def extend_slot_hold(
    work: Work, *, slot_hold_id: UUID, minutes: int = USUAL_HOLD_MINUTES
) -> SlotHoldRow:
    """Hold on for some minutes after it would expire: once, and 15 minutes in all.

    Raises: NotFound, HoldExpired, HoldNotExtendable, InvalidHoldTime.
    """
    async with _turn(work, slot_hold_id) as (turn, row):
        check_extendable(row.extended_at)
        held = await held_allocations(work.session, row)
        if not held:  # it ran out while this waited for its turn, and somebody took the start
            raise HoldExpired(OVER, field="id")
        row.expires_at = hold_until(row.created_at, row.expires_at, minutes)
        row.extended_at = work.now
        await _expire_at(work, row)
        day = local_day(row.starts_at, await _zone(work, row)).toordinal()
        turn.note(Change(str(row.id), True, cells_of(held), day, row.expires_at))
    work.record("slot_hold.extended", row.clinic_id, row, expires_at=row.expires_at.isoformat())
    return row


async def _expire_at(work: Work, row: SlotHoldRow) -> None:
    taken = AllocationRow
    statement = update(taken).where(
        col(taken.slot_hold_id) == row.id, col(taken.state) == AllocationState.HELD
    )
    await execute(work.session, statement.values(expires_at=row.expires_at))


async def release_slot_hold(work: Work, *, slot_hold_id: UUID) -> SlotHoldRow:
    """Give a start back before the hold expires. Raises: NotFound, HoldExpired."""
    async with _turn(work, slot_hold_id) as (turn, row):
        row.state = SlotHoldState.RELEASED
        zone = await _zone(work, row)
        await free(work, turn, row.starts_at, zone, of=col(AllocationRow.slot_hold_id) == row.id)
    work.record("slot_hold.released", row.clinic_id, row)
    return row


@asynccontextmanager
async def _turn(work: Work, hold_id: UUID) -> AsyncIterator[tuple[Turn, SlotHoldRow]]:
    """A turn at the calendar in which the caller's hold is, and the hold as it is then."""
    found = await own_hold(work, hold_id, "id")
    clinic_id, starts_at = found.clinic_id, found.starts_at
    mine = col(AllocationRow.slot_hold_id) == hold_id

    async def read() -> Involved:
        return await taken_by(work, clinic_id, starts_at, of=mine)

    async with changing(work, clinic_id, read, again=True) as turn:
        yield turn, await own_hold(work, hold_id, "id")


async def _zone(work: Work, row: SlotHoldRow) -> ZoneInfo:
    return ZoneInfo((await clinic_of(work, row.clinic_id)).time_zone)
