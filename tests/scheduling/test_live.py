"""Calendars that processes keep are what the tables say, whoever changed them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from schema.scheduling.store import live as live_calendars
from schema.scheduling.store.live import LiveCalendars, reading
from tests.asking import Acting
from tests.database import Clone
from tests.scheduling.holding import book, hold
from tests.scheduling.processes import (
    Confident,
    Process,
    assert_same,
    now_in,
    processes,
    rebuilt,
)
from tests.scheduling.setting import Setting


@pytest.fixture
async def both(setting: Setting, database: Clone) -> AsyncIterator[tuple[Process, Process]]:
    """Two processes, of which each listens."""
    async with processes(database, Confident(), Confident()) as (one, other):
        yield one, other


def clinic_ids(setting: Setting) -> list[UUID]:
    return [setting.franchise.raleigh.id, setting.franchise.london.id]


async def assert_agrees(
    process: Process, setting: Setting, after: timedelta = timedelta(), *, fresh: bool = False
) -> None:
    """What the process knows is what the tables say."""
    ids = clinic_ids(setting)
    found = await process.calendars(ids, after, fresh=fresh)
    for clinic_id, anew in (await rebuilt(process.engine, ids, after)).items():
        assert_same(found[clinic_id], anew)


class Counting:
    """How often calendars were loaded, and changes read."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.loaded: list[UUID] = []
        self.read = 0
        load, changes = live_calendars.load_calendars, live_calendars.changes_since

        async def loading(session: Any, ids: list[UUID]) -> Any:
            self.loaded += ids
            return await load(session, ids)

        async def reading(*arguments: Any) -> Any:
            self.read += 1
            return await changes(*arguments)

        patched.setattr(live_calendars, "load_calendars", loading)
        patched.setattr(live_calendars, "changes_since", reading)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    return Counting(monkeypatch)


async def test_what_another_process_does_is_heard_and_followed(
    act: Acting, setting: Setting, both: tuple[Process, Process], counting: Counting
) -> None:
    """Without a question to the tables: a booking, a hold, its end, and BEA's time in London."""
    for each in both:
        await assert_agrees(each, setting)
    ids = clinic_ids(setting)
    counting.loaded.clear()
    booked = await book(act, setting, setting.at(10))
    held = await hold(act, setting, setting.at(12))
    for process in both:
        found = await process.calendars(ids)
        anew = await rebuilt(process.engine, ids)
        for clinic_id in ids:
            assert_same(found[clinic_id], anew[clinic_id])
            assert found[clinic_id].version >= 1
        assert found[ids[0]].held.keys() == {str(held.id)}
        assert str(booked.id) not in found[ids[0]].held
        await assert_agrees(process, setting, timedelta(minutes=6))
    assert counting.loaded == []
    assert counting.read == 0


async def test_booking_of_who_is_shared_reaches_the_other_clinic(
    act: Acting, setting: Setting, both: tuple[Process, Process]
) -> None:
    one, _ = both
    raleigh, london = clinic_ids(setting)
    before = (await one.calendars([raleigh, london]))[london]
    version, free = before.version, dict(before.calendar.free)
    await book(act, setting, setting.at(10), practitioner="BEA")
    after = (await one.calendars([london]))[london]
    assert after.version > version
    changed = {n for n, mask in after.calendar.free.items() if mask != free[n]}
    async with reading(one.engine) as session:
        query = text("select resource_no from practitioners where code = 'BEA'")
        bea = (await session.execute(query)).scalar_one()
    assert changed == {bea}
    await assert_agrees(one, setting)


async def test_what_was_missed_is_read_at_the_next_heartbeat(
    act: Acting, setting: Setting, both: tuple[Process, Process], counting: Counting
) -> None:
    deaf, _ = both
    await deaf.calendars(clinic_ids(setting))
    counting.loaded.clear()
    deaf.hears = lambda: False
    await book(act, setting, setting.at(10))
    await deaf.live.beat(deaf.engine)
    await assert_agrees(deaf, setting)
    assert counting.loaded == []
    assert counting.read == 1


