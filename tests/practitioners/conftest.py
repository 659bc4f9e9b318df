import pytest

from tests.asking import Acting
from tests.practitioners.team import Team, build_team


@pytest.fixture
async def team(act: Acting) -> Team:
    async with act.work() as work:
        return await build_team(work)
