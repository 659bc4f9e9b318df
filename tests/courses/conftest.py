import pytest

from tests.asking import Acting
from tests.courses.shop import Shop, open_shop
from tests.snapshots import Snapshots


@pytest.fixture
async def shop(act: Acting, snapshots: Snapshots) -> Shop:
    return await snapshots.of("shop", lambda: open_shop(act))
