import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from tests.asking import SECRETS


@pytest.fixture
def http(api_engine: AsyncEngine) -> httpx.AsyncClient:
    """A client of the application, in this process."""
    transport = httpx.ASGITransport(create_app(api_engine, SECRETS))
    return httpx.AsyncClient(transport=transport, base_url="http://api")
