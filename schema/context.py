"""What a resolver may reach: who asks, the database, the clock."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy import event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession
from strawberry.dataloader import DataLoader

from schema.access.rules import SYSTEM, Actor, Permission
from schema.base import Reader, Row
from schema.events.models import EventRow
from schema.paging import Page
from schema.reading import SETTINGS, Snapshot, settings_of, snapshot
from schema.scope import Scope
from schema.secrets import Secrets
from schema.sharing import OneSnapshot, Shared

K = TypeVar("K")
T = TypeVar("T")
V = TypeVar("V")
#: `(session, keys, scope)` or, where the link is a connection, `(session, keys, scope, page)`.
Batch = Callable[..., Awaitable[Mapping[K, V]]]

INTRODUCE = text(
    "select "
    + ", ".join(f"set_config('{name}', :{short}, true)" for short, name in SETTINGS.items())
    + ", clock_timestamp() as now"
)


def _settle(connection: Connection, actor: Actor | None) -> datetime:
    """Tell PostgreSQL for whom the rest of a transaction is; what time it is there."""
    now: datetime = connection.execute(INTRODUCE, settings_of(actor)).one().now
    return now


def introduce(connection: Connection) -> None:
    """Tell PostgreSQL, at the begin of a transaction, for whom it is. Without an actor: nobody."""
    actor = connection.get_execution_options().get("actor")
    connection.info["now"] = _settle(connection, actor)


def guard(engine: AsyncEngine) -> AsyncEngine:
    """`engine`, introducing every transaction's actor (`execution_options(actor=…)`)."""
    event.listen(engine.sync_engine, "begin", introduce)
    return engine


class Kept:
    """What a process keeps between requests, or a request between its fields: one object of each
    kind, made when first asked for."""

    def __init__(self) -> None:
        self._kept: dict[type[Any], Any] = {}

    def get(self, kind: type[T]) -> T:
        if kind not in self._kept:
            self._kept[kind] = kind()
        found: T = self._kept[kind]
        return found


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction, by one actor, in the clinics this change is permitted for.

    `now` is the database's clock when the transaction began. `after_commit` is called once it is
    committed, and not otherwise; it must not fail.
    """

    session: AsyncSession
    actor: Actor
    scope: Scope
    now: datetime
    secrets: Secrets
    request_id: str | None = None
    kept: Kept = field(default_factory=Kept)
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    def record(self, name: str, clinic_id: UUID | None, subject: Row, **payload: Any) -> None:
        """Record that `name` happened to `subject`; it stands or falls with this transaction.

        `subject` is an entity, not what `fetch` returns: its class names the subject. `payload`
        holds ids, codes and figures, never clinical data or names of clients.
        """
        assert isinstance(subject, Row), "load the subject as an entity"
        self.session.add(
            EventRow(
                clinic_id=clinic_id,
                name=name,
                actor_kind=self.actor.kind,
                actor_id=self.actor.id,
                subject_type=type(subject).__name__.removesuffix("Row"),
                subject_id=subject.id,
                payload=json.loads(json.dumps(payload, default=str)),
                request_id=self.request_id,
                occurred_at=self.now,
                created_at=self.now,  # or it would be read back, which not every actor may
            )
        )


@dataclass
class Context:
    """One per request."""

    actor: Actor
    engine: AsyncEngine
    secrets: Secrets
    request_id: str | None = None
    clock_offset: timedelta = timedelta(0)
    kept: Kept = field(default_factory=Kept)
    #: What this one keeps for itself.
    own: Kept = field(default_factory=Kept)
    _work: Work | None = None
    _query: OneSnapshot | None = None
    _loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)
    #: What was found: by (batch, permission, page), then by key.
    _found: dict[Any, dict[Any, Any]] = field(default_factory=lambda: defaultdict(dict))
    #: Held by whoever finds more of the same.
    _loading: dict[Any, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _witnesses: dict[Any, DataLoader[Any, None]] = field(default_factory=dict)

    def reading(self) -> AbstractAsyncContextManager[Snapshot]:
        """A read-only transaction: that of the query, for all its readers at once; or where this is
        no query, a short one."""
        if self._query is None:
            return snapshot(self.engine, self.actor)
        return Shared(self._query)

    def reading_anew(self) -> AbstractAsyncContextManager[Snapshot]:
        """A short transaction in a query, too: for what is to be as of the instant it is asked."""
        return snapshot(self.engine, self.actor)

    @asynccontextmanager
    async def one_snapshot(self) -> AsyncIterator[None]:
        """What reads within sees the same: for a query. A mutation reads what
        it wrote, and a subscription what is new, so that theirs are short transactions."""
        self._query = query = OneSnapshot(self.engine, self.actor)
        try:
            yield
        finally:
            self._query = None
            await query.end()

    @asynccontextmanager
    async def writing(self, permission: Permission | None) -> AsyncIterator[Work]:
        """A transaction: commits at the end, rolls back on any exception.

        Root mutations run one after another, so there is at most one. Without a permission
        (sign-in) it is the system's.
        """
        actor = self.actor if permission else SYSTEM
        scope = actor.require(permission) if permission else Scope(None)
        async with begin(
            self.engine, actor, scope, self.secrets, self.request_id, self.clock_offset, self.kept
        ) as work:
            self._work = work
            try:
                yield work
            finally:
                self._work = None
        self._unload()  # what was loaded predates the commit

    @property
    def work(self) -> Work:
        assert self._work is not None, "only in a field that states Writes(...)"
        return self._work

    def forget(self) -> None:
        """Begin anew: what was loaded is loaded again, and its reading witnessed again."""
        self._unload()
        self._witnesses.clear()

    def _unload(self) -> None:
        self._loaders.clear()
        self._found.clear()

    async def now(self) -> datetime:
        """The database's clock, plus the offset of a test."""
        async with self.reading() as session:
            return await now_in(session, self.clock_offset)

    async def load(
        self, batch: Batch[K, V], key: K, reads: Permission, page: Page | None = None
    ) -> V | None:
        """What `batch` finds for `key`: one call for all keys asked for in this tick.

        The loader's key holds the permission: callers of different rights must not share answers.
        Who is called off (the stock executor does so, where a sibling failed) takes nobody along
        who waits for the same key.
        """
        name = (batch, reads, page)
        if name not in self._loaders:
            self.actor.require(reads)

            async def fetch(keys: Sequence[K]) -> list[V | None]:
                return await self.load_all(batch, keys, reads, page)

            self._loaders[name] = DataLoader(fetch)
        value: V | None = await asyncio.shield(self._loaders[name].load(key))
        return value

    async def load_all(
        self, batch: Batch[K, V], keys: Collection[K], reads: Permission, page: Page | None = None
    ) -> list[V | None]:
        """What `batch` finds for each of the distinct `keys`, in their order, and None where it
        finds nothing: one call for those that this request has not loaded yet."""
        scope = self.actor.require(reads)
        name = (batch, reads, page)
        known: dict[K, V | None] = self._found[name]
        async with self._loading[name]:  # who asks for the same meanwhile finds it
            lacking = [each for each in keys if each not in known] if known else list(keys)
            if lacking:
                arguments = (scope,) if page is None else (scope, page)
                async with self.reading() as session:
                    found = await batch(session, lacking, *arguments)
                known.update(found)
                if len(found) < len(lacking):
                    known.update({each: None for each in lacking if each not in found})
        return [known[each] for each in keys]

    async def witness(self, act: Callable[[Work, Sequence[K]], Awaitable[None]], key: K) -> None:
        """Do `act` for all keys asked for in this tick, once a request, in its own transaction.

        For what a read leaves behind, an audit row: where it fails, so does the field that waits.
        """
        if act not in self._witnesses:

            async def record(keys: Sequence[K]) -> list[None]:
                scope, offset = self.actor.reach(), self.clock_offset
                async with begin(
                    self.engine, self.actor, scope, self.secrets, self.request_id, offset
                ) as work:
                    await act(work, keys)
                return [None for _ in keys]

            self._witnesses[act] = DataLoader(record)
        await asyncio.shield(self._witnesses[act].load(key))


