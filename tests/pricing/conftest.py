import pytest

from tests.asking import Acting
from tests.pricing.practice import Practice, opened
from tests.snapshots import Snapshots


@pytest.fixture
async def practice(act: Acting, snapshots: Snapshots) -> Practice:
    return await snapshots.of("practice", lambda: opened(act))
