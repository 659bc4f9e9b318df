"""Appointments and what they take."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schema.base import among, columns, fetch, fetch_one
from schema.intervals import Interval
from schema.paging import Order, Page, grouped, keyed, page_by
from schema.scheduling.models import AllocationRow, AppointmentRow
from schema.scheduling.rules import AppointmentState
from schema.scope import Scope

BY_START = Order.by(col(AppointmentRow.starts_at), col(AppointmentRow.id))


async def appointments(
    session: AsyncSession,
    scope: Scope,
    page: Page,
    *,
    clinic_id: UUID | None = None,
    window: Interval | None = None,
    state: AppointmentState | None = None,
) -> list[AppointmentRow]:
    """A page of the appointments in scope, by start; those that begin in `window`, if given."""
    row = AppointmentRow
    query = select(*columns(row)).where(scope.where(row.clinic_id))
    if clinic_id is not None:
        query = query.where(col(row.clinic_id) == clinic_id)
    if window is not None:
        query = query.where(col(row.starts_at) >= window.start, col(row.starts_at) < window.end)
    if state is not None:
        query = query.where(col(row.state) == state)
    return await fetch(session, row, BY_START.apply(query, page))


async def appointment(
    session: AsyncSession, scope: Scope, appointment_id: UUID
) -> AppointmentRow | None:
    """The appointment, if in scope."""
    row = AppointmentRow
    query = select(*columns(row)).where(col(row.id) == appointment_id, scope.where(row.clinic_id))
    return await fetch_one(session, row, query)


async def appointments_by_id(
    session: AsyncSession, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, AppointmentRow]:
    row = AppointmentRow
    query = select(*columns(row)).where(among(col(row.id), ids), scope.where(row.clinic_id))
    return keyed(await fetch(session, row, query))


async def appointments_by_clinic(
    session: AsyncSession, clinic_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[AppointmentRow]]:
    row = AppointmentRow
    query = select(*columns(row)).where(scope.where(row.clinic_id))
    return await page_by(session, row.clinic_id, clinic_ids, query, BY_START, page)


async def appointments_by_client(
    session: AsyncSession, client_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[AppointmentRow]]:
    row = AppointmentRow
    query = select(*columns(row)).where(scope.where(row.clinic_id))
    return await page_by(session, row.client_id, client_ids, query, BY_START, page)


async def appointments_by_course(
    session: AsyncSession, course_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[AppointmentRow]]:
    row = AppointmentRow
    query = select(*columns(row)).where(scope.where(row.clinic_id))
    return await page_by(session, row.course_id, course_ids, query, BY_START, page)


async def allocations_by_appointment(
    session: AsyncSession, appointment_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[AllocationRow]]:
    """What each appointment takes or took, by role and start."""
    row = AllocationRow
    query = (
        select(*columns(row))
        .where(among(col(row.appointment_id), appointment_ids), scope.where(row.clinic_id))
        .order_by(col(row.appointment_id), col(row.role), col(row.starts_at))
    )
    return grouped(await fetch(session, row, query), "appointment_id")
