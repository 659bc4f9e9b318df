"""A franchise of any size: clinics, courses sold, booked days, in one transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from random import Random
from time import monotonic

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from api.progress import Report
from api.seed.network import offers, places, sales, visits
from api.seed.network.copying import Sheets, bare
from api.seed.network.ground import Ground, lay_ground
from api.seed.network.guests import Guests
from api.seed.network.ids import EPOCH_MS, ids, stream
from api.seed.network.places import Builder, Clinic
from api.seed.network.sales import Sales
from api.seed.network.visits import Visits
from schema.base import Row
from schema.secrets import Secrets

MADE_AT = datetime.fromtimestamp(EPOCH_MS / 1000, UTC)
ROWS_A_COPY, REPORT_EVERY = 100_000, 100


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made, and how long it took."""

    rows: int
    visits: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """How large the network is to be."""

    clinics: int
    random_seed: int
    courses: int
    booked_days: int
    today: date

    @property
    def prefix(self) -> str:
        """What the codes of its clinics and practitioners begin with."""
        return f"N{self.random_seed}"

    @property
    def region(self) -> str:
        return f"NETWORK-{self.random_seed}"

    @property
    def models(self) -> tuple[type[Row], ...]:
        """The tables it fills; no others are locked and laid bare."""
        parts = [*places.MODELS, *offers.MODELS]
        parts += sales.MODELS if self.courses else ()
        parts += visits.MODELS if self.booked_days else ()
        return tuple(dict.fromkeys(parts))


async def seed_network(
    engine: AsyncEngine,
    secrets: Secrets,
    *,
    clinics: int,
    progress: Report,
    random_seed: int = 1,
    courses: int = 0,
    booked_days: int = 0,
    today: date | None = None,
) -> Seeded:
    """Make a network beside whatever there is; the same seed on the same day, the same rows.

    `engine` is guarded and its role owns the tables; days count from `today` (UTC).

    Raises: CannotProceed where this network is there already, where HQ's templates are missing, or
    somebody else uses the tables.
    """
    plan = Plan(clinics, random_seed, courses, booked_days, today or datetime.now(UTC).date())
    begun = monotonic()
    ground = await lay_ground(engine, secrets, plan.region)
    async with engine.connect() as pooled:
        connection = (await pooled.get_raw_connection()).driver_connection
        assert isinstance(connection, asyncpg.Connection)
        async with connection.transaction(), bare(connection, plan.models, progress):
            first = await connection.fetchval("select nextval('resource_numbers')")
            network = Network(connection, plan, ground, secrets, progress, count(first))
            await network.make()
            last = next(network.numbers)
            await connection.execute("select setval('resource_numbers', $1)", last)
    return Seeded(network.rows, network.visits, monotonic() - begun)


@dataclass
class Network:
    """One part after another, each by random numbers and ids of its own."""

    connection: asyncpg.Connection
    plan: Plan
    ground: Ground
    secrets: Secrets
    progress: Report
    numbers: Iterator[int]
    rows: int = 0
    visits: int = 0

    async def make(self) -> None:
        clinics = await self._build_clinics()
        if self.plan.courses:
            await self._sell_courses(clinics)
        if self.plan.booked_days:
            await self._book_visits(clinics)

    async def _build_clinics(self) -> list[Clinic]:
        random = stream(self.plan.random_seed, "clinics")
        sheets = Sheets((*places.MODELS, *offers.MODELS), ids(random), MADE_AT)
        builder = Builder(
            sheets, self.ground, random, self.numbers, self.plan.prefix, self.plan.today
        )
        builder.draw_map(self.plan.region)
        found = []
        for index in range(self.plan.clinics):
            found.append(builder.build(index))
            await self._copied(sheets, "Clinics", index + 1, self.plan.clinics)
        return found

    async def _sell_courses(self, clinics: list[Clinic]) -> None:
        random, sheets, guests = self._part("courses", sales.MODELS)
        selling = Sales(sheets, guests, random, self.plan.today)
        for index in range(self.plan.courses):
            selling.sell(clinics[index % len(clinics)])
            await self._copied(sheets, "Courses", index + 1, self.plan.courses)

    async def _book_visits(self, clinics: list[Clinic]) -> None:
        random, sheets, guests = self._part("visits", visits.MODELS)
        booking = Visits(sheets, guests, random, self.plan.today, self.plan.booked_days)
        for number, clinic in enumerate(clinics, 1):
            self.visits += booking.book(clinic)
            await self._copied(sheets, "Calendars", number, len(clinics))

    def _part(self, name: str, models: tuple[type[Row], ...]) -> tuple[Random, Sheets, Guests]:
        random = stream(self.plan.random_seed, name)
        own_ids = ids(random)
        sheets = Sheets(models, own_ids, MADE_AT)
        guests = Guests(sheets, random, self.numbers, own_ids, self.secrets.master_key)
        return random, sheets, guests

    async def _copied(self, sheets: Sheets, what: str, done: int, total: int) -> None:
        """COPY what waits, once there is enough of it or nothing more to come."""
        copied = await sheets.copy(self.connection, at_least=0 if done == total else ROWS_A_COPY)
        if copied or done % REPORT_EVERY == 0:
            self.progress(what, done, total)
        self.rows += copied
