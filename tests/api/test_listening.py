"""The process's ear, on real connections: what another process does is heard, and what was missed
is found."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import listening
from api.app import create_app
from api.database import disposing
from api.listening import kept_fresh
from schema.clinics import actions as clinics
from schema.context import guard
from schema.scheduling.models import CHANNEL
from schema.scheduling.store.live import HEARTBEAT_SECONDS, LiveCalendars, Watcher, reading
from schema.scheduling.store.versions import bookable_clinics
from schema.scope import EVERYWHERE
from tests.asking import SECRETS, Acting
from tests.database import Clone
from tests.franchise import OFFICE_HOURS, Franchise

EARS = "select pid from pg_stat_activity where application_name = 'franchise listening'"


@pytest.fixture
async def ear(database: Clone) -> AsyncIterator[AsyncEngine]:
    async with disposing(guard(database.served.listening_engine())) as engine:
        yield engine


async def until(holds: Callable[[], bool], seconds: float = 10) -> float:
    """Wait until it holds; how long that took."""
    begun = monotonic()
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  # nobody tells when
            await asyncio.sleep(0.002)
    return monotonic() - begun


@asynccontextmanager
async def process(engine: AsyncEngine) -> AsyncIterator[LiveCalendars]:
    """The calendars of a process that listens."""
    live = LiveCalendars()
    async with kept_fresh(engine, live):
        await until(lambda: live.listening)
        yield live


async def version(live: LiveCalendars, engine: AsyncEngine, clinic_id: UUID) -> int:
    """That of the clinic's calendar as this process knows it, without asking."""
    async with reading(engine) as session:
        now = await session.now()
    assert live.listening
    return (await live.calendars(engine, [clinic_id], now))[clinic_id].version


@pytest.fixture
def no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """But the first: whatever is learnt then, a notice told."""
    monkeypatch.setattr(listening, "HEARTBEAT_SECONDS", 60.0)


async def next_change(changes: Watcher) -> UUID:
    async with asyncio.timeout(20):
        return await anext(changes)


async def change(act: Acting) -> None:
    """As another process does."""
    async with act.work() as work:
        await clinics.set_opening_hours(work, clinic="RALEIGH", week=OFFICE_HOURS)


async def killed(admin: asyncpg.Connection) -> int:
    """Ends every connection of every ear; how many there were."""
    return len(await admin.fetch(f"select pg_terminate_backend(pid) from ({EARS}) as ears"))


@pytest.mark.usefixtures("no_heartbeat")
async def test_change_of_another_process_is_heard(
    act: Acting, franchise: Franchise, ear: AsyncEngine
) -> None:
    raleigh = franchise.raleigh.id
    async with process(ear) as live, live.watching([raleigh]) as changes:
        await change(act)
        assert await next_change(changes) == raleigh


