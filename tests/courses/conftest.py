import pytest

from tests.asking import Asking
from tests.courses.shop import Shop, open_shop


@pytest.fixture
async def shop(ask: Asking) -> Shop:
    return await open_shop(ask)
