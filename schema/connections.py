"""An engine's connections to the driver, taken from its pool and given back."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, MissingGreenlet
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util.concurrency import greenlet_spawn, in_greenlet


def watched(engine: AsyncEngine) -> None:
    """To be called once for an engine, before `taken` is."""
    event.listen(engine.sync_engine, "do_connect", _only_in_a_greenlet)


def _only_in_a_greenlet(*_: Any) -> None:
    """Where nothing can be waited for, `_at_hand`, no connection is opened."""
    if not in_greenlet():
        raise MissingGreenlet


async def taken(engine: AsyncEngine) -> PoolProxiedConnection:
    """One of the engine's pool that is not known to be lost. Raises: TimeoutError of SQLAlchemy
    where none comes free, DBAPIError."""
    dialect, pool = engine.sync_engine.dialect, engine.sync_engine.pool
    try:
        while True:
            pooled = _at_hand(pool)
            if pooled is None:
                pooled = await greenlet_spawn(pool.connect)
            if not pooled.driver_connection.is_closed():  # type: ignore[union-attr]  # it has one
                return pooled
            pooled.invalidate()
    except dialect.loaded_dbapi.Error as error:
        raise DBAPIError(None, None, error, hide_parameters=True) from error


def _at_hand(pool: Any) -> PoolProxiedConnection | None:
    """One that lies in the pool, without a greenlet, which costs twice as much as all the rest;
    None where one is to be waited for, opened, or asked whether it still is one."""
    if not pool.checkedin() or pool._pre_ping:
        return None
    try:
        pooled: PoolProxiedConnection = pool.connect()
    except MissingGreenlet:
        return None
    return pooled


async def given_back(engine: AsyncEngine, pooled: PoolProxiedConnection) -> None:
    """Where there are more connections than the pool keeps, this one is closed."""
    pool: Any = engine.sync_engine.pool
    if pool.overflow() > 0:
        await greenlet_spawn(pooled.close)
    else:
        pooled.close()