async def test_gap_is_closed_before_the_next_answer(
    act: Acting, setting: Setting, both: tuple[Process, Process]
) -> None:
    """A notice tells that one before it was missed."""
    deaf, _ = both
    await deaf.calendars(clinic_ids(setting))
    deaf.hears = lambda: False
    await book(act, setting, setting.at(10))
    await deaf.told()
    deaf.hears = lambda: True
    await hold(act, setting, setting.at(12))
    await assert_agrees(deaf, setting)


async def test_too_many_missed_are_loaded_anew(
    act: Acting, setting: Setting, both: tuple[Process, Process], cleaner: asyncpg.Connection
) -> None:
    deaf, _ = both
    await deaf.calendars(clinic_ids(setting))
    deaf.hears = lambda: False
    await book(act, setting, setting.at(10))
    await cleaner.execute("delete from calendar_changes")
    await deaf.live.beat(deaf.engine)
    await assert_agrees(deaf, setting)


async def test_table_that_went_back_is_believed(
    act: Acting, setting: Setting, both: tuple[Process, Process], cleaner: asyncpg.Connection
) -> None:
    """After a restored backup, or a failover that lost commits."""
    process, _ = both
    await process.calendars(clinic_ids(setting))
    raleigh = clinic_ids(setting)[0]
    process.live.apply(raleigh, 10_000, ())
    await process.live.beat(process.engine)
    await assert_agrees(process, setting)
    await book(act, setting, setting.at(10))
    await assert_agrees(process, setting)


async def test_fresh_knows_what_is_committed(
    act: Acting, setting: Setting, both: tuple[Process, Process]
) -> None:
    deaf, _ = both
    await deaf.calendars(clinic_ids(setting))
    deaf.hears = lambda: False
    await book(act, setting, setting.at(10))
    await assert_agrees(deaf, setting, fresh=True)


async def test_process_without_an_ear_asks_every_time(
    act: Acting, setting: Setting, database: Clone
) -> None:
    async with processes(database, LiveCalendars()) as (lonely,):
        await assert_agrees(lonely, setting)
        await book(act, setting, setting.at(10))
        await assert_agrees(lonely, setting)
        now = await now_in(lonely.engine)
        assert lonely.live.as_of(now) == now


async def test_process_knows_its_own_bookings_at_once(
    setting: Setting, act: Acting, database: Clone
) -> None:
    """Before any notice of them, and where one of another process came between."""
    async with processes(database, Confident(), Confident()) as (mine, other):
        mine.hears = lambda: False
        await mine.calendars(clinic_ids(setting))
        for process, hour in ((mine, 10), (other, 12), (mine, 14)):
            act.kept = process.kept
            await hold(act, setting, setting.at(hour), practitioner="ANA")
            if process is mine:
                await assert_agrees(mine, setting)


async def test_as_of_is_when_the_last_heartbeat_began(setting: Setting, act: Acting) -> None:
    live = LiveCalendars()
    before = await now_in(act.engine)
    await live.beat(act.engine)
    after = await now_in(act.engine)
    known = live.as_of(after + timedelta(seconds=1))
    assert before < known < after
    live.deaf()
    assert live.as_of(after) == after


async def test_calendar_is_loaded_anew_before_it_is_too_short(
    setting: Setting, act: Acting, counting: Counting
) -> None:
    live = LiveCalendars()
    ids, now = clinic_ids(setting), await now_in(act.engine)
    await live.calendars(act.engine, ids, now)
    assert not await live.prepare(act.engine, ids, now)
    counting.loaded.clear()
    assert await live.prepare(act.engine, ids, now + timedelta(days=8))
    assert set(counting.loaded) == set(ids)


async def test_who_waited_finds_what_the_first_loaded(
    setting: Setting, act: Acting, counting: Counting
) -> None:
    live, now = Confident(), await now_in(act.engine)
    ids = clinic_ids(setting)
    await asyncio.gather(*(live.calendars(act.engine, ids, now) for _ in range(5)))
    assert sorted(counting.loaded) == sorted(ids)
