"""A network repeats by its seed, and leaves the tables as strict as it found them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import disposing
from api.errors import CannotProceed
from api.seed.network import copying, seed_network
from api.seed.network.ground import lay_ground
from api.seed.network.seeding import Plan, Seeded
from schema.access.rules import SYSTEM
from schema.base import columns, fetch
from schema.clients.models import ClientRow
from schema.clients.sealing import identity_of, open_data_key
from schema.context import Work, begin, guard
from schema.intervals import Interval
from schema.scheduling import store as calendars
from schema.scheduling.rules import Search, Where, Wish, answers
from schema.scope import EVERYWHERE
from tests.asking import SECRETS
from tests.database import Clone, Template, administering

CASTS = r"::(character varying|text)(\[\])?|[()]"
TODAY = datetime.now(UTC).date()
SIZE = {"clinics": 5, "courses": 20, "booked_days": 3}
STRICTNESS = """
select conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated
from pg_constraint where connamespace = 'public'::regnamespace
union all
select tablename, indexname, indexdef, true from pg_indexes where schemaname = 'public'
union all
select relname, 'security', relrowsecurity::text, relforcerowsecurity
from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
order by 1, 2, 3
"""


@asynccontextmanager
async def owned(clone: Clone) -> AsyncIterator[AsyncEngine]:
    async with disposing(guard(clone.owner_engine())) as engine:
        yield engine


async def seeded(clone: Clone, random_seed: int = 1, today: date = TODAY) -> Seeded:
    async with owned(clone) as engine:
        return await seed_network(
            engine,
            SECRETS,
            random_seed=random_seed,
            progress=lambda *_: None,
            today=today,
            **SIZE,
        )


@pytest.fixture(scope="module")
async def ground(
    request: pytest.FixtureRequest, template: Template, anyio_backend: str
) -> AsyncIterator[Template]:
    """A database with the templates that networks adopt, to be cloned."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    async with template.cloned(f"ground_{worker}") as clone:
        async with owned(clone) as engine:
            await lay_ground(engine, SECRETS, "NETWORK-0")
        yield Template(template.server, clone.name)


@pytest.fixture(scope="module")
async def before(ground: Template) -> list[Any]:
    """What the tables enforce before any network."""
    async with administering(ground.server.set(database=ground.name)) as admin:
        return list(await admin.fetch(STRICTNESS))


@pytest.fixture(scope="module")
async def network(ground: Template, before: list[Any], anyio_backend: str) -> AsyncIterator[Clone]:
    async with ground.cloned("network") as clone:
        await seeded(clone)
        yield clone


@pytest.fixture(scope="module")
async def admin(network: Clone) -> AsyncIterator[asyncpg.Connection]:
    async with administering(network.admin) as connection:
        yield connection


@asynccontextmanager
async def working(clone: Clone) -> AsyncIterator[Work]:
    async with (
        disposing(guard(clone.api_engine())) as engine,
        begin(engine, SYSTEM, EVERYWHERE, SECRETS) as work,
    ):
        yield work


async def rows(clone: Clone) -> dict[str, list[Any]]:
    async with administering(clone.admin) as connection:
        models = Plan(random_seed=1, today=TODAY, **SIZE).models
        return {
            str(each.__tablename__): list(
                await connection.fetch(f"select * from {each.__tablename__} order by id")
            )
            for each in models
        }


async def test_the_same_seed_makes_the_same_rows(ground: Template, network: Clone) -> None:
    async with ground.cloned("again") as clone:
        await seeded(clone)
        again, first = await rows(clone), await rows(network)
    assert all(first.values())
    assert again == first


async def test_another_seed_goes_beside_it_and_the_same_one_does_not(ground: Template) -> None:
    async with ground.cloned("beside") as clone:
        one, two = await seeded(clone), await seeded(clone, random_seed=2)
        with pytest.raises(CannotProceed, match="choose another --random-seed") as refusal:
            await seeded(clone)
        assert "\n" not in str(refusal.value)
        assert one.rows > 0
        assert two.rows > 0


