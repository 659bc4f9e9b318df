import pytest

from tests.asking import Asking
from tests.practitioners.team import Team, build_team


@pytest.fixture
async def team(ask: Asking) -> Team:
    async with ask.work() as work:
        return await build_team(work)
