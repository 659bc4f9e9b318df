"""How much faster COPY into bare tables is than INSERT: `python -m benchmarks.seed [clinics]`.

Both make a network of the same size with courses and booked days, on a server of their own.
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import asyncpg
import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import disposing, opened
from api.migrations import migrate
from api.seed.network import seed_network
from api.seed.network.copying import introduce
from api.seed.network.ground import lay_ground
from api.seed.network.seeding import Network, Plan
from api.settings import Settings
from schema.context import guard
from schema.secrets import Secrets

COURSES_A_CLINIC, BOOKED_DAYS = 10, 2


class Inserting:
    """Takes what is meant for COPY, and inserts it row by row, checks and all."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def copy_records_to_table(
        self, table: str, *, records: Sequence[tuple[Any, ...]], columns: Sequence[str]
    ) -> None:
        marks = ", ".join(f"${number}" for number, _ in enumerate(columns, 1))
        statement = f"insert into {table} ({', '.join(columns)}) values ({marks})"
        await self.connection.executemany(statement, records)


def quietly(what: str, done: int, total: int) -> None:
    """No bars: they would be measured too."""


async def copied(engine: AsyncEngine, secrets: Secrets, clinics: int) -> float:
    """Rows a second by COPY, with the constraints built anew."""
    made = await seed_network(
        engine,
        secrets,
        clinics=clinics,
        random_seed=1,
        courses=clinics * COURSES_A_CLINIC,
        booked_days=BOOKED_DAYS,
        progress=quietly,
    )
    return made.rows / made.seconds


async def inserted(engine: AsyncEngine, secrets: Secrets, clinics: int) -> float:
    """Rows a second by INSERT, under all constraints."""
    today = datetime.now(UTC).date()
    plan = Plan(clinics, 2, clinics * COURSES_A_CLINIC, BOOKED_DAYS, today)
    begun = monotonic()
    ground = await lay_ground(engine, secrets, plan.region)
    async with engine.connect() as pooled:
        connection: Any = (await pooled.get_raw_connection()).driver_connection
        async with connection.transaction():
            await introduce(connection)
            numbers = count(await connection.fetchval("select nextval('resource_numbers')"))
            inserting: Any = Inserting(connection)
            network = Network(inserting, plan, ground, secrets, quietly, numbers)
            await network.make()
    return network.rows / (monotonic() - begun)


async def main(folder: Path, clinics: int) -> None:
    settings = Settings(database_url=None, data_folder=folder)
    async with opened(settings) as database:
        await migrate(database)
        async with disposing(guard(database.owner_engine())) as engine:
            fast = await copied(engine, settings.secrets(), clinics)
            slow = await inserted(engine, settings.secrets(), clinics)
    typer.echo(f"COPY {fast:,.0f} rows a second, INSERT {slow:,.0f}: {fast / slow:.1f} times.")


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        Path(name).chmod(0o711)  # PostgreSQL's user goes through it
        asyncio.run(main(Path(name) / "data", int(sys.argv[1]) if len(sys.argv) > 1 else 200))
