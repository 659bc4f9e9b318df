import pytest

from tests.asking import Acting
from tests.governance.judged import Judged, opened
from tests.snapshots import Snapshots


@pytest.fixture
async def hq(act: Acting, snapshots: Snapshots) -> Judged:
    return await snapshots.of("judged", lambda: opened(act))
