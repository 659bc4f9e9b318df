import httpx
import pytest
from graphql.execution import Executor
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from schema.execution import under
from schema.root import schema
from tests.asking import SECRETS


@pytest.fixture
def http(api_engine: AsyncEngine, executor: type[Executor]) -> httpx.AsyncClient:
    """A client of the application, in this process."""
    app = create_app(api_engine, SECRETS, served=under(schema, executor))
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://api")
