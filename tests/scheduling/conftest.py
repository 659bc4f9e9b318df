import pytest

from tests.asking import Asking
from tests.scheduling.setting import Setting, build_setting


@pytest.fixture
async def setting(ask: Asking) -> Setting:
    async with ask.work() as work:
        return await build_setting(work)
