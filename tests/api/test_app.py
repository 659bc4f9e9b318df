"""Health, deadlines, and what happens when the database does not answer."""

import asyncio

import httpx
import pytest
from graphql.execution import Executor
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from api import operations
from api.app import create_app
from api.database import engine
from schema.context import guard
from schema.execution import STOCK, under
from schema.root import Schema, schema
from tests.asking import SECRETS

VIEWER = {"query": "{ viewer { __typename } }"}
CREDENTIALS = {"X-Api-Key": "frn_live_a_b"}
BROWSER = {"Accept": "text/html,*/*;q=0.8"}


def client(
    engine: AsyncEngine, executor: type[Executor] = STOCK, *, page: bool = False
) -> httpx.AsyncClient:
    app = create_app(engine, SECRETS, page=page, served=under(schema, executor))
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://api")


@pytest.fixture
def nowhere() -> AsyncEngine:
    """An engine whose database is down."""
    url = URL.create("postgresql+asyncpg", "a", database="a", query={"host": "/nonexistent"})
    return guard(engine(url, "test"))


async def test_alive_touches_nothing(nowhere: AsyncEngine) -> None:
    assert (await client(nowhere).get("/livez")).text == "alive"


async def test_ready_means_the_database_answers(
    http: httpx.AsyncClient, nowhere: AsyncEngine
) -> None:
    assert (await http.get("/readyz")).json() == {"database": "reachable", "migrations": "current"}
    down = await client(nowhere).get("/readyz")
    assert (down.status_code, down.json()) == (503, {"database": "unreachable"})


async def test_database_that_is_down_is_said(nowhere: AsyncEngine) -> None:
    response = await client(nowhere).post("/graphql", json=VIEWER, headers=CREDENTIALS)
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


async def test_request_has_a_deadline(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Schema, "answer", never)
    monkeypatch.setattr(operations, "REQUEST_SECONDS", 0.01)
    response = await http.post("/graphql", json=VIEWER)
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["code"] == "TIMEOUT"


async def test_bug_is_masked(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("the client's name")

    monkeypatch.setattr(Schema, "answer", breaks)
    response = await http.post("/graphql", json=VIEWER)
    assert response.status_code == 500
    assert "name" not in response.text
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL_ERROR"


async def test_browsers_get_graphiql_only_where_it_is_on(
    http: httpx.AsyncClient, api_engine: AsyncEngine
) -> None:
    shown = await client(api_engine, page=True).get("/graphql", headers=BROWSER)
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert "connect-src 'self'" in shown.headers["content-security-policy"]
    assert "out of reach" in shown.text
    assert "{{" not in shown.text
    assert (await http.get("/graphql", headers=BROWSER)).status_code == 405


async def test_where_graphiql_is_on_anybody_may_ask_about_the_schema(
    api_engine: AsyncEngine, executor: type[Executor]
) -> None:
    asked = {"query": "{ __schema { queryType { name } } }"}
    response = await client(api_engine, executor, page=True).post("/graphql", json=asked)
    assert response.json() == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
