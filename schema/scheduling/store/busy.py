"""Who is taken when. The only reads here that look beyond the scope return bare intervals."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, not_, or_, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schema.base import among, fetch
from schema.context import every_clinic
from schema.intervals import Interval
from schema.scheduling.models import AllocationRow
from schema.scheduling.rules import LIVE_ALLOCATIONS
from schema.scope import Scope

Busy = Mapping[int, list[Interval]]
TIMES: Sequence[Any] = [
    col(AllocationRow.resource_no),
    col(AllocationRow.starts_at),
    col(AllocationRow.ends_at),
]


async def busy(
    session: AsyncSession, clinic_ids: Sequence[UUID], scope: Scope, window: Interval, now: datetime
) -> Busy:
    """When the resources of these clinics are taken, by number, where it touches `window`."""
    return await _intervals(
        session,
        _taken(window, now).where(
            among(col(AllocationRow.clinic_id), clinic_ids), scope.where(AllocationRow.clinic_id)
        ),
    )


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
    row = AllocationRow
    return select(*TIMES).where(
        col(row.starts_at) < window.end,
        col(row.ends_at) > window.start,
        col(row.state).in_(LIVE_ALLOCATIONS),
        or_(col(row.expires_at).is_(None), col(row.expires_at) > now),
    )


async def _intervals(session: AsyncSession, query: Select[Any]) -> Busy:
    found: dict[int, list[Interval]] = {}
    for row in await fetch(session, AllocationRow, query):
        found.setdefault(row.resource_no, []).append(Interval(row.starts_at, row.ends_at))
    return found


def merged(several: Iterable[Busy]) -> Busy:
    """All of them together, by number."""
    found: dict[int, list[Interval]] = {}
    for each in several:
        for number, intervals in each.items():
            found.setdefault(number, []).extend(intervals)
    return found
