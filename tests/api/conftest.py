from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from graphql.execution import Executor
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from schema.execution import under
from schema.root import schema
from tests.asking import SECRETS

#: What makes a client of an application that is given more than every one is.
ClientOf = Callable[..., httpx.AsyncClient]
#: The members of a request → its answer.
Asked = Callable[..., Awaitable[Any]]


@pytest.fixture
def client_of(api_engine: AsyncEngine, executor: type[Executor]) -> ClientOf:
    def made(**given: Any) -> httpx.AsyncClient:
        app = create_app(api_engine, SECRETS, served=under(schema, executor), **given)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api")

    return made


@pytest.fixture
def http(client_of: ClientOf) -> httpx.AsyncClient:
    """A client of the application, in this process."""
    return client_of()


@pytest.fixture
def asking(http: httpx.AsyncClient) -> Asked:
    return asked_of(http)


def asked_of(http: httpx.AsyncClient) -> Asked:
    async def asked(**members: Any) -> Any:
        return (await http.post("/graphql", json=members)).json()

    return asked
