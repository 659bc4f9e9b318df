"""What is said of a clinic's own day without looking the clinic up is true wherever it is."""

from datetime import date, timedelta

import pytest
from sqlalchemy import literal, select, text

from schema.base import execute
from schema.clinics.store import has_come, has_passed, today_in
from tests.asking import Asking
from tests.franchise import Franchise


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "Europe/London", "Pacific/Kiritimati"])
async def test_a_day_comes_and_passes_by_the_clinics_clock(
    ask: Asking, franchise: Franchise, zone: str
) -> None:
    clinic = literal(franchise.raleigh.id)
    async with ask.work() as work:
        moved = text("update clinics set time_zone = :zone where id = :id")
        await execute(work.session, moved.bindparams(zone=zone, id=franchise.raleigh.id))
        today: date = (await execute(work.session, select(today_in(clinic)))).scalar_one()
        for days in range(-3, 4):
            day = literal(today + timedelta(days))
            asked = select(has_come(day, clinic), has_passed(day, clinic))
            found = (await execute(work.session, asked)).one()
            assert tuple(found) == (days <= 0, days < 0), days
