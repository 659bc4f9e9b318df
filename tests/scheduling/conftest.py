import pytest

from tests.asking import Acting
from tests.scheduling.setting import Setting, build_setting
from tests.snapshots import Snapshots


@pytest.fixture
async def setting(act: Acting, snapshots: Snapshots) -> Setting:
    async def make() -> Setting:
        async with act.work() as work:
            return await build_setting(work)

    return await snapshots.of("setting", make)
