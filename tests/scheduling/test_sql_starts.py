"""The SQL way to free starts, against the way by integers and against walking every minute."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schema.access.rules import Role
from schema.base import execute, new_id
from schema.intervals import Interval
from schema.scheduling.models import AllocationRow
from schema.scheduling.rules import Need, free_starts
from schema.scheduling.store import starts_by_sql
from tests.actors import person_in
from tests.database import Clone, administering

MIDNIGHT = datetime(2031, 3, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HERE, ELSEWHERE = new_id(), new_id()
#: Held until now is held no more; held a minute longer is.
NOW = MIDNIGHT - timedelta(days=30)
COLUMNS = (
    *("id", "clinic_id", "resource_kind", "role", "resource_no", "starts_at", "ends_at"),
    *("state", "expires_at", "appointment_id", "slot_hold_id"),
)
Open = Mapping[int, Sequence[Interval]]


def span(begin: int, end: int) -> Interval:
    return Interval(MIDNIGHT + begin * MINUTE, MIDNIGHT + end * MINUTE)


def at(*minutes: int) -> list[datetime]:
    return [MIDNIGHT + minute * MINUTE for minute in minutes]


@dataclass(frozen=True)
class Taken:
    """An allocation, in cells of five minutes after midnight."""

    number: int
    begin: int
    end: int
    state: str
    #: Minutes from now to its expiry, where it is held.
    left: int
    clinic_id: UUID

    @property
    def live(self) -> bool:
        return self.state == "BOOKED" or (self.state == "HELD" and self.left > 0)

    @property
    def interval(self) -> Interval:
        return span(5 * self.begin, 5 * self.end)

    def excludes(self, other: "Taken") -> bool:
        """Whether the table's exclusion constraint refuses one where the other is."""
        return (
            "FREED" not in (self.state, other.state)
            and self.number == other.number
            and self.begin < other.end
            and other.begin < self.end
        )

    @property
    def record(self) -> tuple[Any, ...]:
        held = self.state == "HELD"
        return (
            *(new_id(), self.clinic_id, "ROOM", "room", self.number, *self.interval, self.state),
            NOW + self.left * MINUTE if held else None,
            None if held else new_id(),
            new_id() if held else None,
        )


def compatible(several: Sequence[Taken]) -> list[Taken]:
    """Those that the table accepts, one after another."""
    kept: list[Taken] = []
    for each in several:
        if not any(each.excludes(other) for other in kept):
            kept.append(each)
    return kept


class Tables:
    """The allocations of a database, written without their parents."""

    def __init__(self, admin: asyncpg.Connection, session: AsyncSession) -> None:
        self.admin, self.session = admin, session

    async def hold(self, taken: Sequence[Taken]) -> None:
        """These and no others."""
        await self.admin.execute("delete from allocations")
        await self.admin.copy_records_to_table(
            "allocations", records=[each.record for each in taken], columns=COLUMNS
        )

    async def starts(
        self, open: Open, needs: Sequence[Need], window: Interval, step: int, limit: int | None
    ) -> list[datetime]:
        return await starts_by_sql(self.session, open, needs, window, step, NOW, limit)


@pytest.fixture
async def tables(database: Clone, api_engine: AsyncEngine) -> AsyncIterator[Tables]:
    """As a front desk of HERE, which sees no rows of ELSEWHERE."""
    desk = api_engine.execution_options(actor=person_in(Role.FRONT_DESK, [HERE]))
    async with administering(database.admin) as admin, AsyncSession(desk) as session:
        await admin.execute("set session_replication_role = replica")
        yield Tables(admin, session)


