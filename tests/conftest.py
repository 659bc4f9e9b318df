"""Databases for tests: the controller starts one server, each worker works in a clone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import disposing
from schema.context import guard
from tests.asking import act, ask
from tests.database import (
    Clone,
    Template,
    administering,
    build_template,
    cleaning,
    drop,
    running_server,
)
from tests.demo import ask_demo, ask_network, demo, demo_admin, network, small
from tests.executors import executed, executor, under_both
from tests.franchise import franchise
from tests.snapshots import Snapshots
from tests.walls import pytest_generate_tests, walls

# No limits of time: these machines are shared, and a slow moment proves nothing.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
#: Ten times as many examples where tests leave their number to it: --hypothesis-profile=thorough.
settings.register_profile("thorough", settings.get_profile("patient"), max_examples=1000)
settings.load_profile("patient")

__all__ = [
    "act",
    "ask",
    "ask_demo",
    "ask_network",
    "demo",
    "demo_admin",
    "executed",
    "executor",
    "franchise",
    "network",
    "pytest_generate_tests",
    "small",
    "under_both",
    "walls",
]  # fixtures and hooks of every test

STACK = pytest.StashKey[ExitStack]()
SERVER = pytest.StashKey[tuple[str, str]]()


def server_of(config: pytest.Config) -> tuple[str, str]:
    """The address of the run's server and the name of its template; made at the first call."""
    if SERVER not in config.stash:
        stack = config.stash[STACK] = ExitStack()
        url = stack.enter_context(running_server())
        template = asyncio.run(build_template(url))
        stack.callback(lambda: asyncio.run(drop(url, template)))
        config.stash[SERVER] = (url.render_as_string(hide_password=False), template)
    return config.stash[SERVER]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the controller's server is."""
    node.workerinput["server"] = server_of(node.config)


def pytest_configure(config: pytest.Config) -> None:
    if given := getattr(config, "workerinput", {}).get("server"):
        config.stash[SERVER] = tuple(given)


def pytest_unconfigure(config: pytest.Config) -> None:
    if STACK in config.stash:
        config.stash[STACK].close()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """What async fixtures run on; they name it, so that tests which are not async may use them."""
    return "asyncio"


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest) -> Template:
    """The run's server and its migrated database without rows."""
    address, name = server_of(request.config)
    return Template(make_url(address), name)


@pytest.fixture(scope="session")
async def worker_database(
    request: pytest.FixtureRequest, template: Template, anyio_backend: str
) -> AsyncIterator[Clone]:
    """This worker's clone of the template, whatever is in it; tests take `database`."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    async with template.cloned(worker) as clone:
        yield clone


@pytest.fixture(scope="session")
async def cleaner(worker_database: Clone, anyio_backend: str) -> AsyncIterator[asyncpg.Connection]:
    async with administering(worker_database.admin) as connection:
        await connection.execute("set lock_timeout = '5s'")  # a test left a transaction open
        yield connection


@pytest.fixture(scope="session")
def snapshots(cleaner: asyncpg.Connection) -> Snapshots:
    """What many tests begin with, made once."""
    return Snapshots(cleaner)


@pytest.fixture(scope="session")
async def worker_engines(
    worker_database: Clone, anyio_backend: str
) -> AsyncIterator[tuple[AsyncEngine, AsyncEngine]]:
    async with (
        disposing(guard(worker_database.owner_engine())) as owner,
        disposing(guard(worker_database.api_engine())) as api,
    ):
        yield owner, api


@pytest.fixture
async def database(
    worker_database: Clone, cleaner: asyncpg.Connection, anyio_backend: str
) -> AsyncIterator[Clone]:
    """A database without rows, of this worker alone."""
    yield worker_database
    await cleaner.execute(cleaning())


@pytest.fixture
def owner_engine(database: Clone, worker_engines: tuple[AsyncEngine, AsyncEngine]) -> AsyncEngine:
    """As the role that migrates: owns every table, and is held by the policies all the same."""
    return worker_engines[0]


@pytest.fixture
def api_engine(database: Clone, worker_engines: tuple[AsyncEngine, AsyncEngine]) -> AsyncEngine:
    """As the API: owns nothing; `execution_options(actor=…)` says for whom."""
    return worker_engines[1]
