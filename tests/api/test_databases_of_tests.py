"""The databases that the other tests stand on."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import API_ROLE, OWNER, check_api_role
from api.errors import CannotProceed
from schema.access.rules import SYSTEM

INSERT = text("insert into jurisdictions (id, code, name) values (gen_random_uuid(), 'US', 'USA')")
COUNT = text("select count(*) from jurisdictions")


async def who(engine: AsyncEngine) -> str:
    async with engine.connect() as connection:
        role: str = (await connection.execute(text("select current_user"))).scalar_one()
        return role


@pytest.mark.parametrize("turn", [1, 2])
async def test_every_test_begins_without_rows(owner_engine: AsyncEngine, turn: int) -> None:
    async with owner_engine.execution_options(actor=SYSTEM).begin() as connection:
        assert (await connection.execute(COUNT)).scalar_one() == 0
        await connection.execute(INSERT)


async def test_roles_are_the_owners_and_the_apis(
    owner_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    assert await who(owner_engine) == OWNER
    assert await who(api_engine) == API_ROLE


async def test_policies_hold_the_api_role_and_the_owner(
    owner_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    for engine in (owner_engine, api_engine):
        async with engine.connect() as connection:
            with pytest.raises(ProgrammingError, match="row-level security"):
                await connection.execute(INSERT)


async def test_role_that_owns_tables_is_refused(
    owner_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    await check_api_role(api_engine)
    with pytest.raises(CannotProceed, match="owns tables"):
        await check_api_role(owner_engine)


async def test_api_cannot_change_what_happened(api_engine: AsyncEngine) -> None:
    async with api_engine.execution_options(actor=SYSTEM).connect() as connection:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(text("delete from events"))