@asynccontextmanager
async def every_clinic(session: Reader) -> AsyncIterator[None]:
    """Let row-level security show all clinics, then only the actor's again.

    Only for functions of a store that return bare facts: neither where nor whose.
    """
    if isinstance(session, Snapshot):
        async with session.seen_as(SYSTEM):
            yield
        return
    await session.flush()  # what the actor wrote is the actor's to write
    connection = await session.connection()
    await connection.run_sync(_settle, SYSTEM)
    try:
        yield
    except Exception:
        with suppress(DBAPIError):  # then the transaction is over, and the setting with it
            await connection.run_sync(introduce)
        raise
    await connection.run_sync(introduce)


def now_of(connection: Any, offset: timedelta = timedelta(0)) -> datetime:
    """When the transaction of this connection began, by the database's clock."""
    now: datetime = connection.sync_connection.info["now"]
    return now + offset


async def now_in(session: Reader, offset: timedelta = timedelta(0)) -> datetime:
    """When the transaction of a session or a snapshot began, by the database's clock."""
    if isinstance(session, Snapshot):
        return await session.now() + offset
    return now_of(await session.connection(), offset)


@asynccontextmanager
async def begin(
    engine: AsyncEngine,
    actor: Actor,
    scope: Scope,
    secrets: Secrets,
    request_id: str | None = None,
    clock_offset: timedelta = timedelta(0),
    kept: Kept | None = None,
) -> AsyncIterator[Work]:
    """One transaction as `Work`; commands and seeds use it without a request."""
    acting = engine.execution_options(actor=actor)
    async with AsyncSession(acting, expire_on_commit=False) as session, session.begin():
        now = now_of(await session.connection(), clock_offset)
        work = Work(session, actor, scope, now, secrets, request_id, kept or Kept())
        yield work
    for each in work.after_commit:
        each()


Info = strawberry.Info[Context, None]
