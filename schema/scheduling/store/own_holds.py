"""A start as its holder sees it: what they hold there is not in their own way."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from schema.base import Reader, execute
from schema.clinics.rules import local_day
from schema.scheduling.models import AllocationRow, SlotHoldRow
from schema.scheduling.rules import AllocatedKind, AllocationState, ClinicCalendar, Offer
from schema.scheduling.rules.calendars import CLINIC
from schema.scheduling.rules.grid import cells_of_time
from schema.scheduling.store.slot_holds import held_by_caller
from schema.scope import Scope


async def held_aside(
    session: Reader,
    scope: Scope,
    offer: Offer,
    start: datetime,
    holder: tuple[UUID | None, UUID | None],
    now: datetime,
) -> Offer | None:
    """The offer without what the caller holds at the start; None where that is nothing.

    `holder` is the caller, and the client who comes: what is held for another one stays.
    """
    rows = await _held(session, scope, offer.clinic_id, start, holder, now)
    if not rows:
        return None
    found = replace(offer, calendar=_without(offer.calendar, start, rows))
    if offer.guest is None:
        return found
    taken = {number: list(cells) for number, cells in offer.guest.taken.items()}
    for each in rows:
        own = cells_of_time(each.starts_at, each.ends_at)
        if own in taken.get(each.resource_no, ()):
            taken[each.resource_no].remove(own)
    return replace(found, guest=replace(offer.guest, taken=taken))


def _without(calendar: ClinicCalendar, start: datetime, rows: Sequence[Any]) -> ClinicCalendar:
    found = replace(calendar, taken=dict(calendar.taken), visits=Counter(calendar.visits))
    day = local_day(start, calendar.zone).toordinal()
    for each in rows:
        found.release(each.resource_no, *cells_of_time(each.starts_at, each.ends_at))
    people = {
        (each.slot_hold_id, each.resource_no)
        for each in rows
        if each.resource_kind == AllocatedKind.PRACTITIONER
    }
    holds = {(each.slot_hold_id, CLINIC) for each in rows}
    found.visits.subtract((number, day) for _, number in people | holds)
    return found


async def _held(
    session: Reader,
    scope: Scope,
    clinic_id: UUID,
    start: datetime,
    holder: tuple[UUID | None, UUID | None],
    now: datetime,
) -> Sequence[Any]:
    """What the caller's holds at a start take: one statement."""
    row, hold, (held_by, client_id) = AllocationRow, SlotHoldRow, holder
    query = (
        select(
            col(row.slot_hold_id),
            col(row.resource_kind),
            col(row.resource_no),
            col(row.starts_at),
            col(row.ends_at),
            col(hold.client_id),
        )
        .join(hold, col(hold.id) == row.slot_hold_id)
        .where(
            col(hold.clinic_id) == clinic_id,
            scope.where(hold.clinic_id),
            scope.where(row.clinic_id),
            col(hold.starts_at) == start,
            held_by_caller(held_by),
            col(hold.expires_at) > now,
            col(row.state) == AllocationState.HELD,
            col(row.expires_at) > now,
        )
    )
    rows = (await execute(session, query)).all()
    return [each for each in rows if client_id is None or each.client_id in (None, client_id)]
