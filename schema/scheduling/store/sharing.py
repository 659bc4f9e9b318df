"""Whom clinics share, and what nobody gave back: what a change of a calendar has to know of others.

Asked under `every_clinic`, by actions alone: which clinics those are is nobody's to see.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, text
from sqlmodel import col

from schema.base import Reader, among, execute
from schema.clinics.models import ClinicRow
from schema.clinics.rules import local_day
from schema.paging import grouped
from schema.practitioners.models import PractitionerAssignmentRow, PractitionerRow
from schema.scheduling.models import AllocationRow, SlotHoldRow
from schema.scheduling.models.appointments import STILL_HELD
from schema.scheduling.rules import AllocatedKind
from schema.scheduling.rules.changes import Change, Taking
from schema.scheduling.rules.grid import cells_of_time


class Expired(NamedTuple):
    """A hold that ran out and whose end is to be written down, in its clinic's calendar."""

    hold_id: UUID
    clinic_id: UUID
    change: Change


async def clinics_of_practitioners(
    session: Reader, numbers: Collection[int], from_on: date
) -> Mapping[int, frozenset[UUID]]:
    """In which clinics these practitioners work on that day or later, by their numbers."""
    row = PractitionerAssignmentRow
    query = (
        select(col(PractitionerRow.resource_no), col(row.clinic_id))
        .join(PractitionerRow, col(PractitionerRow.id) == row.practitioner_id)
        .where(
            among(col(PractitionerRow.resource_no), sorted(numbers)),
            or_(col(row.to_on).is_(None), col(row.to_on) >= from_on),
        )
    )
    found = grouped(list(await execute(session, query)), "resource_no")
    return {number: frozenset(each.clinic_id for each in rows) for number, rows in found.items()}


async def expired_holds(session: Reader, numbers: Collection[int], now: datetime) -> list[Expired]:
    """The expired holds that still stand in the way of any of these resources."""
    taken, hold = AllocationRow, SlotHoldRow
    over = (
        select(col(taken.slot_hold_id))
        .where(
            text(STILL_HELD),
            among(col(taken.resource_no), sorted(numbers)),
            col(taken.expires_at) <= now,
        )
        .correlate(None)
    )
    query: Any = (
        select(
            col(hold.id),
            col(hold.clinic_id),
            col(hold.starts_at).label("visit_at"),
            col(ClinicRow.time_zone),
            col(taken.resource_no),
            col(taken.resource_kind),
            col(taken.starts_at),
            col(taken.ends_at),
        )
        .join(hold, col(hold.id) == taken.slot_hold_id)
        .join(ClinicRow, col(ClinicRow.id) == hold.clinic_id)
        .where(col(taken.slot_hold_id).in_(over), text(STILL_HELD))
    )
    return [
        Expired(key, rows[0].clinic_id, _end(key, rows))
        for key, rows in grouped(list(await execute(session, query)), "id").items()
    ]


def _end(key: UUID, rows: Sequence[Any]) -> Change:
    (first, *_) = rows
    day = local_day(first.visit_at, ZoneInfo(first.time_zone))
    return Change(str(key), False, cells_of(rows), day.toordinal())


def cells_of(rows: Sequence[Any]) -> tuple[Taking, ...]:
    """What allocations take of a calendar; clients are not in it."""
    return tuple(
        (each.resource_no, *cells_of_time(each.starts_at, each.ends_at))
        for each in rows
        if each.resource_kind != AllocatedKind.CLIENT
    )
