"""The database: which one, as whom, and whether it is one that we can work with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from api.embedded import EmbeddedServer, embedded_server
from api.errors import CannotProceed
from api.settings import Settings
from schema.access.rules import SYSTEM
from schema.reading import SETTINGS, settings_of

OWNER, API_ROLE, NAME = "franchise_owner", "franchise_api", "franchise"
OLDEST = 150_000  # server_version_num
STATEMENT_TIMEOUT = "5s"
#: Statements are prepared, few, and short: planning each anew took PostgreSQL longer than running
#: it (who asks: 0.7 of 1 ms).
PLANS = "force_generic_plan"
ASKING = 8  # connections that find out who asks: one SELECT each
CONNECTIONS = 20
#: Statements that the driver keeps prepared on each connection, however long and old they are.
PREPARED = {
    "statement_cache_size": 300,
    "max_cached_statement_lifetime": 0,
    "max_cacheable_statement_size": 0,
}


@dataclass(frozen=True, slots=True)
class Database:
    """One database and its two roles. `api_role` is what the API's connections become at their
    start; None where they sign in as that role themselves."""

    owner: URL
    api: URL
    api_role: str | None = API_ROLE

    def owner_engine(self) -> AsyncEngine:
        """For migrations and commands: without a time limit for a statement."""
        return engine(self.owner, "migrate")

    def api_engine(self) -> AsyncEngine:
        """For requests. The caller adds `schema.context.guard`."""
        return engine(self.api, "api", **self._api_settings())

    def listening_engine(self) -> AsyncEngine:
        """For `api.listening`, as the API: apart from the requests, so that neither waits."""
        return engine(self.api, "listening", True, **self._api_settings())

    def asking_engine(self) -> AsyncEngine:
        """For finding out who asks (`api.auth`), and nothing else: its connections are the system's
        from their start, and read only."""
        told = settings_of(SYSTEM).items()
        system = {SETTINGS[name]: str(value) for name, value in told if value}
        settings = {"default_transaction_read_only": "on", **system, **self._api_settings()}
        return engine(self.api, "asking", False, ASKING, **settings)

    def _api_settings(self) -> dict[str, str]:
        role = {"role": self.api_role} if self.api_role else {}
        return {"statement_timeout": STATEMENT_TIMEOUT, "plan_cache_mode": PLANS, **role}


def engine(
    url: URL,
    application: str,
    checked: bool = False,
    connections: int = CONNECTIONS,
    /,
    **server_settings: str,
) -> AsyncEngine:
    """An engine whose connections start with `server_settings`; `checked`: each is asked whether it
    still is one before it is used, so that none fails because it was lost meanwhile."""
    names = {"application_name": f"{NAME} {application}", "timezone": "UTC", "jit": "off"}
    return create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,  # those beyond would be opened and closed for each request
        pool_timeout=5,
        pool_recycle=1800,
        pool_pre_ping=checked,
        hide_parameters=True,  # errors are logged, and what clients say is not
        json_serializer=_json,
        json_deserializer=orjson.loads,
        connect_args={
            "server_settings": {**names, **server_settings},
            "timeout": 5,
            **PREPARED,
        },
    )


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def parse_url(text: str, name: str = "DATABASE_URL") -> URL:
    """`text` as an address for asyncpg. Raises: CannotProceed."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise CannotProceed(f"{name} is not a URL: postgresql://user:password@host/name.") from None
    if url.get_backend_name() not in ("postgresql", "postgres") or not url.database:
        raise CannotProceed(f"{name} must read postgresql://user:password@host/name.")
    query = {"ssl" if each == "sslmode" else each: value for each, value in url.query.items()}
    return url.set(drivername="postgresql+asyncpg", query=query)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database of DATABASE_URL, or the embedded server's for as long as the context lasts."""
    if settings.database_url:
        owner = parse_url(settings.database_url)
        if settings.api_database_url:
            api = parse_url(settings.api_database_url, "API_DATABASE_URL")
            yield Database(owner, api, api_role=None)
        else:
            yield Database(owner, owner)
    else:
        with embedded_server(settings.data_folder) as server:
            await _furnish(server)
            url = server.url(NAME, OWNER)
            yield Database(url, url)


async def _furnish(server: EmbeddedServer) -> None:
    """Make the owner's role and the database on a server of our own, where they are missing."""
    lacking = f"select not exists (select from pg_database where datname = '{NAME}')"
    async with (
        disposing(engine(server.url("postgres"), "setup")) as superuser,
        superuser.connect() as connection,
    ):
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        if (await connection.execute(text(lacking))).scalar_one():
            await connection.execute(text(f"drop role if exists {OWNER}"))
            await connection.execute(text(f"create role {OWNER} login createrole"))
            await connection.execute(text(f"create database {NAME} owner {OWNER}"))


@asynccontextmanager
async def disposing(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """`engine`, whose connections are closed at the end."""
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def connected(
    engine: AsyncEngine, name: str = "DATABASE_URL"
) -> AsyncIterator[AsyncConnection]:
    """A connection to a PostgreSQL that we can work with.

    Raises: CannotProceed where nobody answers, sign-in fails or the server is too old.
    """
    try:
        connection = await engine.connect()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError) as error:
        where = engine.url.set(drivername="postgresql").render_as_string(hide_password=True)
        reason = _reason(error)
        raise CannotProceed(
            f"{name} cannot be reached ({where}): {reason}."
            " Is PostgreSQL up, and the address right?"
        ) from error
    try:
        check_version(int((await connection.execute(text("show server_version_num"))).scalar_one()))
        yield connection
    finally:
        await connection.close()


def _reason(error: Exception) -> str:
    """What the server or the system said, without what the libraries add to it."""
    said: BaseException = error
    if isinstance(error, DBAPIError) and error.orig:
        said = error.orig.__cause__ or error.orig
    return str(said).rstrip(".") or type(said).__name__


def check_version(number: int) -> None:
    """Raise CannotProceed for a server that is too old; `number` is its server_version_num."""
    if number < OLDEST:
        raise CannotProceed(
            f"PostgreSQL {number // 10_000} is too old: this needs 15 to 18. Upgrade the server,"
            " or unset DATABASE_URL to use the embedded one."
        )


async def check_api_role(engine: AsyncEngine) -> None:
    """Raise CannotProceed if row-level security would not hold the role that requests run as."""
    async with connected(engine, "API_DATABASE_URL") as connection:
        role, unbound, owns = (await connection.execute(text(ROLE))).one()
    if unbound or owns:
        how = "bypasses row-level security" if unbound else "owns tables"
        raise CannotProceed(
            f"The API would run as {role}, which {how}: point API_DATABASE_URL to a role that is"
            f" only a member of {API_ROLE}."
        )


ROLE = """
select rolname, rolsuper or rolbypassrls, exists (
    select from pg_class
    where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
    and pg_has_role(current_user, relowner, 'usage')
) from pg_roles where rolname = current_user
"""
