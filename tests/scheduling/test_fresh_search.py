"""What a search knows of what was booked a moment ago: by this process, and by another one."""

from datetime import datetime

import pytest

from schema.access.rules import Role
from tests.actors import everywhere
from tests.asking import Asking
from tests.database import Clone
from tests.scheduling.asked import asked, book
from tests.scheduling.processes import Confident, Process, processes
from tests.scheduling.searched import search
from tests.scheduling.setting import Setting

HQ = everywhere(Role.HQ_ANALYST)


async def offered(ask: Asking, setting: Setting, process: Process, **changed: bool) -> bool:
    """Whether this process offers ten o'clock, in Raleigh's only room."""
    ask.kept = process.kept
    found = await search(ask, HQ, **asked(setting.at(9), setting.at(12), **changed))
    return setting.at(10) in map(datetime.fromisoformat, found["starts"])


@pytest.mark.parametrize("booked_here", [True, False])
async def test_own_bookings_are_known_at_once_and_others_when_asked_for(
    ask: Asking, setting: Setting, database: Clone, booked_here: bool
) -> None:
    """Neither hears anything of the other."""
    async with processes(database, Confident(), Confident()) as (mine, other):
        mine.hears = other.hears = lambda: False
        for each in (mine, other):
            assert await offered(ask, setting, each)
        ask.kept = (mine if booked_here else other).kept
        done = await book(ask, setting.desk, setting.raleigh_client, setting.at(10))
        assert done["__typename"] == "Appointment"
        assert await offered(ask, setting, mine) is not booked_here
        assert not await offered(ask, setting, mine, fresh=True)
        assert not await offered(ask, setting, mine)
