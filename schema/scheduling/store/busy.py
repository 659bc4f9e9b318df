"""Who is taken when. The only reads here that look beyond the scope return bare cells of time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, func, not_, or_, select
from sqlmodel import col

from schema.base import Reader, among, execute
from schema.clinics.rules import GRID_MINUTES
from schema.context import every_clinic
from schema.intervals import Interval
from schema.scheduling.models import AllocationRow
from schema.scheduling.rules import LIVE_ALLOCATIONS, AllocatedKind, AllocationState
from schema.scheduling.rules.grid import Cells
from schema.scope import Scope

#: By number: cells of five minutes since 1970, each pair half-open.
Taken = Mapping[int, list[Cells]]


async def busy(
    session: Reader,
    clinic_ids: Sequence[UUID],
    scope: Scope,
    window: Interval,
    now: datetime,
    guests: Collection[int] = (),
) -> Taken:
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
    return await _cells(session, query)


async def busy_elsewhere(
    session: Reader,
    numbers: Collection[int],
    clinic_ids: Sequence[UUID],
    window: Interval,
    now: datetime,
) -> Taken:
    """When these people are taken in any clinic but `clinic_ids`: bare cells, nothing else.

    A practitioner of several clinics is one resource, and so are the clients of one person; whoever
    asks must not offer their time twice, yet learns neither where nor for what it is taken.
    """
    query = _taken(window, now).where(
        among(col(AllocationRow.resource_no), sorted(numbers)),
        not_(among(col(AllocationRow.clinic_id), clinic_ids)),
    )
    async with every_clinic(session):
        return await _cells(session, query)


async def booked_cells(session: Reader, numbers: Collection[int], window: Interval) -> Taken:
    """When these resources are booked in any clinic of the session's; what is held is not in it."""
    row = AllocationRow
    query = _by_resource(window).where(
        among(col(row.resource_no), sorted(numbers)), col(row.state) == AllocationState.BOOKED
    )
    return await _cells(session, query)


def _taken(window: Interval, now: datetime) -> Select[Any]:
    return _by_resource(window).where(live_at(now))


def live_at(now: datetime) -> ColumnElement[bool]:
    """That an allocation takes its resource: it is booked, or held beyond `now`."""
    row = AllocationRow
    return and_(
        among(col(row.state), LIVE_ALLOCATIONS),
        or_(col(row.expires_at).is_(None), col(row.expires_at) > now),
    )


def _by_resource(window: Interval) -> Select[Any]:
    """A row per resource, and numbers: tens of thousands of instants are dear one by one."""
    row = AllocationRow
    taken: list[Any] = [
        col(row.resource_no),
        func.array_agg(_cell(row.starts_at)),
        func.array_agg(_cell(row.ends_at)),
    ]
    return (
        select(*taken)
        .where(col(row.starts_at) < window.end, col(row.ends_at) > window.start)
        .group_by(col(row.resource_no))
    )


def _cell(instant: Any) -> Any:
    """The number of the cell at which an instant on the grid lies."""
    return cast(func.extract("epoch", instant) / (GRID_MINUTES * 60), Integer)


async def _cells(session: Reader, query: Select[Any]) -> Taken:
    rows = await execute(session, query)
    return {number: list(zip(starts, ends, strict=True)) for number, starts, ends in rows}


def merged(several: Iterable[Taken]) -> Taken:
    """All of them together, by number."""
    found: dict[int, list[Cells]] = {}
    for each in several:
        for number, cells in each.items():
            found.setdefault(number, []).extend(cells)
    return found
