"""Processes that keep calendars, played in one: each with calendars and connections of its own."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import disposing
from schema.access.rules import Actor
from schema.context import Kept, Work, begin, guard
from schema.scheduling.models import CHANNEL
from schema.scheduling.rules import ClinicCalendar
from schema.scheduling.rules.changes import LiveCalendar
from schema.scheduling.store.live import LiveCalendars, reading
from schema.scheduling.store.loading import load_calendars
from schema.scope import EVERYWHERE
from tests.asking import SECRETS
from tests.database import Clone, administering

#: For each resource what is free and what is taken, and the visits of each day: since 1970.
Seen = tuple[dict[int, int], dict[int, int], dict[tuple[int, int], int]]


class Confident(LiveCalendars):
    """Believes that it heard everything: nothing but what it heard, or a heartbeat, changes it."""

    listening = True


@dataclass
class Process:
    """`hears` says whether the next notice reaches it."""

    engine: AsyncEngine
    live: LiveCalendars
    hears: Callable[[], bool] = lambda: True
    kept: Kept = field(default_factory=Kept)
    connection: asyncpg.Connection | None = None

    def __post_init__(self) -> None:
        self.kept._kept[LiveCalendars] = self.live

    async def listen(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        await connection.add_listener(CHANNEL, self._hear)

    def _hear(self, _connection: Any, _pid: int, _channel: str, notice: str) -> None:
        if self.hears():
            self.live.hear(notice)

    async def told(self) -> None:
        """Until all that is committed by now was heard."""
        if self.connection is not None:
            await self.connection.fetchval("select 1")

    @asynccontextmanager
    async def work(self, actor: Actor, after: timedelta = timedelta()) -> AsyncIterator[Work]:
        async with begin(self.engine, actor, EVERYWHERE, SECRETS, "test", after, self.kept) as work:
            yield work

    async def calendars(
        self, clinic_ids: Sequence[UUID], after: timedelta = timedelta(), *, fresh: bool = False
    ) -> dict[UUID, LiveCalendar]:
        await self.told()
        now = await now_in(self.engine) + after
        return dict(await self.live.calendars(self.engine, clinic_ids, now, fresh=fresh))


@asynccontextmanager
async def processes(database: Clone, *several: LiveCalendars) -> AsyncIterator[list[Process]]:
    """A process for each, with an engine of its own; those that are `Confident` listen."""
    async with AsyncExitStack() as stack:
        found = []
        for live in several:
            engine = guard(database.served.api_engine())
            process = Process(await stack.enter_async_context(disposing(engine)), live)
            if isinstance(live, Confident):
                await process.listen(await stack.enter_async_context(administering(database.admin)))
            found.append(process)
        yield found


async def now_in(engine: AsyncEngine) -> datetime:
    async with reading(engine) as session:
        return await session.now()


async def rebuilt(
    engine: AsyncEngine, clinic_ids: Sequence[UUID], after: timedelta = timedelta()
) -> dict[UUID, LiveCalendar]:
    """The calendars as the tables have them."""
    async with reading(engine) as session:
        now = await session.now() + after
        found = await load_calendars(session, clinic_ids)
    for each in found.values():
        each.expire(now)
    return dict(found)


def seen(calendar: ClinicCalendar, other: ClinicCalendar) -> Seen:
    """What can be compared with another calendar: one may have been loaded on the day before."""
    first = max(calendar.frame.first, other.frame.first)
    count = min(calendar.frame.end, other.frame.end) - first
    below = first - calendar.frame.first

    def shown(masks: dict[int, bytes]) -> dict[int, int]:
        cut = {
            number: (int.from_bytes(mask, "little") >> below) & ((1 << count) - 1)
            for number, mask in masks.items()
        }
        return {number: mask for number, mask in cut.items() if mask}

    return shown(calendar.free), shown(calendar.taken), dict(+calendar.visits)


def assert_same(one: LiveCalendar, other: LiveCalendar) -> None:
    assert (one.version, one.shape) == (other.version, other.shape)
    assert one.calendar.resources == other.calendar.resources
    assert one.calendar.terms == other.calendar.terms
    mine, theirs = seen(one.calendar, other.calendar), seen(other.calendar, one.calendar)
    for what, here, there in zip(("free", "taken", "visits"), mine, theirs, strict=True):
        assert here == there, what
