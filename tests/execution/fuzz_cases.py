"""Cases of the differential fuzz: queries, callers and faults; and the database to ask."""

from asyncio import Runner
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import asyncpg
from cryptography.fernet import InvalidToken
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import disposing
from schema.access.rules import NOBODY, Actor, ActorKind, Grant, Permission, Role
from schema.base import new_id
from schema.context import guard
from schema.execution import STOCK, under
from schema.scheduling.store import slot_tokens
from tests.actors import actor_with
from tests.database import administering
from tests.demo import Demo
from tests.execution.fuzz_bench import Bench, Case, unmasked
from tests.execution.fuzz_documents import changes, documents
from tests.execution.fuzz_faults import Fault
from tests.execution.fuzz_held import Held, harvest
from tests.execution.fuzz_places import Faults
from tests.execution.fuzz_shapes import Shapes
from tests.execution.fuzz_tree import Query

#: Who sees most asks most.
CALLERS = (
    *("all",) * 10,
    *("hq", "lead", "manager", "desk", "practitioner", "two roles", "partner", "nobody"),
)
FROZEN = """
create schema frozen;
grant usage on schema frozen to public;
create function frozen.clock_timestamp() returns timestamptz language sql stable
    as $$ select timestamptz '{now}' $$;
create function frozen.transaction_timestamp() returns timestamptz language sql stable
    as $$ select timestamptz '{now}' $$;
"""


def callers_of(demo: Demo) -> dict[str, Actor]:
    return {
        "all": actor_with(None, *Permission),
        "hq": demo.hq,
        "lead": demo.lead,
        "manager": demo.manager,
        "desk": demo.front_desk,
        "practitioner": demo.practitioner,
        "two roles": two_roles(demo),
        "partner": demo.partner,
        "nobody": NOBODY,
    }


def two_roles(demo: Demo) -> Actor:
    """Manages one clinic and sits at the front desk of the other: refused for some parents only."""
    (manages,) = demo.manager.grants
    (sits,) = demo.front_desk.grants
    grants: tuple[Grant, ...] = (manages, sits)
    return Actor(ActorKind.PERSON, f"a {Role.CLINIC_MANAGER}", new_id(), grants)


@asynccontextmanager
async def frozen_engine(demo: Demo, admin: asyncpg.Connection) -> AsyncIterator[tuple[Any, Any]]:
    """An engine for which the database's clock stands still, and the time it shows: else two
    answers to one query could differ by the moment at which they were given."""
    now = await admin.fetchval("select clock_timestamp()")
    await admin.execute(FROZEN.format(now=now.isoformat()))
    async with disposing(guard(demo.clone.api_engine())) as engine:

        @event.listens_for(engine.sync_engine, "connect")
        def freeze(connection: Any, _record: Any) -> None:
            cursor = connection.cursor()
            cursor.execute("set search_path = frozen, pg_catalog, public")
            cursor.close()
            connection.commit()

        yield engine, now
    await admin.execute("drop schema frozen cascade")


class Unsealed:
    """Seals a slot's token in the same way each time: else two of the same say different things."""

    def __init__(self, _key: bytes) -> None: ...

    def encrypt_at_time(self, data: bytes, _now: int) -> bytes:
        return b64encode(data)

    def decrypt_at_time(self, *_: Any) -> bytes:
        raise InvalidToken


class World:
    """A seeded database and the schema over it: benches and cases."""

    def __init__(
        self,
        runner: Runner,
        engine: AsyncEngine,
        callers: dict[str, Actor],
        faults: Faults,
        held: Held,
    ) -> None:
        self.run = runner.run
        self.engine = engine
        self.callers = callers
        self.faults = faults
        self.held = held
        self.shapes = Shapes(unmasked()._schema)

    def bench(self, **ours: Any) -> Bench:
        return Bench(self.engine, self.callers, self.faults, **ours)

    def cases(self) -> st.SearchStrategy[Case]:
        return cases(self)

    def changes(self) -> st.SearchStrategy[Case]:
        """Mutations, by everybody: what they do is rolled back."""
        return st.builds(Case, changes(self.shapes, self.held), st.sampled_from(CALLERS))


@asynccontextmanager
async def world_of(demo: Demo, runner: Runner) -> AsyncIterator[World]:
    """The demo's, with the places for faults installed; its database is asked in the runner."""
    plain, callers = unmasked(), callers_of(demo)
    async with (
        administering(demo.clone.admin) as admin,
        frozen_engine(demo, admin) as (engine, now),
    ):
        with Faults(plain).installed() as faults, patch.object(slot_tokens, "_fernet", Unsealed):
            asking = Bench(engine, callers, faults)

            async def ask(query: str) -> dict[str, Any]:
                told = await asking.told(under(plain, STOCK), Case(Query(query, {}, ()), "all"))
                assert told.data, told.faults
                data: dict[str, Any] = told.data
                return data

            held = await harvest(admin, now, plain._schema, ask)
            yield World(runner, engine, callers, faults, held)


@st.composite
def cases(draw: st.DrawFn, world: World) -> Case:
    """A query, who asks it, and often what goes wrong at fields that it asks for."""
    query = draw(documents(world.shapes, world.held))
    faults = []
    if places := [each for each in query.coordinates if each in world.faults.places]:
        inner = [each for each in places if each[0] != "Query"] or places
        for _ in range(draw(st.sampled_from([2, 0, 1, 3, 5]))):
            coordinate = draw(st.sampled_from(inner if draw(st.integers(0, 9)) != 5 else places))
            kind = draw(st.sampled_from(world.faults.kinds(coordinate)))
            one_in, salt = draw(st.sampled_from([2, 1, 1, 3])), draw(st.integers(0, 9))
            faults.append(Fault(coordinate, kind, one_in, salt))
    return Case(query, draw(st.sampled_from(CALLERS)), tuple(faults))
