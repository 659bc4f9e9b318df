"""More callers than the database serves at once are told to try again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import disposing
from schema.access.rules import Role
from schema.context import guard
from tests.actors import everywhere
from tests.asking import Acting, Asking
from tests.database import Clone
from tests.scheduling.asked import AVAILABILITY, BOOK, asked, booking
from tests.scheduling.setting import Setting


@pytest.fixture
async def full(database: Clone) -> AsyncIterator[AsyncEngine]:
    """An engine whose connections are all in use."""
    engine = guard(database.served.api_engine())
    async with disposing(engine), AsyncExitStack() as stack:
        pool = engine.sync_engine.pool
        for _ in range(pool.size() + pool._max_overflow):  # type: ignore[attr-defined]  # a queue
            await stack.enter_async_context(engine.connect())
        pool._timeout = 0.1  # type: ignore[attr-defined]  # a queue
        yield engine


async def test_who_gets_no_connection_tries_again(
    ask: Asking, setting: Setting, full: AsyncEngine
) -> None:
    asking = Asking(full, ask.executor)
    wanted = booking(setting.raleigh_client, setting.at(10))
    found = await asking.change(setting.desk, BOOK, input=wanted)
    assert (found["__typename"], found["code"]) == ("ConflictProblem", "BUSY")
    window = asked(setting.at(9), setting.at(10))
    answer = await asking(everywhere(Role.HQ_ANALYST), AVAILABILITY, input=window)
    assert answer.codes == ["UNAVAILABLE"]


async def test_who_waits_longer_than_a_statement_may_tries_again(
    ask: Asking, setting: Setting
) -> None:
    """For the client, whom somebody else is changing."""
    before = await ask.contents()
    wanted = booking(setting.raleigh_client, setting.at(10))
    async with ask.work() as work:
        connection = await work.session.connection()
        await connection.execute(
            text("select from clients where id = :id for update"),
            {"id": setting.raleigh_client.id},
        )
        async with asyncio.timeout(8):
            found = await ask.change(setting.desk, BOOK, input=wanted)
    assert (found["__typename"], found["code"]) == ("ConflictProblem", "BUSY")
    assert await ask.contents() == before


async def test_errors_of_the_database_say_nothing_of_values(act: Acting) -> None:
    """They are logged with their traceback."""
    async with act.work() as work:
        connection = await work.session.connection()
        with pytest.raises(DBAPIError) as failed:
            await connection.execute(text("select 1 / :zero, :name"), {"zero": 0, "name": "Rose"})
        assert "Rose" not in str(failed.value)
        await work.session.rollback()
