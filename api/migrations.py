"""Bring the database to the code's revision, and give the API's role its rights."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from api.database import API_ROLE, Database, connected, disposing
from api.errors import CannotProceed
from api.settings import ROOT
from schema import DOMAINS

LOCK = 0xC11_1C  # one migration at a time in a database

CREATE_ROLE = f"""
do $$ begin
    create role {API_ROLE} nologin nobypassrls;
exception when duplicate_object or unique_violation then null;
end $$
"""
GRANTS = (
    f"grant select, insert, update, delete on all tables in schema public to {API_ROLE}",
    f"grant usage, select on all sequences in schema public to {API_ROLE}",
    f"alter default privileges in schema public"
    f" grant select, insert, update, delete on tables to {API_ROLE}",
    f"alter default privileges in schema public grant usage, select on sequences to {API_ROLE}",
)
#: Tables of which the API only adds rows, or only reads them.
LESS = {"events": "update, delete", "alembic_version": "insert, update, delete"}


@dataclass(frozen=True, slots=True)
class State:
    """The database's revisions against the code's."""

    current: frozenset[str]
    heads: frozenset[str]
    known: frozenset[str]

    @property
    def ready(self) -> bool:
        return self.current == self.heads

    def check(self) -> None:
        """Raise CannotProceed if the database is ahead of the code."""
        if ahead := sorted(self.current - self.known):
            raise CannotProceed(
                f"The database is ahead of this code (revision {', '.join(ahead)} is unknown here):"
                " deploy the code that it was migrated with, or a later one."
            )


def metadata() -> MetaData:
    """Every table of every domain."""
    for domain in DOMAINS:
        if find_spec(f"schema.{domain}") and find_spec(f"schema.{domain}.models"):
            import_module(f"schema.{domain}.models")
    return SQLModel.metadata


def config() -> Config:
    return Config(toml_file=ROOT / "pyproject.toml")


def state(connection: Connection) -> State:
    """Where the database stands; the code's revisions are read once."""
    heads, known = _revisions()
    return State(
        frozenset(MigrationContext.configure(connection).get_current_heads()), heads, known
    )


@cache
def _revisions() -> tuple[frozenset[str], frozenset[str]]:
    scripts = ScriptDirectory.from_config(config())
    return (
        frozenset(scripts.get_heads()),
        frozenset(each.revision for each in scripts.walk_revisions()),
    )


async def migrate(database: Database) -> bool:
    """Create the API's role, upgrade, grant; whether there was anything to upgrade.

    Raises: CannotProceed where the database is ahead, or its role may not do it.
    """
    async with disposing(database.owner_engine()) as engine, connected(engine) as connection:
        await connection.execute(text(f"select pg_advisory_lock({LOCK})"))
        await connection.commit()  # the lock is the connection's, not the transaction's
        try:
            await create_api_role(connection)
            before = await connection.run_sync(state)
            before.check()
            await connection.commit()
            if not before.ready:
                await connection.run_sync(upgrade)
            await grant(connection)
        finally:
            await connection.rollback()
            await connection.execute(text(f"select pg_advisory_unlock({LOCK})"))
    return not before.ready


def upgrade(connection: Connection) -> None:
    """Run the migrations that the database lacks, each in a transaction of its own."""
    given = config()
    given.attributes["connection"] = connection
    command.upgrade(given, "head")


async def create_api_role(connection: AsyncConnection) -> None:
    """Make the role that requests run as, and let the owner's connections become it."""
    may = text(
        "select current_user, exists (select from pg_roles where rolname = :role),"
        " exists (select from pg_auth_members where roleid = to_regrole(:role)"
        " and member = current_user::regrole) or rolsuper"
        " from pg_roles where rolname = current_user"
    )
    owner, exists, member = (await connection.execute(may, {"role": API_ROLE})).one()
    try:
        if not exists:
            await connection.execute(text(CREATE_ROLE))
        if not member:
            await connection.execute(text(f"grant {API_ROLE} to current_user"))
        await connection.commit()
    except DBAPIError as error:
        raise CannotProceed(
            f'{owner} may not make the role {API_ROLE}: as an administrator run "create role'
            f' {API_ROLE}; grant {API_ROLE} to {owner};" once, then migrate again.'
        ) from error


async def grant(connection: AsyncConnection) -> None:
    """Give the API's role its rights on the tables as they are now."""
    await _execute(connection, GRANTS)
    for table, rights in LESS.items():
        if (await connection.execute(text(f"select to_regclass('{table}')"))).scalar_one():
            await _execute(connection, [f"revoke {rights} on {table} from {API_ROLE}"])
    await connection.commit()


async def _execute(connection: AsyncConnection, statements: Iterable[str]) -> None:
    for each in statements:
        await connection.execute(text(each))
