import pytest

from tests.asking import Acting
from tests.practitioners.team import Team, build_team
from tests.snapshots import Snapshots


@pytest.fixture
async def team(act: Acting, snapshots: Snapshots) -> Team:
    async def make() -> Team:
        async with act.work() as work:
            return await build_team(work)

    return await snapshots.of("team", make)