async def test_a_database_in_use_is_refused_and_kept(
    ground: Template, before: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "LOCK_TIMEOUT", "100ms")
    async with ground.cloned("used") as clone, administering(clone.admin) as other:
        async with other.transaction():
            await other.execute("select from rooms")
            with pytest.raises(CannotProceed, match="stop `serve`"):
                await seeded(clone)
        assert list(map(said, await other.fetch(STRICTNESS))) == list(map(said, before))
        assert await other.fetchval("select count(*) from clinics") == 0


async def test_the_tables_are_as_strict_as_before(
    before: list[Any], admin: asyncpg.Connection
) -> None:
    after = await admin.fetch(STRICTNESS)
    assert list(map(said, after)) == list(map(said, before))


def said(row: Any) -> tuple[Any, ...]:
    """A definition without the casts that PostgreSQL words anew each time it is told it."""
    return tuple(re.sub(CASTS, "", each) if isinstance(each, str) else each for each in row)


async def test_numbers_of_resources_go_on_after_the_last(admin: asyncpg.Connection) -> None:
    """The next room, client or practitioner gets a number that nothing has."""
    last = await admin.fetchval("select last_value from resource_numbers")
    taken = await admin.fetchval(
        "select max(resource_no) from (select resource_no from rooms union all select resource_no"
        " from devices union all select resource_no from practitioners union all"
        " select resource_no from clients) everything"
    )
    assert last >= taken


async def test_about_two_thirds_of_each_resource_are_booked(admin: asyncpg.Connection) -> None:
    shares = await admin.fetch(
        """
        with booked as (
            select clinic_id, resource_no, starts_at::date as day,
                   sum(extract(epoch from ends_at - starts_at) / 60) as minutes
            from allocations where resource_kind <> 'CLIENT' group by 1, 2, 3
        )
        select resource_no, avg(minutes / (h.closes - h.opens))::float as share
        from booked join opening_hours h on h.clinic_id = booked.clinic_id
            and h.weekday = extract(isodow from day) - 1
        group by 1
        """
    )
    assert len(shares) == 5 * 14
    average = sum(each["share"] for each in shares) / len(shares)
    assert 0.55 < average < 0.8


async def test_visits_lie_in_opening_hours_and_on_the_grid(admin: asyncpg.Connection) -> None:
    outside = await admin.fetchval(
        """
        select count(*) from allocations a join clinics c on c.id = a.clinic_id
        where not exists (
            select from opening_hours h where h.clinic_id = c.id
            and h.weekday = extract(isodow from a.starts_at at time zone c.time_zone) - 1
            and (a.starts_at at time zone c.time_zone)::time
                >= make_interval(mins => h.opens)::time
            and (a.ends_at at time zone c.time_zone)::time
                <= make_interval(mins => h.closes)::time
        )
        """
    )
    assert outside == 0


async def test_a_search_for_free_starts_is_answered(network: Clone) -> None:
    async with working(network) as work:
        search = Search(Interval(work.now, work.now + timedelta(days=10)), limit=3)
        wish = Wish("MN-MEDICAL", ("FACE",), add_ons=("PRP",))
        where = Where(clinics=("N1-00001", "N1-00004"))
        found = await calendars.offers(
            work.session, work.scope, where, wish, search.window, work.now
        )
        starts = [each.starts for each in answers(found, search, work.now)]
    assert [len(each) for each in starts] == [3, 3]


async def test_identities_are_sealed_and_open(network: Clone) -> None:
    async with working(network) as work:
        (row,) = await fetch(work.session, ClientRow, select(*columns(ClientRow)).limit(1))
    assert row.data_key
    key = open_data_key(SECRETS.master_key, row.clinic_id, row.id, row.data_key)
    who = identity_of(key.unseal(row.id, row.identity))
    assert who.email
    assert who.family_name.encode() not in row.identity