@dataclass(frozen=True)
class Minutes:
    """One resource, minute by minute after midnight: open in whole cells, and taken."""

    open: set[int]
    taken: set[int]

    @classmethod
    def of(cls, open: Sequence[Interval], taken: Sequence[Taken]) -> "Minutes":
        touched = {
            minute
            for begin, end in open
            for minute in range((begin - MIDNIGHT) // MINUTE, (end - MIDNIGHT) // MINUTE)
        }
        whole = {m for m in touched if all(m // 5 * 5 + k in touched for k in range(5))}
        busy = {m for each in taken if each.live for m in range(5 * each.begin, 5 * each.end)}
        return cls(whole, busy)

    def able(self, need: Need, start: int) -> bool:
        worked = [m for begin, end in need.stretches for m in range(begin, end)]
        first, last = (min(worked), max(worked) + 1) if worked else (0, 0)
        idle = [*range(first - need.set_up, first), *worked, *range(last, last + need.clean_up)]
        return all(start + m in self.open for m in worked) and not any(
            start + m in self.taken for m in idle
        )


def suited(able: Sequence[Sequence[int]], used: frozenset[int] = frozenset()) -> bool:
    """Whether each need has a resource of its own, by trying all."""
    return not able or any(suited(able[1:], used | {each}) for each in able[0] if each not in used)


def by_brute_force(
    open: Open, taken: Sequence[Taken], needs: Sequence[Need], window: range
) -> Iterator[datetime]:
    days = {
        number: Minutes.of(open.get(number, ()), [each for each in taken if each.number == number])
        for need in needs
        for number in need.pool
    }
    for start in window:
        if suited([[n for n in need.pool if days[n].able(need, start)] for need in needs]):
            yield MIDNIGHT + start * MINUTE


resources = st.integers(1, 5)
#: On the grid or off it, empty, inverted, touching, and days off, where it does not matter.
hours = st.builds(
    lambda begin, length, cell, day: span(
        begin * cell + 1440 * day, (begin + length) * cell + 1440 * day
    ),
    st.integers(0, 30),
    st.integers(-1, 50),
    st.sampled_from([5, 5, 7]),
    st.sampled_from([0, 0, 0, -3, 3]),
)
main_hours = st.sampled_from([span(4, 203), span(0, 240), span(30, 150)])
opens = st.lists(resources, unique=True).flatmap(
    lambda closed: st.fixed_dictionaries(
        {
            number: st.builds(
                lambda main, more: [main, *more], main_hours, st.lists(hours, max_size=3)
            )
            for number in range(1, 6)
            if number not in closed[:1]
        }
    )
)
allocations = st.lists(
    st.builds(
        lambda number, begin, length, state, left, clinic_id: Taken(
            number, begin, begin + length, state, left, clinic_id
        ),
        resources,
        st.integers(-6, 70),
        st.integers(1, 8),
        st.sampled_from(["BOOKED", "HELD", "FREED"]),
        st.integers(-1, 1),
        st.sampled_from([HERE, ELSEWHERE]),
    ),
    max_size=14,
).map(compatible)
stretches = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 25)).map(lambda s: (s[0], s[0] + s[1])),
    max_size=2,
).map(tuple)
buffers = st.sampled_from([0, 0, 5, 10, 25])
pools = st.lists(resources, unique=True, min_size=1).map(frozenset) | st.just(
    frozenset(range(1, 6))
)
needs = st.lists(
    st.builds(Need, pools, stretches, buffers, buffers), min_size=1, max_size=3
).flatmap(
    # Some twice: several of one kind.
    lambda some: st.lists(st.sampled_from(some), max_size=1).map(lambda more: [*some, *more])
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    open=opens,
    taken=allocations,
    needs=needs,
    start=st.integers(0, 60),
    length=st.integers(-5, 240) | st.sampled_from([20, 100, 200]),
    step=st.sampled_from([1, 5, 15, 20]),
    limit=st.one_of(st.none(), st.integers(0, 5)),
    hours=st.integers(-11, 12),
)
async def test_sql_finds_what_integers_and_brute_force_find(
    tables: Tables,
    open: dict[int, list[Interval]],
    taken: list[Taken],
    needs: list[Need],
    start: int,
    length: int,
    step: int,
    limit: int | None,
    hours: int,
) -> None:
    await tables.hold(taken)
    zone = timezone(timedelta(hours=hours))
    window = Interval(*(each.astimezone(zone) for each in span(start, start + length)))
    busy: dict[int, list[Interval]] = {}
    for each in taken:
        if each.live:
            busy.setdefault(each.number, []).append(each.interval)
    walked = list(by_brute_force(open, taken, needs, range(start, start + length, step)))
    assert free_starts(open, busy, needs, window, step) == walked
    assert await tables.starts(open, needs, window, step, limit) == walked[:limit]


