"""The demo franchise, and a network of some size, each loaded once for a worker's tests.

Tests on them only read, or roll back: the rows stay for the next test.
"""

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from graphql.execution import Executor
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from api.database import API_ROLE, disposing, engine
from api.seed.demo import load_demo
from api.seed.network import seed_network
from api.settings import Settings
from schema.access import actions as access
from schema.access import store as people
from schema.access.rules import SYSTEM, Actor, Role
from schema.base import tables
from schema.clinics import store as clinics
from schema.clinics.models import ClinicRow, DeviceRow, RoomRow
from schema.context import begin, guard
from schema.practitioners.models import PractitionerRow
from schema.scheduling.rules import VisitOn
from schema.scope import EVERYWHERE
from tests.actors import everywhere, partner_of, person_in
from tests.asking import SECRETS, Acting, Asking
from tests.batches import Reach
from tests.database import Clone, Template, administering

CLINIC, OTHER = "RALEIGH", "LONDON"


@dataclass(frozen=True)
class Demo:
    """The demo's database as the API sees it, two of its clinics, and callers for each."""

    clone: Clone
    engine: AsyncEngine
    clinic: ClinicRow
    other_clinic: ClinicRow
    callers: dict[str, Actor]

    @property
    def act(self) -> Acting:
        return Acting(self.engine)

    @property
    def hq(self) -> Actor:
        return self.callers["administrator"]

    @property
    def lead(self) -> Actor:
        return self.callers["clinical.lead"]

    @property
    def manager(self) -> Actor:
        """Of the one clinic."""
        return self.callers["manager.raleigh"]

    @property
    def other_manager(self) -> Actor:
        """Of the other clinic."""
        return self.callers["manager.london"]

    @property
    def practitioner(self) -> Actor:
        """Of the one clinic."""
        return self.callers["practitioner.raleigh"]

    @property
    def front_desk(self) -> Actor:
        """Of the other clinic."""
        return self.callers["desk.london"]

    @property
    def partner(self) -> Actor:
        return partner_of([self.clinic.id])


def settings() -> Settings:
    """The process's settings, with the secrets that tests ask with."""
    signing_key, master_key = (
        SecretStr(b64encode(each).decode()) for each in (*SECRETS.signing_keys, SECRETS.master_key)
    )
    return Settings(signing_keys=signing_key, master_key=master_key)


@pytest.fixture(scope="session")
async def demo(
    request: pytest.FixtureRequest, template: Template, anyio_backend: str
) -> AsyncIterator[Demo]:
    """The demo franchise."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    async with (
        template.cloned(f"demo_{worker}") as clone,
        disposing(guard(clone.api_engine())) as engine,
    ):
        await load_demo(engine, settings(), lambda *_: None)
        async with begin(engine, SYSTEM, EVERYWHERE, SECRETS) as work:
            callers = {}
            for row in await people.people(work.session, people.Page(first=100)):
                actor = await access.actor_of_person(work, row.id)
                assert actor is not None
                callers[row.email.partition("@")[0]] = actor
            clinic = await clinics.clinic(work.session, EVERYWHERE, CLINIC)
            other = await clinics.clinic(work.session, EVERYWHERE, OTHER)
        assert clinic is not None
        assert other is not None
        yield Demo(clone, engine, clinic, other, callers)


@pytest.fixture
def ask_demo(demo: Demo, executor: type[Executor]) -> Asking:
    """Asks the demo."""
    return Asking(demo.engine, executor)


@pytest.fixture(scope="session")
async def demo_admin(demo: Demo, anyio_backend: str) -> AsyncIterator[asyncpg.Connection]:
    """The administrator of the demo's database."""
    async with administering(demo.clone.admin) as connection:
        yield connection


@dataclass(frozen=True)
class Network:
    """A hundred clinics with courses and bookings, analysed."""

    engine: AsyncEngine
    clinic_id: UUID
    ids: list[UUID]
    codes: list[str]
    numbers: list[int]

    @property
    def act(self) -> Acting:
        return Acting(self.engine)

    @property
    def hq(self) -> Actor:
        return everywhere(Role.HQ_ADMINISTRATOR)

    @property
    def manager(self) -> Actor:
        return person_in(Role.CLINIC_MANAGER, [self.clinic_id])

    def keys(self, reach: Reach) -> list[Any]:
        """Keys that the batch function may be asked for: ids of every table, codes, numbers of the
        calendar, or visits."""
        if reach.by_number or reach.by_numbers:
            return reach.of_numbers(self.numbers)
        if reach.by_visit:
            return [VisitOn(self.clinic_id, "MN-MEDICAL", (), (), date(2026, 1, 1))]
        return list(self.codes if reach.by_code else self.ids)


@pytest.fixture(scope="session")
async def network(
    request: pytest.FixtureRequest, template: Template, anyio_backend: str
) -> AsyncIterator[Network]:
    """A network of a hundred clinics."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    async with (
        template.cloned(f"network_{worker}") as clone,
        disposing(guard(clone.api_engine())) as engine,
    ):
        async with disposing(guard(clone.owner_engine())) as owner:
            await seed_network(
                owner,
                SECRETS,
                clinics=100,
                random_seed=1,
                courses=300,
                booked_days=3,
                progress=lambda *_: None,
            )
        ids: list[UUID] = []
        async with engine.execution_options(actor=SYSTEM).connect() as connection:
            for row in tables().values():
                key = row.__table__.c.id  # type: ignore[attr-defined]
                ids += await connection.scalars(select(key).limit(2))
            codes = await connection.scalars(select(tables()["jurisdictions"].code))  # type: ignore[attr-defined]
            numbers = [
                number
                for row in (RoomRow, DeviceRow, PractitionerRow)
                for number in await connection.scalars(select(col(row.resource_no)).limit(20))
            ]
            yield Network(engine, await first_clinic(engine), ids, list(codes), numbers)


@pytest.fixture
def ask_network(network: Network, executor: type[Executor]) -> Asking:
    """Asks the network."""
    return Asking(network.engine, executor)


async def first_clinic(engine: AsyncEngine) -> UUID:
    async with engine.execution_options(actor=SYSTEM).connect() as connection:
        found: UUID = (await connection.scalars(select(ClinicRow.id).limit(1))).one()  # type: ignore[call-overload]
        return found


@pytest.fixture
async def small(demo: Demo) -> AsyncIterator[AsyncEngine]:
    """An engine on the demo with four connections, and no patience."""
    own = guard(engine(demo.clone.admin, "small", False, 4, role=API_ROLE))
    async with disposing(own) as found:
        found.sync_engine.pool._timeout = 0.5  # type: ignore[attr-defined]  # a queue
        yield found
