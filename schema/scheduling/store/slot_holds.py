"""Holds of a slot, and what they take."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlmodel import col
from sqlmodel import select as entities
from sqlmodel.ext.asyncio.session import AsyncSession

from schema.access.rules import ActorKind
from schema.base import MYSELF, Reader, among, columns, execute, fetch
from schema.context import now_in
from schema.paging import keyed
from schema.scheduling.models import AllocationRow, SlotHoldRow
from schema.scheduling.rules import AllocationState, SlotHoldState
from schema.scheduling.rules.slot_holds import state_at
from schema.scope import Scope


async def slot_holds_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, SlotHoldRow]:
    """Holds, each in the state of now. A partner sees its own, others those of their clinics."""
    row = SlotHoldRow
    partner = func.current_setting("app.actor_kind", True) == ActorKind.PARTNER.value
    mine: ColumnElement[bool] = text(f"slot_holds.held_by = {MYSELF}")  # type: ignore[assignment]  # a condition all the same
    query = select(*columns(row)).where(
        among(col(row.id), ids), scope.where(row.clinic_id), or_(~partner, mine)
    )
    now = await now_in(session)
    return keyed([_now(each, now) for each in await fetch(session, row, query)])


def _now(row: SlotHoldRow, now: datetime) -> SlotHoldRow:
    state = state_at(SlotHoldState(row.state), row.expires_at, now)
    return SlotHoldRow(
        **{each.key: getattr(row, each.key) for each in columns(SlotHoldRow)} | {"state": state}
    )


def held_by_caller(held_by: UUID | None) -> ColumnElement[bool]:
    """That a hold is this caller's own, said so that the index of holders is used."""
    column = col(SlotHoldRow.held_by)
    return column.is_(None) if held_by is None else column == held_by


async def slot_hold_of(
    session: AsyncSession, scope: Scope, hold_id: UUID, held_by: UUID | None
) -> SlotHoldRow | None:
    """The hold as an entity, if in scope and this caller's own."""
    row = SlotHoldRow
    query = entities(row).where(
        col(row.id) == hold_id,
        scope.where(row.clinic_id),
        held_by_caller(held_by),
    )
    return (await session.exec(query.execution_options(populate_existing=True))).first()


async def slot_holds_at(
    session: AsyncSession,
    scope: Scope,
    clinic_id: UUID,
    starts_at: datetime,
    held_by: UUID | None,
    now: datetime,
) -> Sequence[SlotHoldRow]:
    """What the caller holds in a clinic at a start, as entities, the oldest first."""
    row = SlotHoldRow
    query = entities(row).where(
        col(row.clinic_id) == clinic_id,
        scope.where(row.clinic_id),
        col(row.starts_at) == starts_at,
        held_by_caller(held_by),
        col(row.state) == SlotHoldState.HELD,
        col(row.expires_at) > now,
    )
    query = query.order_by(col(row.id)).execution_options(populate_existing=True)
    return (await session.exec(query)).all()


async def count_slot_holds(session: Reader, held_by: UUID | None, now: datetime) -> int:
    """How many starts the caller holds by now, in whatever clinic it may see."""
    row = SlotHoldRow
    query = select(func.count()).where(
        held_by_caller(held_by),
        col(row.state) == SlotHoldState.HELD,
        col(row.expires_at) > now,
    )
    return int((await execute(session, query)).scalar_one())


async def held_allocations(session: Reader, hold: SlotHoldRow) -> list[AllocationRow]:
    """What a hold takes, as rows."""
    row = AllocationRow
    query = select(*columns(row)).where(
        col(row.clinic_id) == hold.clinic_id,
        col(row.slot_hold_id) == hold.id,
        col(row.state) == AllocationState.HELD,
    )
    return await fetch(session, row, query)