async def test_a_visit_that_needs_nothing_starts_at_any_time(tables: Tables) -> None:
    assert await tables.starts({}, [], span(3, 30), 10, None) == at(3, 13, 23)
    assert await tables.starts({}, [Need(frozenset(), (), 0)], span(3, 30), 10, None) == []


SHOP = {1: [span(0, 60)]}
HALF_AN_HOUR = [Need(frozenset({1}), ((0, 30),), 0)]


@pytest.mark.parametrize(
    ("taken", "found"),
    [
        (Taken(1, 0, 3, "BOOKED", 0, HERE), at(15, 30)),
        (Taken(1, 0, 3, "BOOKED", 0, ELSEWHERE), at(15, 30)),
        (Taken(1, 0, 3, "HELD", 1, ELSEWHERE), at(15, 30)),
        (Taken(1, 0, 3, "HELD", 0, HERE), at(0, 15, 30)),
        (Taken(1, 0, 3, "FREED", 0, HERE), at(0, 15, 30)),
        (Taken(2, 0, 3, "BOOKED", 0, HERE), at(0, 15, 30)),
    ],
)
async def test_what_is_live_is_taken_in_any_clinic(
    tables: Tables, taken: Taken, found: list[datetime]
) -> None:
    await tables.hold([taken])
    assert await tables.starts(SHOP, HALF_AN_HOUR, span(0, 60), 15, None) == found


async def test_what_just_fits_fits(tables: Tables) -> None:
    await tables.hold([Taken(1, -1, 0, "BOOKED", 0, HERE), Taken(1, 12, 13, "BOOKED", 0, HERE)])
    hour = [Need(frozenset({1}), ((0, 60),), 0)]
    assert await tables.starts({1: [span(-60, 120)]}, hour, span(-60, 120), 5, None) == at(0)
    assert await tables.starts(SHOP, hour, span(-60, 120), 5, None) == at(0)


async def test_the_other_clinic_is_out_of_sight_again_afterwards(tables: Tables) -> None:
    await tables.hold([Taken(1, 0, 3, "BOOKED", 0, ELSEWHERE)])
    await tables.starts(SHOP, HALF_AN_HOUR, span(0, 60), 15, None)
    seen = await execute(tables.session, select(func.count()).select_from(AllocationRow))
    assert seen.scalar_one() == 0


async def test_set_up_and_clean_up_may_lie_outside_hours_but_never_on_a_booking(
    tables: Tables,
) -> None:
    wanted = [Need(frozenset({1}), ((0, 30),), 10, 5)]
    for booked, found in (((-1, 0), at(15, 30)), ((-2, -1), at(0, 15, 30)), ((13, 14), at(0, 15))):
        await tables.hold([Taken(1, *booked, "BOOKED", 0, HERE)])
        assert await tables.starts(SHOP, wanted, span(0, 60), 15, None) == found


async def test_it_reads_allocations_by_an_index_and_under_row_level_security(
    tables: Tables, api_engine: AsyncEngine
) -> None:
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    event.listen(api_engine.sync_engine, "before_cursor_execute", note)
    try:
        await tables.starts(SHOP, HALF_AN_HOUR, span(0, 60), 15, None)
    finally:
        event.remove(api_engine.sync_engine, "before_cursor_execute", note)
    ((statement, parameters),) = [each for each in seen if "set_config" not in each[0]]
    connection = await (await tables.session.connection()).get_raw_connection()
    assert connection.driver_connection is not None
    driver: asyncpg.Connection = connection.driver_connection
    await driver.execute("set local enable_seqscan = off")
    ((plan,),) = await driver.fetch(f"explain (format json) {statement}", *parameters)
    scans = [
        each for each in nodes(plan[0]["Plan"]) if "ix_allocations" in each.get("Index Name", "")
    ]
    assert scans
    for scan in scans:
        assert "ends_at" in scan["Index Cond"], "the history must not be read"
        assert "resource_no" in scan["Index Cond"]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)
