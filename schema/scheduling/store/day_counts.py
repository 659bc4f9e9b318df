"""How many visits a clinic has on its days, for those that limit them."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schema.base import execute
from schema.clinics.models import ClinicRow
from schema.scheduling.models import AllocationRow, AppointmentRow, SlotHoldRow
from schema.scheduling.rules import LIVE_ALLOCATIONS, AllocatedKind, Frame
from schema.scheduling.rules.calendars import CLINIC
from schema.scope import Scope


async def visits_taken(
    session: AsyncSession, clinic_id: UUID, frame: Frame, scope: Scope, now: datetime
) -> Counter[tuple[int, int]]:
    """How many visits, booked or held, start on each of the clinic's days: in the clinic (number 0)
    and with each practitioner, by the ordinal of the day."""
    taken, visit, hold = AllocationRow, AppointmentRow, SlotHoldRow
    starts_at = func.coalesce(col(visit.starts_at), col(hold.starts_at))
    day = func.date(func.timezone(ClinicRow.time_zone, starts_at))
    key = func.coalesce(col(taken.slot_hold_id), col(taken.appointment_id))
    query = (
        select(day.label("day"), key.label("key"), col(taken.resource_no), col(taken.resource_kind))
        .distinct()
        .join(ClinicRow, col(ClinicRow.id) == taken.clinic_id)
        .outerjoin(visit, col(visit.id) == taken.appointment_id)
        .outerjoin(hold, col(hold.id) == taken.slot_hold_id)
        .where(
            col(taken.clinic_id) == clinic_id,
            scope.where(taken.clinic_id),
            col(taken.starts_at) < frame.interval.end,
            col(taken.ends_at) > frame.interval.start,
            col(taken.state).in_(LIVE_ALLOCATIONS),
            or_(col(taken.expires_at).is_(None), col(taken.expires_at) > now),
        )
    )
    rows = list(await execute(session, query))
    visits = {(each.day.toordinal(), each.key) for each in rows}
    return Counter(
        [(CLINIC, day) for day, _ in visits]
        + [
            (each.resource_no, each.day.toordinal())
            for each in rows
            if each.resource_kind == AllocatedKind.PRACTITIONER
        ]
    )
