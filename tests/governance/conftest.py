import pytest

from tests.asking import Asking
from tests.governance.judged import Judged, opened


@pytest.fixture
async def hq(ask: Asking) -> Judged:
    return await opened(ask)
