"""What a caller holds at a start does not stand in their own way there.

A visit at that start, for the client who is held it or for whom nobody is named, is booked by the
hold where that is for the same; else what is held is given back in the turn in which the visit
takes what it needs.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_
from sqlmodel import col

from schema.context import Work
from schema.scheduling.actions.changing import Involved, Turn
from schema.scheduling.actions.taking import Place, free, taken_by
from schema.scheduling.models import AllocationRow, SlotHoldRow
from schema.scheduling.rules import AllocationState, SlotHoldState
from schema.scheduling.store.slot_holds import slot_holds_at


async def held_there(
    work: Work, clinic_id: UUID, start: datetime, client_id: UUID
) -> list[SlotHoldRow]:
    """The caller's own holds at the start, for this client or for nobody in particular."""
    held = await slot_holds_at(work.session, work.scope, clinic_id, start, work.actor.id, work.now)
    return [each for each in held if each.client_id in (None, client_id)]


async def involved(work: Work, place: Place, held: Sequence[SlotHoldRow]) -> Involved:
    """Whom the visit may take, and who is held for it."""
    wanted = await place.involved()
    if not held:
        return wanted
    of = col(AllocationRow.slot_hold_id).in_([each.id for each in held])
    return wanted.beside(await taken_by(work, place.clinic.id, place.start, of=of))


async def give_back(work: Work, turn: Turn, place: Place, held: Sequence[SlotHoldRow]) -> None:
    """Free what is held still: one that became a visit meanwhile stays as it is."""
    row = AllocationRow
    for each in held:
        still = and_(col(row.slot_hold_id) == each.id, col(row.state) == AllocationState.HELD)
        if await free(work, turn, place.start, place.zone, of=still):
            each.state = SlotHoldState.RELEASED
            work.record("slot_hold.released", each.clinic_id, each)
