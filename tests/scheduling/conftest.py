import pytest

from tests.asking import Asking
from tests.scheduling.setting import Setting, build_setting
from tests.snapshots import Snapshots


@pytest.fixture
async def setting(ask: Asking, snapshots: Snapshots) -> Setting:
    async def make() -> Setting:
        async with ask.work() as work:
            return await build_setting(work)

    return await snapshots.of("setting", make)
