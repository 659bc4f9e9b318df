"""The two walls between clinics, each tested alone.

A test marked `isolation` runs as built, then with `Scope.where` replaced by true (the policies must
hold), then with row-level security off on every table (the filters must hold). One marked
`scope_only` too, about an actor with different rights in two clinics, skips the second: policies
guard clinics, not permissions.
"""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import true

from schema.base import tables
from schema.scope import Scope

AS_BUILT, POLICIES_ALONE, FILTERS_ALONE = "as built", "policies alone", "filters alone"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the marked tests once for each state of the walls."""
    if metafunc.definition.get_closest_marker("isolation") is None:
        return
    states = [AS_BUILT, POLICIES_ALONE, FILTERS_ALONE]
    if metafunc.definition.get_closest_marker("scope_only"):
        states.remove(POLICIES_ALONE)
    metafunc.fixturenames.append("walls")
    metafunc.parametrize("walls", states, indirect=True)


def filters_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scope, "where", lambda self, column: true())


async def policies(connection: asyncpg.Connection, *names: str, on: bool) -> None:
    """Switch row-level security of some tables, as the database's administrator."""
    verb = "enable" if on else "disable"
    await connection.execute(
        "; ".join(f"alter table {each} {verb} row level security" for each in names)
    )


@pytest.fixture
async def walls(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, cleaner: asyncpg.Connection
) -> AsyncIterator[str]:
    """The state of the walls that the test runs in, in each database that it uses."""
    state: str = request.param
    connections = [cleaner]
    if "demo" in request.fixturenames:
        connections.append(request.getfixturevalue("demo_admin"))
    if state == POLICIES_ALONE:
        filters_off(monkeypatch)
    if state == FILTERS_ALONE:
        for connection in connections:
            await policies(connection, *tables(), on=False)
    yield state
    if state == FILTERS_ALONE:
        for connection in connections:
            await policies(connection, *tables(), on=True)
