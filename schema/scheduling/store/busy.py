"""Who is taken when. The only reads here that look beyond the scope return bare intervals."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, not_, or_, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schema.base import among, execute
from schema.context import every_clinic
from schema.intervals import Interval
from schema.scheduling.models import AllocationRow
from schema.scheduling.rules import LIVE_ALLOCATIONS, AllocatedKind
from schema.scope import Scope

Busy = Mapping[int, list[Interval]]


async def busy(
    session: AsyncSession,
    clinic_ids: Sequence[UUID],
    scope: Scope,
    window: Interval,
    now: datetime,
    guests: Collection[int] = (),
) -> Busy:
    """When the resources of these clinics are taken, by number, where it touches `window`.

    Of clients only these guests: for the others nobody asks.
    """
    row = AllocationRow
    asked = or_(
        col(row.resource_kind) != AllocatedKind.CLIENT,
        among(col(row.resource_no), sorted(guests)),
    )
    query = _taken(window, now).where(
        among(col(row.clinic_id), clinic_ids), scope.where(row.clinic_id), asked
    )
    return await _intervals(session, query)


async def busy_elsewhere(
    session: AsyncSession,
    numbers: Collection[int],
    clinic_ids: Sequence[UUID],
    window: Interval,
    now: datetime,
) -> Busy:
    """When these people are taken in any clinic but `clinic_ids`: bare intervals, nothing else.

    A practitioner of several clinics is one resource, and so are the clients of one person; whoever
    asks must not offer their time twice, yet learns neither where nor for what it is taken.
    """
    query = _taken(window, now).where(
        among(col(AllocationRow.resource_no), sorted(numbers)),
        not_(among(col(AllocationRow.clinic_id), clinic_ids)),
    )
    async with every_clinic(session):
        return await _intervals(session, query)


def _taken(window: Interval, now: datetime) -> Select[Any]:
    """A row per resource: tens of thousands of intervals are dear one by one."""
    row = AllocationRow
    taken: list[Any] = [
        col(row.resource_no),
        func.array_agg(row.starts_at),
        func.array_agg(row.ends_at),
    ]
    return (
        select(*taken)
        .where(
            col(row.starts_at) < window.end,
            col(row.ends_at) > window.start,
            col(row.state).in_(LIVE_ALLOCATIONS),
            or_(col(row.expires_at).is_(None), col(row.expires_at) > now),
        )
        .group_by(col(row.resource_no))
    )


async def _intervals(session: AsyncSession, query: Select[Any]) -> Busy:
    rows = await execute(session, query)
    return {number: list(map(Interval, starts, ends)) for number, starts, ends in rows}


def merged(several: Iterable[Busy]) -> Busy:
    """All of them together, by number."""
    found: dict[int, list[Interval]] = {}
    for each in several:
        for number, intervals in each.items():
            found.setdefault(number, []).extend(intervals)
    return found
