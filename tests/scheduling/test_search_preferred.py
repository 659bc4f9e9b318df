"""The starts nearest to the preferred interval first."""

from datetime import date, datetime
from typing import Any

from tests.asking import Asking
from tests.scheduling.asked import by, sold
from tests.scheduling.searched import DAY, SEARCH, booked, days_of, of_client, on, search
from tests.scheduling.setting import NEW_YORK, Setting


async def test_the_days_nearest_to_the_best_one_come_first(ask: Asking, setting: Setting) -> None:
    """Seven weeks after the visit of Monday; of two days equally near the earlier one."""
    await booked(ask, setting, setting.at(10))
    best = setting.day + 49 * DAY
    wanted = of_client(setting.raleigh_client, on(best - 9 * DAY, best + 9 * DAY))
    found = await search(ask, setting.desk, **wanted, mode="PREFERRED")
    assert found["preferredOn"] == best.isoformat()
    assert days_of(found)[:5] == [best, best - DAY, best + DAY, best - 2 * DAY, best + 2 * DAY]
    assert days_of(found)[-2:] == [best + 8 * DAY, best + 9 * DAY]
    every = await search(ask, setting.desk, **wanted)
    assert sorted(found["starts"]) == every["starts"]
    assert found["starts"][:32] == starts_on(every, best)
    some = await search(ask, setting.desk, **wanted, mode="PREFERRED", limitPerClinic=3)
    assert some["starts"] == found["starts"][:3]


def starts_on(found: Any, day: date) -> list[str]:
    instants = {each: datetime.fromisoformat(each) for each in found["starts"]}
    return [each for each, at in instants.items() if at.astimezone(NEW_YORK).date() == day]


async def test_a_course_that_has_not_begun_prefers_the_day_that_was_planned(
    ask: Asking, setting: Setting
) -> None:
    course = await sold(ask, setting)
    window = on(setting.day, setting.day + 3 * DAY)
    wanted = {"course": by("Course", course), "window": window, "mode": "PREFERRED"}
    found = await search(ask, setting.desk, **wanted)
    assert found["preferredOn"] == course.sold_on.isoformat()
    assert days_of(found) == [setting.day + n * DAY for n in range(4)]


async def test_who_was_never_treated_prefers_no_day(ask: Asking, setting: Setting) -> None:
    wanted = of_client(setting.raleigh_client, on(setting.day), mode="PREFERRED")
    answer = await ask(setting.desk, SEARCH, input=wanted)
    assert answer.codes == ["BAD_REQUEST"]
    assert "treated before" in str(answer.errors)
