"""The databases of a test run: one server, one template, one clone of it per worker."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import asyncpg
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import OWNER, Database, disposing, engine, parse_url
from api.embedded import embedded_server
from api.migrations import create_api_role, grant, metadata, upgrade

ROOMY = ("-c", "max_connections=200", "-c", "autovacuum=off")


@dataclass(frozen=True)
class Clone:
    """A database of its own, made from the template. `admin` may do everything in it."""

    admin: URL

    @property
    def name(self) -> str:
        assert self.admin.database
        return self.admin.database

    @property
    def served(self) -> Database:
        """As the process sees it: the owner's role and the API's, neither a superuser."""
        return Database(self.admin, self.admin)

    def owner_engine(self) -> AsyncEngine:
        return engine(self.admin, "test owner", role=OWNER)

    def api_engine(self) -> AsyncEngine:
        """As the API connects; the caller adds `schema.context.guard`."""
        return self.served.api_engine()


@dataclass(frozen=True)
class Template:
    """A migrated database without rows, on the run's server."""

    server: URL
    name: str

    @asynccontextmanager
    async def cloned(self, label: str) -> AsyncIterator[Clone]:
        """A copy of its own, dropped at the end; `label` is unique within the run."""
        name = f"{self.name}_{label}"
        async with administering(self.server) as admin:
            await admin.execute(f"create database {name} template {self.name} owner {OWNER}")
        yield Clone(self.server.set(database=name))
        await drop(self.server, name)


@contextmanager
def running_server() -> Iterator[URL]:
    """A superuser's address of the server that TEST_DATABASE_URL names, or one of our own."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield parse_url(given, "TEST_DATABASE_URL")
        return
    folder = Path(mkdtemp(prefix="franchise-test-"))
    folder.chmod(0o711)
    with embedded_server(folder, disposable=True, options=ROOMY) as server:
        yield server.url("postgres")


async def build_template(server: URL) -> str:
    """A migrated database without rows; its name."""
    name = f"franchise_test_{uuid4().hex[:8]}"
    async with administering(server) as admin:
        await admin.execute(
            f"do $$ begin create role {OWNER} login createrole;"
            " exception when duplicate_object or unique_violation then null; end $$"
        )
        await admin.execute(f"create database {name} owner {OWNER}")
    async with (
        disposing(Clone(server.set(database=name)).owner_engine()) as owner,
        owner.connect() as connection,
    ):
        await create_api_role(connection)
        await connection.commit()  # so that each migration begins a transaction of its own
        await connection.run_sync(upgrade)
        await grant(connection)
    return name


async def drop(server: URL, name: str) -> None:
    async with administering(server) as admin:
        await admin.execute(f"drop database if exists {name} with (force)")


@asynccontextmanager
async def administering(url: URL) -> AsyncIterator[asyncpg.Connection]:
    """A bare connection as the server's administrator, without a transaction."""
    host = url.query.get("host") or url.host
    connection = await asyncpg.connect(
        host=host, port=url.port, user=url.username, password=url.password, database=url.database
    )
    try:
        yield connection
    finally:
        await connection.close()


def cleaning() -> str:
    """The statement that deletes all rows: no trigger, no policy, no foreign key objects."""
    deletes = "; ".join(f"delete from {table}" for table in sorted(metadata().tables))
    return f"set session_replication_role = replica; {deletes}"
