"""Appointments and what they take."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, String, case, cast, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col
from sqlmodel import select as entities
from sqlmodel.ext.asyncio.session import AsyncSession

from schema.base import Reader, Row, among, columns, execute, fetch, fetch_among, fetch_one, named
from schema.clinics.models import ClinicRow, DeviceRow, RoomRow
from schema.context import every_clinic
from schema.courses.rules import Treated
from schema.courses.store import healing
from schema.paging import Order, Page, grouped, keyed, page_of
from schema.practitioners.models import PractitionerRow
from schema.protocols.models import ClinicProtocolRow, ProtocolTemplateRow
from schema.protocols.rules import ProtocolKind
from schema.scheduling.models import AllocationRow, AppointmentRow
from schema.scheduling.rules import LIVE_ALLOCATIONS, AllocatedKind, AppointmentState
from schema.scope import Scope
from schema.statements import Values, built_once

#: No interval is longer than a year.
REMEMBERED = timedelta(days=366)
#: So long after it began, what was done in a course's visit is on record, or was not done.
RECORDED_WITHIN = timedelta(days=1)
Taken = TypeVar("Taken", RoomRow, DeviceRow, PractitionerRow)
#: What allocations call them.
KINDS: Mapping[type[Row], AllocatedKind] = {
    RoomRow: AllocatedKind.ROOM,
    DeviceRow: AllocatedKind.DEVICE,
    PractitionerRow: AllocatedKind.PRACTITIONER,
}

BY_START = Order.by(col(AppointmentRow.starts_at), col(AppointmentRow.id))


async def appointments(
    session: Reader,
    scope: Scope,
    page: Page,
    *,
    clinic: UUID | str | None = None,
    state: AppointmentState | None = None,
    starts_from: datetime | None = None,
    starts_before: datetime | None = None,
) -> list[AppointmentRow]:
    """A page of the appointments in scope, by start."""
    wanted = Values(
        state=state,
        starts_from=starts_from,
        starts_before=starts_before,
        clinic_id=clinic if isinstance(clinic, UUID) else None,
        clinic_code=clinic.strip().upper() if isinstance(clinic, str) else None,
    )
    return await fetch(session, AppointmentRow, _appointments(scope, page, wanted))


@built_once
def _appointments(scope: Scope, page: Page, wanted: Values) -> Executable:
    row = AppointmentRow
    query = select(*columns(row)).where(scope.where(row.clinic_id))
    if "clinic_id" in wanted:
        query = query.where(col(row.clinic_id) == wanted["clinic_id"])
    if "clinic_code" in wanted:
        coded = select(col(ClinicRow.id)).where(col(ClinicRow.code) == wanted["clinic_code"])
        query = query.where(col(row.clinic_id) == coded.scalar_subquery())
    if "state" in wanted:
        query = query.where(col(row.state) == wanted["state"])
    if "starts_from" in wanted:
        query = query.where(col(row.starts_at) >= wanted["starts_from"])
    if "starts_before" in wanted:
        query = query.where(col(row.starts_at) < wanted["starts_before"])
    return BY_START.apply(query, page)


async def appointment(session: Reader, scope: Scope, appointment_id: UUID) -> AppointmentRow | None:
    """The appointment, if in scope."""
    row = AppointmentRow
    query = select(*columns(row)).where(col(row.id) == appointment_id, scope.where(row.clinic_id))
    return await fetch_one(session, row, query)


async def appointment_by_reference(
    session: Reader,
    scope: Scope,
    clinic: UUID | str,
    reference: str,
    booked_by: UUID | None,
) -> AppointmentRow | None:
    """The visit that this caller booked under the reference in this clinic, if in scope."""
    row = AppointmentRow
    place = select(col(ClinicRow.id)).where(named(ClinicRow, clinic))
    query = select(*columns(row)).where(
        scope.where(row.clinic_id),
        col(row.clinic_id) == place.scalar_subquery(),
        col(row.booked_by) == booked_by,
        col(row.external_reference) == reference,
    )
    return await fetch_one(session, row, query)


async def reference_taken(
    session: Reader, clinic_id: UUID, reference: str, booked_by: UUID | None
) -> bool:
    """Whether this caller booked a visit under the reference in this clinic."""
    row = AppointmentRow
    query = select(col(row.id)).where(
        col(row.clinic_id) == clinic_id,
        col(row.booked_by) == booked_by,
        col(row.external_reference) == reference,
    )
    return (await execute(session, query)).first() is not None


async def appointments_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, AppointmentRow]:
    rows = await fetch_among(
        session, AppointmentRow, AppointmentRow.id, ids, scope, AppointmentRow.clinic_id
    )
    return keyed(rows)


async def appointments_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[AppointmentRow]]:
    return await page_of(
        session,
        AppointmentRow,
        AppointmentRow.clinic_id,
        clinic_ids,
        scope,
        AppointmentRow.clinic_id,
        BY_START,
        page,
    )


async def appointments_by_client(
    session: Reader, client_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[AppointmentRow]]:
    return await page_of(
        session,
        AppointmentRow,
        AppointmentRow.client_id,
        client_ids,
        scope,
        AppointmentRow.clinic_id,
        BY_START,
        page,
    )


async def appointments_by_course(
    session: Reader, course_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[AppointmentRow]]:
    return await page_of(
        session,
        AppointmentRow,
        AppointmentRow.course_id,
        course_ids,
        scope,
        AppointmentRow.clinic_id,
        BY_START,
        page,
    )


async def allocations_by_appointment(
    session: Reader, appointment_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[AllocationRow]]:
    """What each appointment takes or took, by role and start."""
    row = AllocationRow
    query = (
        select(*columns(row))
        .where(among(col(row.appointment_id), appointment_ids), scope.where(row.clinic_id))
        .order_by(col(row.appointment_id), col(row.role), col(row.starts_at))
    )
    return grouped(await fetch(session, row, query), "appointment_id")


async def rooms_by_appointment(
    session: Reader, appointment_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[RoomRow]]:
    """The rooms each live appointment takes, by code."""
    return await _taken(session, RoomRow, appointment_ids, scope)


async def devices_by_appointment(
    session: Reader, appointment_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[DeviceRow]]:
    """The devices each live appointment takes, by code."""
    return await _taken(session, DeviceRow, appointment_ids, scope)


async def practitioners_by_appointment(
    session: Reader, appointment_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[PractitionerRow]]:
    """Who treats in each live appointment, by code."""
    return await _taken(session, PractitionerRow, appointment_ids, scope)


async def _taken(
    session: Reader, model: type[Taken], appointment_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[Taken]]:
    """The resources of one kind that each live appointment takes, by code."""
    rows = await fetch(session, model, _resources(model, appointment_ids, scope))
    return grouped(rows, "appointment_id")


@built_once
def _resources(model: type[Taken], appointment_ids: Sequence[UUID], scope: Scope) -> Executable:
    """LATERAL with a limit looks each number up by its index, whatever the tables' sizes, and only
    those of the kind, of which a visit takes one or two among all that it takes."""
    row = AllocationRow
    numbered = select(*columns(model)).where(col(model.resource_no) == row.resource_no)
    taken = numbered.limit(1).lateral("taken")
    return (
        select(col(row.appointment_id), *taken.c)
        .distinct()
        .join(taken, true())
        .where(
            among(col(row.appointment_id), appointment_ids),
            scope.where(row.clinic_id),
            among(col(row.state), LIVE_ALLOCATIONS),
            col(row.resource_kind) == KINDS[model],
        )
        .order_by(col(row.appointment_id), taken.c.code)
    )


async def count_booked(session: Reader, scope: Scope, course_id: UUID, now: datetime) -> int:
    """How many visits of a course are booked and still to come."""
    query = select(func.count()).where(*_to_come(scope, course_id, now))
    return int((await execute(session, query)).scalar_one())


async def visits_to_come(
    session: AsyncSession, scope: Scope, course_id: UUID, now: datetime
) -> list[AppointmentRow]:
    """The visits that `count_booked` counts, by start, as entities: to be changed."""
    row = AppointmentRow
    query = entities(row).where(*_to_come(scope, course_id, now))
    return list(await session.exec(query.order_by(col(row.starts_at), col(row.id))))


def _to_come(scope: Scope, course_id: UUID, now: datetime) -> list[ColumnElement[bool]]:
    row = AppointmentRow
    return [
        col(row.course_id) == course_id,
        scope.where(row.clinic_id),
        col(row.state) == AppointmentState.BOOKED,
        col(row.starts_at) > now,
    ]


async def days_booked(
    session: Reader, client_no: int, areas: Sequence[str], now: datetime
) -> list[Treated]:
    """The days on which any of these areas of the client is to be treated, or was by all that is
    known: a single visit that began took place, unless the client did not come; of a course its
    sessions say so, a day later at most.

    Of a linked client, in whatever clinic: days, and neither where nor what. Days are those of the
    clinic in question.
    """
    row, taken = AppointmentRow, AllocationRow
    local = func.date(func.timezone(ClinicRow.time_zone, row.starts_at))
    since = case((col(row.course_id).is_(None), now - REMEMBERED), else_=now - RECORDED_WITHIN)
    query = (
        select(
            local.label("day"),
            col(row.version_id),
            col(row.areas),
            col(row.indication),
            col(row.severity),
            col(row.depth_mm),
        )
        .select_from(row)
        .join(ClinicRow, col(ClinicRow.id) == row.clinic_id)
        .join(taken, col(taken.appointment_id) == row.id)
        .join(ClinicProtocolRow, col(ClinicProtocolRow.id) == row.clinic_protocol_id)
        .join(ProtocolTemplateRow, col(ProtocolTemplateRow.id) == ClinicProtocolRow.template_id)
        .where(
            col(taken.resource_no) == client_no,
            col(taken.ends_at) > now - REMEMBERED,
            among(col(taken.state), LIVE_ALLOCATIONS),
            col(row.state) != AppointmentState.NO_SHOW,
            col(row.starts_at) > since,
            col(row.areas).op("&&")(cast(list(areas), ARRAY(String))),
            col(ProtocolTemplateRow.protocol_kind) == ProtocolKind.TREATMENT,
        )
        .order_by(local)
    )
    async with every_clinic(session):
        rows = list(await execute(session, query))
    return await healing(session, rows, areas)
