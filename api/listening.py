"""The process's ear: what other processes change in calendars is heard here, and made certain.

One connection listens. Every second a heartbeat asks whether it still does and, on another one,
compares the versions of all that is kept. Where either fails, the calendars know that they are
deaf and compare at every search, until both are back. A third loads what may be asked for. None
of them is of the requests' pool, so that neither waits for the other.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.scheduling.models import CHANNEL
from schema.scheduling.store.live import HEARTBEAT_SECONDS, LiveCalendars, reading
from schema.scheduling.store.versions import bookable_clinics
from schema.scope import EVERYWHERE

#: What takes longer says that something is wrong with a connection.
BEAT_SECONDS = 2 * HEARTBEAT_SECONDS
#: Before it is tried again: the first time, and at most, having doubled each time.
FIRST_PAUSE, LONGEST_PAUSE = 0.05, HEARTBEAT_SECONDS
#: So many calendars are loaded in the background at a time: a search waits for no more than those.
PREPARED_AT_ONCE = 10
#: How often it is asked which clinics are bookable.
CLINICS_SECONDS = 60.0
UNREACHABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError)

log = logging.getLogger(__name__)


@asynccontextmanager
async def kept_fresh(engine: AsyncEngine, live: LiveCalendars) -> AsyncIterator[None]:
    """While the block runs, `live` hears of every change and loads what may be asked for.

    `engine` is for this alone: three of its connections, and what searches have to ask.
    """
    live.engine = engine
    ear = Ear(engine, live)
    tasks = [
        asyncio.create_task(_lasting("hear of changes", ear.listen)),
        asyncio.create_task(_lasting("load calendars ahead", ear.prepare)),
    ]
    try:
        yield
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        live.engine = None


Works = Callable[[], None]


async def _lasting(what: str, attempt: Callable[[Works], Awaitable[None]]) -> None:
    """Attempt it again whenever it fails; say so once, and once that it works again."""
    failing, pause = False, FIRST_PAUSE

    def works() -> None:
        nonlocal failing, pause
        if failing:
            log.warning("Able to %s again.", what)
        failing, pause = False, FIRST_PAUSE

    while True:
        try:
            await attempt(works)
        except Exception as error:
            if not failing:
                bug = None if isinstance(error, UNREACHABLE) else error
                log.warning("Unable to %s: %s", what, _said(error), exc_info=bug)
            failing = True
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _said(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


@dataclass(frozen=True, slots=True)
class Ear:
    """What keeps the calendars of a process as they are in the tables."""

    engine: AsyncEngine
    live: LiveCalendars

    async def listen(self, works: Works) -> None:
        """Listen, with a heartbeat, until the connection ends. Raises whatever ended it."""
        ended = asyncio.Event()

        def end(_connection: Any) -> None:
            self.live.deaf()
            ended.set()

        try:
            async with _connection(self.engine) as connection:
                connection.add_termination_listener(end)
                await connection.add_listener(CHANNEL, self._hear)
                while not ended.is_set():
                    begun = monotonic()
                    async with asyncio.timeout(BEAT_SECONDS):
                        await connection.fetchval("select 1")
                        await self.live.beat(self.engine)
                    works()
                    await _until(ended, HEARTBEAT_SECONDS - (monotonic() - begun))
                raise ConnectionError("the connection was closed")
        finally:
            self.live.deaf()

    def _hear(self, _connection: Any, _pid: int, _channel: str, notice: object) -> None:
        try:
            self.live.hear(str(notice))
        except ValueError:
            # Whoever may connect may send any: the versions tell what there was to hear.
            log.warning("Heard what is no change of a calendar.")

    async def prepare(self, works: Works) -> None:
        """Load the calendars of all bookable clinics, those that grow old and those forgotten.

        Between parts it rests for as long as they took: requests are answered meanwhile.
        """
        while True:
            clinic_ids, now = await self._bookable()
            works()
            asked = monotonic()
            while monotonic() - asked < CLINICS_SECONDS:
                await self._prepare(clinic_ids, now)
                await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _bookable(self) -> tuple[Sequence[UUID], datetime]:
        async with reading(self.engine) as session:
            now = await session.now()
            return await bookable_clinics(session, EVERYWHERE), now

    async def _prepare(self, clinic_ids: Sequence[UUID], now: datetime) -> None:
        for first in range(0, len(clinic_ids), PREPARED_AT_ONCE):
            begun = monotonic()
            part = clinic_ids[first : first + PREPARED_AT_ONCE]
            if await self.live.prepare(self.engine, part, now):
                await asyncio.sleep(monotonic() - begun)


@asynccontextmanager
async def _connection(engine: AsyncEngine) -> AsyncIterator[asyncpg.Connection]:
    """A connection that nobody else gets afterwards."""
    async with asyncio.timeout(BEAT_SECONDS):
        pooled = await engine.connect()
    try:
        driver = (await pooled.get_raw_connection()).driver_connection
        assert driver is not None
        yield driver
    finally:
        await pooled.invalidate()
        await pooled.close()


async def _until(ended: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await ended.wait()
    except TimeoutError:
        pass
