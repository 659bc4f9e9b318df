"""The one transaction of a query, which all its readers share."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from schema.access.rules import Actor
from schema.reading import Snapshot, reading_of, snapshot

#: One in so many connections of a pool is for short transactions, whose turn always comes.
RESERVE = 8


class OneSnapshot:
    """The one transaction of a query, begun when it is first asked for, for all its readers.

    Whoever reads in it may wait for one connection more, so that all queries together leave some of
    a pool, one at least; a query beyond reads in short ones.
    """

    def __init__(self, engine: AsyncEngine, actor: Actor) -> None:
        self.engine = engine
        self.actor = actor
        self._reading = reading_of(engine)
        self._snapshot: Snapshot | None = None
        self._beginning = asyncio.Lock()
        self._readers = 0
        self._over = False

    async def take(self) -> Snapshot | None:
        """The transaction, to be put back; None where it is broken, or too many are held."""
        if self._snapshot is None and not self._over:
            async with self._beginning:
                if self._snapshot is None:
                    await self._begin()
        if self._snapshot is None or self._snapshot.broken or self._over:
            return None
        self._readers += 1
        return self._snapshot

    async def _begin(self) -> None:
        pool: Any = self.engine.sync_engine.pool
        if self._reading.held >= pool.size() - max(1, pool.size() // RESERVE):
            return
        self._reading.held += 1
        try:
            self._snapshot = await Snapshot.begin(self.engine, self.actor)
        except BaseException:
            self._reading.held -= 1
            raise
        self._snapshot.shared = True
        if self._over:  # nobody waits for it any more
            await self._drop()

    async def put_back(self) -> None:
        """Whoever took it reads no more. A broken one is dropped: the next reader begins anew."""
        self._readers -= 1
        if not self._readers and (self._over or (self._snapshot and self._snapshot.broken)):
            await self._drop()

    async def end(self) -> None:
        """The query is answered. Who still reads, because nobody waits for it any more, ends it."""
        self._over = True
        if not self._readers:
            await self._drop()

    async def _drop(self) -> None:
        dropped, self._snapshot = self._snapshot, None
        if dropped is not None:
            try:
                await dropped.end()
            finally:
                self._reading.held -= 1


class Shared(AbstractAsyncContextManager[Snapshot]):
    """Reads in a query's transaction for the length of a block; where that is not to be had, in a
    short one."""

    __slots__ = ("_query", "_short", "_taken")

    def __init__(self, query: OneSnapshot) -> None:
        self._query = query
        self._short = snapshot(query.engine, query.actor)
        self._taken = False

    async def __aenter__(self) -> Snapshot:
        shared = await self._query.take()
        if shared is None:
            return await self._short.__aenter__()
        self._taken = True
        return shared

    async def __aexit__(self, *raised: Any) -> None:
        if self._taken:
            await self._query.put_back()
        else:
            await self._short.__aexit__(*raised)
