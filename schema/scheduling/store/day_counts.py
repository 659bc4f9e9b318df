"""How many visits a clinic has on its days, for those that limit them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlmodel import col

from schema.base import Reader, among, execute
from schema.clinics.models import ClinicRow
from schema.paging import grouped
from schema.scheduling.models import AllocationRow, AppointmentRow, SlotHoldRow
from schema.scheduling.rules import AllocatedKind, Frame
from schema.scheduling.rules.calendars import CLINIC
from schema.scheduling.store.busy import live_at
from schema.scope import Scope


async def visits_taken(
    session: Reader, clinic_id: UUID, frame: Frame, scope: Scope, now: datetime
) -> Counter[tuple[int, int]]:
    """How many visits, booked or held, start on each of a clinic's days: as `visits_by_clinic`."""
    return (await visits_by_clinic(session, [clinic_id], frame, scope, live_at(now)))[clinic_id]


async def visits_by_clinic(
    session: Reader,
    clinic_ids: Sequence[UUID],
    frame: Frame,
    scope: Scope,
    counted: ColumnElement[bool],
) -> Mapping[UUID, Counter[tuple[int, int]]]:
    """How many visits whose allocations are `counted` start on each of a clinic's days: in the
    clinic (number 0) and with each practitioner, by the ordinal of the day."""
    taken, visit, hold = AllocationRow, AppointmentRow, SlotHoldRow
    starts_at = func.coalesce(col(visit.starts_at), col(hold.starts_at))
    day = func.date(func.timezone(ClinicRow.time_zone, starts_at))
    key = func.coalesce(col(taken.slot_hold_id), col(taken.appointment_id))
    query: Any = (
        select(
            col(taken.clinic_id),
            day.label("day"),
            key.label("key"),
            col(taken.resource_no),
            col(taken.resource_kind),
        )
        .distinct()
        .join(ClinicRow, col(ClinicRow.id) == taken.clinic_id)
        .outerjoin(visit, col(visit.id) == taken.appointment_id)
        .outerjoin(hold, col(hold.id) == taken.slot_hold_id)
        .where(
            among(col(taken.clinic_id), clinic_ids),
            scope.where(taken.clinic_id),
            col(taken.starts_at) < frame.interval.end,
            col(taken.ends_at) > frame.interval.start,
            counted,
        )
    )
    rows = grouped(list(await execute(session, query)), "clinic_id")
    return {clinic_id: _counts(rows.get(clinic_id, ())) for clinic_id in clinic_ids}


def _counts(rows: Sequence[Any]) -> Counter[tuple[int, int]]:
    visits = {(each.day.toordinal(), each.key) for each in rows}
    return Counter(
        [(CLINIC, day) for day, _ in visits]
        + [
            (each.resource_no, each.day.toordinal())
            for each in rows
            if each.resource_kind == AllocatedKind.PRACTITIONER
        ]
    )