async def test_killed_connection_is_noticed_at_once_and_fresh_within_two_heartbeats(
    act: Acting,
    franchise: Franchise,
    ear: AsyncEngine,
    cleaner: asyncpg.Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    raleigh = franchise.raleigh.id
    async with process(ear) as live:
        known = await version(live, act.engine, raleigh)
        assert await killed(cleaner) >= 2
        await change(act)
        lost = await until(lambda: not live.listening)
        found = await until(lambda: live.listening)
        assert await version(live, act.engine, raleigh) > known
        assert lost + found < 2 * HEARTBEAT_SECONDS
    said = [each.message for each in caplog.records if each.name == "api.listening"]
    assert [each for each in said if "hear of changes" in each] == [
        "Unable to hear of changes: the connection was closed",
        "Able to hear of changes again.",
    ]
    assert not any(each.exc_info for each in caplog.records)


async def test_deaf_process_asks_at_every_search(
    act: Acting, franchise: Franchise, ear: AsyncEngine, cleaner: asyncpg.Connection
) -> None:
    """While the connection is gone, too."""
    raleigh = franchise.raleigh.id
    async with process(ear) as live:
        known = await version(live, act.engine, raleigh)
        live.deaf()
        await change(act)
        async with reading(act.engine) as session:
            now = await session.now()
        assert not live.listening
        assert live.as_of(now) == now
        found = await live.calendars(act.engine, [raleigh], now)
        assert found[raleigh].version > known


async def test_heartbeat_during_which_the_connection_ended_says_nothing(
    act: Acting, franchise: Franchise, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveCalendars()
    await live.beat(act.engine)
    assert live.listening
    compared = live._compare

    async def cut_off(*arguments: Any) -> Any:
        live.deaf()
        return await compared(*arguments)

    monkeypatch.setattr(live, "_compare", cut_off)
    await live.beat(act.engine)
    assert not live.listening


async def test_requests_that_wait_for_connections_keep_no_heartbeat_waiting(
    franchise: Franchise, ear: AsyncEngine, api_engine: AsyncEngine
) -> None:
    """Nor each other, where all of them ask for calendars and hold a connection meanwhile."""
    raleigh = franchise.raleigh.id
    async with process(ear) as live, AsyncExitStack() as taken:
        now = live.as_of(datetime.now(UTC))
        for _ in range(20):
            await taken.enter_async_context(api_engine.connect())
        begun = monotonic()
        while monotonic() - begun < 2 * HEARTBEAT_SECONDS:
            assert live.listening
            found = await live.calendars(api_engine, [raleigh], now, fresh=True)
            assert found.keys() == {raleigh}
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("no_heartbeat")
async def test_what_is_no_notice_is_passed_over(
    act: Acting,
    franchise: Franchise,
    ear: AsyncEngine,
    cleaner: asyncpg.Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whoever may connect may notify."""
    notices = "", "{", "7", "null", "{}", '{"clinic": 1, "version": 1}', '{"clinic": "x"}'
    async with process(ear) as live:
        for notice in notices:
            await cleaner.execute("select pg_notify($1, $2)", CHANNEL, notice)
        async with live.watching([franchise.raleigh.id]) as changes:
            await change(act)
            await next_change(changes)
    assert len([each for each in caplog.records if "no change" in each.message]) == len(notices)


async def test_calendars_of_bookable_clinics_are_loaded_before_they_are_asked_for(
    act: Acting, franchise: Franchise, ear: AsyncEngine
) -> None:
    async with reading(act.engine) as session:
        there = set(await bookable_clinics(session, EVERYWHERE))
    assert franchise.raleigh.id in there
    async with process(ear) as live:
        await until(lambda: there <= set(live._kept))
        await change(act)  # of the shape: forgotten, and loaded again
        await until(lambda: franchise.raleigh.id not in live._kept)
        await until(lambda: franchise.raleigh.id in live._kept)


async def test_nothing_is_left_of_it(franchise: Franchise, ear: AsyncEngine) -> None:
    before = asyncio.all_tasks()
    async with process(ear):
        assert len(asyncio.all_tasks() - before) == 2
        assert ear.pool.checkedout() >= 1  # type: ignore[attr-defined]  # a QueuePool
    assert asyncio.all_tasks() == before
    assert ear.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("error", [OSError("no route"), KeyError("bug")], ids=["away", "bug"])
async def test_trouble_is_told_once_and_its_end_once(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Only what is our own fault with a traceback."""
    monkeypatch.setattr(listening, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr(listening, "LONGEST_PAUSE", 0.0)
    attempts = 0

    async def attempt(works: Callable[[], None]) -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 5:
            raise error
        works()
        works()
        await asyncio.Event().wait()

    task = asyncio.create_task(listening._lasting("go on", attempt))
    await until(lambda: attempts == 5)
    task.cancel()
    await asyncio.wait([task])
    first, last = caplog.records
    assert first.message.startswith("Unable to go on: ")
    assert last.message == "Able to go on again."
    assert (first.exc_info is not None) == isinstance(error, KeyError)


async def test_server_listens_while_it_serves(
    act: Acting, franchise: Franchise, api_engine: AsyncEngine, ear: AsyncEngine
) -> None:
    app = create_app(api_engine, SECRETS, listening=ear)
    live = app.state.operations.kept.get(LiveCalendars)
    async with app.router.lifespan_context(app):
        await until(lambda: live.listening)
    assert not live.listening
