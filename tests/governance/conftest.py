import pytest

from tests.asking import Asking
from tests.governance.judged import Judged, opened
from tests.snapshots import Snapshots


@pytest.fixture
async def hq(ask: Asking, snapshots: Snapshots) -> Judged:
    return await snapshots.of("judged", lambda: opened(ask))
