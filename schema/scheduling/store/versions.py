"""Versions of calendars, what each changed, and what a calendar is loaded from.

For the process itself, whose calendars are nobody's: whoever shows some of them asks in scope.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, and_, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col

from schema.base import Reader, among, execute
from schema.clinics.models import ClinicRow
from schema.clinics.rules import ClinicStatus
from schema.paging import grouped
from schema.scheduling.models import (
    AllocationRow,
    CalendarChangeRow,
    ClinicCalendarRow,
    SlotHoldRow,
)
from schema.scheduling.rules import AllocationState, Frame
from schema.scheduling.rules.changes import Change, read_change
from schema.scheduling.rules.grid import cells_of_time
from schema.scheduling.store.busy import Taken, booked_cells
from schema.scope import Scope


class Counted(NamedTuple):
    """How far a calendar is counted, and at which version its shape changed last."""

    version: int
    shape: int


NEVER_CHANGED = Counted(0, 0)
#: A version and what it changed; None: the shape.
Version = tuple[int, tuple[Change, ...] | None]


async def bookable_clinics(session: Reader, scope: Scope) -> Sequence[UUID]:
    """The clinics whose calendars may be asked for."""
    query = select(col(ClinicRow.id)).where(
        col(ClinicRow.status) == ClinicStatus.LIVE, scope.where(ClinicRow.id)
    )
    return list((await execute(session, query)).scalars())


async def versions_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, Counted]:
    """How far the calendar of each clinic is counted; without one, nothing ever changed."""
    row = ClinicCalendarRow
    query = select(col(row.clinic_id), col(row.version), col(row.shape)).where(
        among(col(row.clinic_id), clinic_ids), scope.where(row.clinic_id)
    )
    rows = await execute(session, query)
    return {each.clinic_id: Counted(each.version, each.shape) for each in rows}


async def shape_and_status(
    session: Reader, clinic_id: UUID, scope: Scope
) -> tuple[int, ClinicStatus]:
    """At which version a clinic's calendar took its present shape, and the clinic's status, which
    is part of it: both as of one moment."""
    row, clinic = ClinicCalendarRow, ClinicRow
    query = (
        select(func.coalesce(col(row.shape), NEVER_CHANGED.shape), col(clinic.status))
        .outerjoin_from(clinic, row, col(row.clinic_id) == clinic.id)
        .where(col(clinic.id) == clinic_id, scope.where(clinic.id))
    )
    shape, status = (await execute(session, query)).one()
    return shape, ClinicStatus(status)


async def versions_unlike(
    session: Reader, known: Mapping[UUID, int], scope: Scope
) -> Mapping[UUID, int]:
    """The versions of those calendars that are not at the version that is known of them."""
    row, asked = ClinicCalendarRow, _asked(known)
    version = func.coalesce(col(row.version), NEVER_CHANGED.version).label("version")
    query = (
        select(asked.c.of_clinic, version)
        .outerjoin(row, and_(asked.c.of_clinic == row.clinic_id, scope.where(row.clinic_id)))
        .where(version != asked.c.known)
    )
    rows = await execute(session, query)
    return {each.of_clinic: each.version for each in rows}


def _asked(known: Mapping[UUID, int]) -> Any:
    """Clinics, each with the version that is known of its calendar, as a table."""
    given = func.unnest(
        bindparam(None, list(known), type_=ARRAY(Uuid)),
        bindparam(None, list(known.values()), type_=ARRAY(BigInteger)),
    )
    table = given.table_valued(column("of_clinic", Uuid), column("known", BigInteger))
    return table.render_derived()


async def changes_since(
    session: Reader, known: Mapping[UUID, int], scope: Scope
) -> Mapping[UUID, list[Version]]:
    """What became of each calendar after the version that is known of it, in order."""
    row, after = CalendarChangeRow, _asked(known)
    query = (
        select(col(row.clinic_id), col(row.version), col(row.changes))
        .join(after, and_(after.c.of_clinic == row.clinic_id, col(row.version) > after.c.known))
        .where(scope.where(row.clinic_id))
        .order_by(col(row.clinic_id), col(row.version))
    )
    found: dict[UUID, list[Version]] = {}
    for clinic_id, version, written in await execute(session, query):
        changes = None if written is None else tuple(map(read_change, written))
        found.setdefault(clinic_id, []).append((version, changes))
    return found


async def booked(session: Reader, numbers: Sequence[int], frame: Frame) -> Taken:
    """When these resources are booked, in whatever clinic; what is held is not in it."""
    return await booked_cells(session, numbers, frame.interval)


class Held(NamedTuple):
    """A hold as one calendar knows it, and the clinic whose visit it is for."""

    clinic_id: UUID
    change: Change


async def holds(session: Reader, numbers: Sequence[int], frame: Frame) -> list[Held]:
    """What is held of these resources, in whatever clinic; expired ones too, until their end is
    written down. The day is that of the hold's own clinic."""
    row, hold = AllocationRow, SlotHoldRow
    local = func.date(func.timezone(ClinicRow.time_zone, hold.starts_at))
    query = (
        select(
            col(row.slot_hold_id).label("id"),
            col(row.clinic_id),
            col(row.resource_no),
            col(row.starts_at),
            col(row.ends_at),
            col(row.expires_at),
            local.label("day"),
        )
        .join(hold, col(hold.id) == row.slot_hold_id)
        .join(ClinicRow, col(ClinicRow.id) == row.clinic_id)
        .where(
            among(col(row.resource_no), numbers),
            col(row.state) == AllocationState.HELD,
            col(row.starts_at) < frame.interval.end,
            col(row.ends_at) > frame.interval.start,
        )
        .order_by(col(row.slot_hold_id))
    )
    by_hold = grouped(list(await execute(session, query)), "id")
    return [
        Held(
            rows[0].clinic_id,
            Change(
                key=str(key),
                taken=True,
                cells=tuple(
                    (each.resource_no, *cells_of_time(each.starts_at, each.ends_at))
                    for each in rows
                ),
                day=rows[0].day.toordinal(),
                until=rows[0].expires_at,
            ),
        )
        for key, rows in by_hold.items()
    ]
