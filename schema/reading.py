"""Reads on the driver: read-only transactions, each of one snapshot, for one actor.

A transaction is begun together with the settings of row-level security, in one round trip; what
several tasks ask of it at once takes another; it ends with one more, and the connection goes back
to the engine's pool without it, whatever happened.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection

from schema.access.rules import Actor
from schema.connections import given_back, taken, watched
from schema.joining import MOST_PARTS, Joints
from schema.statements import Prepared, Rows, Statements

#: What `settings_of` tells, and how PostgreSQL calls it.
SETTINGS = {
    "kind": "app.actor_kind",
    "actor": "app.actor",
    "clinics": "app.clinics",
    "every": "app.all_clinics",
}
BEGIN = "begin isolation level repeatable read, read only; "
#: Of the very instant at which the transaction began: no later than what it sees.
NOW = text("select transaction_timestamp()")
#: For more keys than these a statement goes alone.
MANY = 100
BROKEN = "Nothing more can be read in a transaction that failed."
OF_THE_DRIVER = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
#: So long a connection is waited for whose statement was called off; then it is closed.
PATIENCE_SECONDS = 2.0


def quoted(text: str) -> str:
    """`text` as a literal of SQL, whatever it holds. Raises: ValueError for NUL."""
    if "\0" in text:
        raise ValueError("no text of PostgreSQL holds NUL")
    literal = text.replace("'", "''")
    return "E'" + literal.replace("\\", "\\\\") + "'" if "\\" in literal else f"'{literal}'"


def settings_of(actor: Actor | None) -> dict[str, str]:
    """The settings that row-level security reads: the one function that makes them."""
    clinics = actor.reach().clinic_ids if actor else frozenset()
    return {
        "kind": actor.kind if actor else "",
        "actor": str(actor.id) if actor and actor.id else "",
        "clinics": "" if not clinics else "{" + ",".join(map(str, sorted(clinics))) + "}",
        "every": "on" if clinics is None else "",
    }


def introducing(actor: Actor | None) -> str:
    """What tells PostgreSQL for whom the rest of a transaction is. (Setting takes it a third of
    the time of a SELECT that sets.)"""
    settings = settings_of(actor)
    return "; ".join(
        f"set local {name} = {quoted(settings[short])}" for short, name in SETTINGS.items()
    )


class Reading:
    """What the reads of an engine share."""

    def __init__(self, dialect: Dialect) -> None:
        self.statements = Statements(dialect)
        self.joints = Joints()
        #: Told of each statement before it runs, but not of those about the transaction itself.
        self.listeners: list[Callable[[str, list[Any]], None]] = []
        #: How many queries hold a transaction.
        self.held = 0


_READING: WeakKeyDictionary[Dialect, Reading] = WeakKeyDictionary()


def reading_of(engine: AsyncEngine) -> Reading:
    dialect = engine.sync_engine.dialect
    found = _READING.get(dialect)
    if found is None:
        found = _READING[dialect] = Reading(dialect)
        watched(engine)
    return found


@dataclass(slots=True, eq=False)
class Asked:
    """A statement that waits for its turn, and what became of it."""

    prepared: Prepared
    text: str
    arguments: list[Any]
    found: Rows[Any] | None = None
    error: BaseException | None = None

    @property
    def joins(self) -> bool:
        """Whether it may be joined with others: of many rows an array takes longer to read than
        the round trip that it saves."""
        many = any(type(each) is list and len(each) > MANY for each in self.arguments)
        return self.prepared.row is not None and self.prepared.movable and not many


class Snapshot:
    """A read-only transaction that sees what was committed when it began.

    Once a statement failed, or was called off, it is `broken`: nothing more can be read in it; but
    where it is `shared`, it begins anew for the others, at another moment.
    """

    __slots__ = (
        "_alone",
        "_engine",
        "_now",
        "_pooled",
        "_read",
        "_reading",
        "_sending",
        "_waiting",
        "actor",
        "broken",
        "driver",
        "shared",
    )

    def __init__(self, engine: AsyncEngine, pooled: PoolProxiedConnection, actor: Actor) -> None:
        self._engine = engine
        self._pooled = pooled
        self.driver: Any = pooled.driver_connection
        self.actor = actor
        self._reading = reading_of(engine)
        self._read = False
        self._now: datetime | None = None
        self._waiting: list[Asked] = []
        self._sending = asyncio.Lock()
        #: The task whose statements alone are answered, while it sees what others do not.
        self._alone: asyncio.Task[Any] | None = None
        self.broken = False
        #: Whether several tasks may read in it at once.
        self.shared = False

    @classmethod
    async def begin(cls, engine: AsyncEngine, actor: Actor) -> "Snapshot":
        """A new one, for this actor. Raises: TimeoutError of SQLAlchemy where no connection comes
        free, DBAPIError, OSError."""
        try:
            return await cls._begin(engine, actor)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return await cls._begin(engine, actor)  # that one was lost while nobody used it

    @classmethod
    async def _begin(cls, engine: AsyncEngine, actor: Actor) -> "Snapshot":
        snapshot = cls(engine, await taken(engine), actor)
        try:
            await snapshot._open()
        except BaseException:
            await snapshot.end()
            raise
        return snapshot

    async def _open(self) -> None:
        await self._send(BEGIN + introducing(self.actor))

    async def _close(self) -> None:
        await self.driver.execute("commit")

    async def execute(self, statement: Any) -> Rows[Any]:
        """The rows that a statement finds; what several tasks ask at once goes together, in one
        round trip. Raises: DBAPIError, OSError."""
        prepared, text, arguments = self._reading.statements.prepared(statement)
        if statement is not NOW:
            for tell in self._reading.listeners:
                tell(text, arguments)
        asked = Asked(prepared, text, arguments)
        if self._alone is not None and self._alone is asyncio.current_task():
            await self._answer([asked])
        else:
            await self._in_turn(asked)
        if asked.found is None or asked.error is not None:
            raise asked.error or InvalidRequestError(BROKEN)
        return asked.found

    async def _in_turn(self, asked: "Asked") -> None:
        """Answer it together with whatever else waits, unless somebody does so meanwhile."""
        self._waiting.append(asked)
        try:
            async with self._sending:
                if asked in self._waiting:
                    if self.shared:
                        await asyncio.sleep(0)  # others begin in this turn of the event loop
                    together, self._waiting = self._waiting, []
                    await self._answer(together)
        finally:
            if asked in self._waiting:  # called off
                self._waiting.remove(asked)

    async def _answer(self, together: "list[Asked]") -> None:
        """Note what each of them found, or why it did not."""
        try:
            await self._mend()
            try:
                await self._fetch(together)
            except asyncpg.InvalidCachedStatementError:
                if self._read:
                    raise
                for each in together:  # a table is another one than when it was prepared
                    each.prepared.forget()
                await self._begin_anew()
                await self._fetch(together)
        except BaseException as error:
            usable = isinstance(error, Exception) and not (self.broken or self.driver.is_closed())
            self.broken = True
            for each in together:
                each.error = self._told(error, each.text)
            if not isinstance(error, Exception):
                raise
            if usable and len(together) > 1:
                await self._apart(together)
        self._read = True

    async def _apart(self, together: "list[Asked]") -> None:
        """One by one, of another moment, so that what fails takes none along; where that cannot be,
        what they were told stands."""
        for each in together:
            if self.broken:
                try:
                    await self._begin_anew()
                except Exception:
                    return
            each.error = None
            await self._answer([each])

    async def _mend(self) -> None:
        """Begin anew where another reader's statement broke it. Raises: InvalidRequestError where
        that cannot be, or was the reader's own."""
        if self.broken:
            if not self.shared or self._alone is not None or self.driver.is_closed():
                raise InvalidRequestError(BROKEN)
            await self._begin_anew()

    async def _begin_anew(self) -> None:
        await self.driver.execute("rollback")
        self.broken, self._read, self._now = False, False, None
        await self._open()

    async def _fetch(self, together: "list[Asked]") -> None:
        """Those that can be joined in one statement, or few, the others one by one."""
        joining = [each for each in together if each.joins] if len(together) > 1 else []
        alone = [each for each in together if each not in joining]
        for start in range(0, len(joining), MOST_PARTS):
            part = joining[start : start + MOST_PARTS]
            parts = tuple((each.text, len(each.arguments)) for each in part)
            text = self._reading.joints.text(parts) if len(part) > 1 else None
            if text is None:
                alone += part
                continue
            arguments = chain.from_iterable(each.arguments for each in part)
            rows: list[Any] = [each.prepared.row for each in part]
            arrays = await self.driver.fetchrow(text, *arguments)
            for each, row, found in zip(part, rows, arrays, strict=True):
                each.found = Rows(map(row, found))
        for each in alone:
            each.found = await each.prepared.fetch(self.driver, each.text, each.arguments)

    async def now(self) -> datetime:
        """When it began, by the database's clock."""
        if self._now is None:
            (self._now,) = (await self.execute(NOW)).one()
        return self._now

    @asynccontextmanager
    async def seen_as(self, actor: Actor) -> AsyncIterator[None]:
        """As another one sees it, then as its own actor again; where that fails, it is broken."""
        assert self._alone is not asyncio.current_task(), "it would wait for itself"
        async with self._sending:
            await self._mend()
            self._read = True  # from now on it cannot begin anew
            self._alone = asyncio.current_task()
            try:
                await self._send(introducing(actor))
                yield
                await self._send(introducing(self.actor))
            except BaseException:
                self.broken = True
                raise
            finally:
                self._alone = None

    async def _send(self, text: str) -> None:
        try:
            await self.driver.execute(text)
        except BaseException as error:
            self.broken = True
            told = self._told(error, text)
            if told is error or not isinstance(error, Exception):
                raise
            raise told from error

    def _told(self, error: BaseException, text: str) -> BaseException:
        """What an error is to those who know SQLAlchemy's, and did not call anything off."""
        if isinstance(error, OF_THE_DRIVER):
            lost = self.driver.is_closed()
            told = DBAPIError(text, None, error, hide_parameters=True, connection_invalidated=lost)
            told.__cause__ = error
            return told
        return error if isinstance(error, Exception) else InvalidRequestError(BROKEN)

    async def end(self) -> None:
        """End the transaction and give its connection back, without the one or not at all."""
        if not self.broken:
            try:
                await self._close()
            except Exception:
                self.broken = True
            except BaseException:
                await self._clean_up()
                raise
        if self.broken:
            await self._clean_up()
        else:
            await given_back(self._engine, self._pooled)

    async def _clean_up(self) -> None:
        """Go on with it even if whoever waits is called off."""
        cleaning = asyncio.ensure_future(self._roll_back())
        _CLEANING.add(cleaning)
        cleaning.add_done_callback(_CLEANING.discard)
        await asyncio.shield(cleaning)

    async def _roll_back(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.driver.execute("rollback")
        except Exception:
            self._pooled.invalidate()
        else:
            await given_back(self._engine, self._pooled)


_CLEANING: set[asyncio.Future[None]] = set()


class Standing(Snapshot):
    """Reads on a connection that stands for one actor from its start (`api.database`), so that it
    needs no transaction to be introduced in: each statement is one of its own, in one round trip.
    """

    __slots__ = ()

    async def _open(self) -> None:
        """Nothing is to be begun."""

    async def _close(self) -> None:
        """Nothing is to be ended."""


class Within(AbstractAsyncContextManager[Snapshot]):
    """Reads for the length of a block."""

    __slots__ = ("_actor", "_engine", "_found", "_kind")

    def __init__(self, kind: type[Snapshot], engine: AsyncEngine, actor: Actor) -> None:
        self._kind = kind
        self._engine = engine
        self._actor = actor

    async def __aenter__(self) -> Snapshot:
        self._found = await self._kind.begin(self._engine, self._actor)
        return self._found

    async def __aexit__(self, *_: object) -> None:
        await self._found.end()


def snapshot(engine: AsyncEngine, actor: Actor) -> Within:
    """A transaction for the length of the block."""
    return Within(Snapshot, engine, actor)


def standing(engine: AsyncEngine, actor: Actor) -> Within:
    """Reads of an engine whose connections stand for this actor, for the length of the block."""
    return Within(Standing, engine, actor)
