"""The calendars that this process keeps in memory, and how they stay what the tables say.

PostgreSQL is the truth; what is kept here is as of a version that the tables count. A change comes
by notice, from this process or another, and is applied where it is the next one; where one is
missing it is read, or the calendar is loaded anew. A process that listens compares versions with
every heartbeat; one that does not, whenever it is asked.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from schema.access.rules import SYSTEM
from schema.base import Reader
from schema.context import now_in
from schema.reading import Snapshot, snapshot
from schema.scheduling.rules.changes import Change, LiveCalendar, read_notice
from schema.scheduling.rules.grid import ceil_cell
from schema.scheduling.store.loading import load_calendars
from schema.scheduling.store.versions import (
    NEVER_CHANGED,
    Version,
    changes_since,
    versions_by_clinic,
    versions_unlike,
)
from schema.scope import EVERYWHERE

HEARTBEAT_SECONDS = 1.0
#: Without a heartbeat for so long, what other processes do is asked for at every search.
DEAF_AFTER_SECONDS = 2 * HEARTBEAT_SECONDS
#: So many are loaded at once; a search that needs more waits for one part after another.
LOADED_AT_ONCE = 100
#: A search reaches so far ahead; what is beyond is asked in SQL.
HORIZON = timedelta(days=90)
#: So long before a calendar would not reach that far, it is loaded anew.
AHEAD = timedelta(days=3)


class LiveCalendars:
    """Every calendar that this process was asked about."""

    def __init__(self) -> None:
        #: Where it asks, if it has a pool of its own: whoever asks it may hold a connection of
        #: theirs, and all of them must not wait for one more.
        self.engine: AsyncEngine | None = None
        self._kept: dict[UUID, LiveCalendar] = {}
        #: The latest version that was heard of, of any clinic.
        self._heard: dict[UUID, int] = {}
        self._behind: set[UUID] = set()
        self._watchers: list[Watcher] = []
        #: How often holds ran out, by clinic, as far as this process knows.
        self._ran_out: Counter[UUID] = Counter()
        self._loading = asyncio.Lock()
        self._beat_at: float | None = None
        self._known_at: datetime | None = None
        self._interruptions = 0

    @property
    def listening(self) -> bool:
        """Whether a heartbeat confirmed lately that nothing was missed."""
        return self._beat_at is not None and monotonic() - self._beat_at < DEAF_AFTER_SECONDS

    def as_of(self, now: datetime) -> datetime:
        """Up to when what is kept is known to be complete; `now` where versions were compared."""
        return self._known_at if self.listening and self._known_at else now

    async def calendars(
        self, engine: AsyncEngine, clinic_ids: Sequence[UUID], now: datetime, *, fresh: bool = False
    ) -> Mapping[UUID, LiveCalendar]:
        """The calendars of these clinics; what was held until `now` is free in them.

        `fresh`, or without a heartbeat: no older than this question. Takes a connection where it
        has to ask, of `engine` where it has no pool of its own.
        """
        if fresh or not self.listening:
            await self._compare(engine, clinic_ids)
        await self._provide(engine, clinic_ids, now)
        self._expire(clinic_ids, now)
        return {each: self._kept[each] for each in clinic_ids if each in self._kept}

    async def prepare(self, engine: AsyncEngine, clinic_ids: Sequence[UUID], now: datetime) -> bool:
        """Load what a search would have to wait for, now or in the days to come; whether there was
        any."""
        missing = self._missing(clinic_ids, now + AHEAD)
        if missing:
            await self._provide(engine, missing, now + AHEAD)
        return bool(missing)

    def hear(self, notice: str) -> None:
        """A notice of another process, or of a trigger. Raises: ValueError for what is none."""
        self.apply(*read_notice(notice))

    def apply(self, clinic_id: UUID, version: int, changes: Iterable[Change] | None) -> None:
        """What a version changed; None: read what. For versions that are committed."""
        kept = self._kept.get(clinic_id)
        if kept is not None and version > kept.version:
            followed = changes is not None and kept.follow(version, changes)
            if followed and kept.version >= self._heard.get(clinic_id, 0):
                self._behind.discard(clinic_id)
            else:
                self._behind.add(clinic_id)
        self._note(clinic_id, version)

    def _note(self, clinic_id: UUID, version: int) -> None:
        if version > self._heard.get(clinic_id, 0):
            self._heard[clinic_id] = version
            self._tell(clinic_id)

    def _tell(self, clinic_id: UUID) -> None:
        for each in self._watchers:
            each.tell(clinic_id)

    def ran_out(self, clinic_id: UUID) -> int:
        """A number that is another one once a hold of that clinic ran out; no version counts it."""
        return self._ran_out[clinic_id]

    def _expire(self, clinic_ids: Iterable[UUID], now: datetime) -> None:
        for clinic_id in clinic_ids:
            kept = self._kept.get(clinic_id)
            if kept is not None and kept.held and kept.expire(now):
                self._note_ran_out(clinic_id)

    def _note_ran_out(self, clinic_id: UUID) -> None:
        self._ran_out[clinic_id] += 1
        self._tell(clinic_id)

    @asynccontextmanager
    async def watching(self, clinic_ids: Collection[UUID]) -> AsyncIterator["Watcher"]:
        """Hears of every change of these clinics from now on; several in a row may come as one."""
        watcher = Watcher(clinic_ids)
        self._watchers.append(watcher)
        try:
            yield watcher
        finally:
            self._watchers.remove(watcher)

    async def beat(self, engine: AsyncEngine) -> None:
        """Compare the versions of all that is kept or watched, and catch up: a heartbeat. Who
        watches is told of holds that ran out since."""
        watched = {each for watcher in self._watchers for each in watcher.clinic_ids}
        begun, interruptions = monotonic(), self._interruptions
        now = await self._compare(engine, list(watched.union(self._kept)))
        self._expire(watched, now)
        if interruptions == self._interruptions:
            self._beat_at, self._known_at = begun, now

    def deaf(self) -> None:
        """The connection that listened is gone: until the next heartbeat nothing is certain."""
        self._beat_at = None
        self._interruptions += 1

    async def _compare(self, engine: AsyncEngine, clinic_ids: Sequence[UUID]) -> datetime:
        """Find who is behind and catch up; as of when that is."""
        first = {each for each in clinic_ids if each not in self._heard}
        known = {each: self._heard.setdefault(each, 0) for each in clinic_ids}
        async with reading(self.engine or engine) as session:
            now = await now_in(session)
            found = await versions_unlike(session, known, EVERYWHERE)
            for clinic_id, version in found.items():
                if clinic_id in first:  # nobody was told of another one
                    self._heard[clinic_id] = max(version, self._heard[clinic_id])
                elif version < known[clinic_id]:  # the database is another one than it was
                    self._forget(clinic_id)
                    self._heard[clinic_id] = version - 1
                self._note(clinic_id, version)
                kept = self._kept.get(clinic_id)
                if kept is not None and kept.version < version:
                    self._behind.add(clinic_id)
            await self._catch_up(session)
        return now

    async def _catch_up(self, session: Reader) -> None:
        """Read what was missed; what cannot be followed is forgotten, and so loaded anew.

        Who is behind stays so until then: others ask meanwhile.
        """
        self._behind.intersection_update(self._kept)
        behind = {each: self._kept[each].version for each in self._behind}
        if not behind:
            return
        counted = await versions_by_clinic(session, list(behind), EVERYWHERE)
        missed = await changes_since(session, behind, EVERYWHERE)
        for clinic_id in behind:
            kept, upto = self._kept.get(clinic_id), counted.get(clinic_id, NEVER_CHANGED).version
            if kept is None or not _followed(kept, missed.get(clinic_id, ()), upto):
                self._forget(clinic_id)
            elif kept.version >= self._heard.get(clinic_id, 0):
                self._behind.discard(clinic_id)

    def _forget(self, clinic_id: UUID) -> None:
        self._kept.pop(clinic_id, None)
        self._behind.discard(clinic_id)

    def _missing(self, clinic_ids: Iterable[UUID], now: datetime) -> list[UUID]:
        """Those not kept, or whose cells do not reach as far as a search may ask."""
        until, kept = ceil_cell(now + HORIZON), self._kept
        return [
            each for each in clinic_ids if each not in kept or kept[each].calendar.frame.end < until
        ]

    async def _provide(
        self, engine: AsyncEngine, clinic_ids: Iterable[UUID], now: datetime
    ) -> None:
        """Load what is missing, part by part, so that nobody waits long for a turn."""
        wanted = [*self._missing(clinic_ids, now), *self._behind.intersection(clinic_ids)]
        for first in range(0, len(wanted), LOADED_AT_ONCE):
            part = wanted[first : first + LOADED_AT_ONCE]
            async with self._loading:
                await self._load(engine, part, now)

    async def _load(self, engine: AsyncEngine, clinic_ids: Sequence[UUID], now: datetime) -> None:
        """Unless whoever had the turn before did."""
        behind = not self._behind.isdisjoint(clinic_ids)
        if not behind and not self._missing(clinic_ids, now):
            return
        async with reading(self.engine or engine) as session:
            if behind:
                await self._catch_up(session)
            missing = self._missing(clinic_ids, now)
            loaded = await load_calendars(session, missing) if missing else {}
        for clinic_id, each in loaded.items():
            self._kept[clinic_id] = each
            self._behind.discard(clinic_id)
            self._note(clinic_id, each.version)
            if each.expired:  # maybe while it was not kept
                self._note_ran_out(clinic_id)
            if each.version < self._heard.get(clinic_id, 0):
                self._behind.add(clinic_id)


def _followed(kept: LiveCalendar, versions: Sequence[Version], upto: int) -> bool:
    """Whether the calendar came to the version `upto` by these."""
    for version, changes in versions:
        if version > kept.version and changes is None:
            return False
        kept.follow(version, changes or ())
    return kept.version >= upto


class Watcher:
    """Whoever waits for changes of some clinics. Iterates over the clinics that changed."""

    def __init__(self, clinic_ids: Collection[UUID]) -> None:
        self.clinic_ids = frozenset(clinic_ids)
        self._changed: dict[UUID, None] = {}
        self._woken = asyncio.Event()

    def tell(self, clinic_id: UUID) -> None:
        if clinic_id in self.clinic_ids:
            self._changed[clinic_id] = None
            self._woken.set()

    def __aiter__(self) -> "Watcher":
        return self

    async def __anext__(self) -> UUID:
        while not self._changed:
            self._woken.clear()
            await self._woken.wait()
        clinic_id = next(iter(self._changed))
        del self._changed[clinic_id]
        return clinic_id


def reading(engine: AsyncEngine) -> AbstractAsyncContextManager[Snapshot]:
    """A snapshot of all clinics, for the process's own work."""
    return snapshot(engine, SYSTEM)
