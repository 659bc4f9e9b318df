"""Visits of courses that were sold on another version, and skin that heals, by area."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from schema.access.rules import SYSTEM, Actor, Permission
from schema.courses.actions import cancel_course, sell_course
from schema.courses.models import CourseRow
from schema.courses.rules import CourseCancellation
from schema.protocols.actions import Decision
from schema.protocols.rules import Proposal, Resolution, Variant
from tests.actors import actor_with
from tests.asking import Acting, Asking
from tests.courses.versions import (
    CLEANSE,
    MIN_DAYS,
    adoption,
    another_template,
    cleansed,
    follow,
    guard,
    law,
    next_version,
    set_own,
    spaced,
    upgrade,
)
from tests.scheduling.asked import AT, AVAILABILITY, book, by, instants, of, sold
from tests.scheduling.setting import Setting

TYPICAL = "steps.CLEANSE.minutes.typical"
DEPTH = "parameters.needle_depth_mm"
RALEIGH = {"clinics": [{"code": "RALEIGH"}]}


def minutes(visit: Any) -> int:
    assert visit["__typename"] == "Appointment", visit
    start, end = (datetime.fromisoformat(visit[each]) for each in ("startsAt", "endsAt"))
    return int((end - start).total_seconds() // 60)


def areas(*keys: str, protocol: str = "MN-MEDICAL") -> dict[str, Any]:
    return {"bookedFor": {"visit": {"protocol": {"code": protocol}, "areas": list(keys)}}}


async def booked(ask: Asking, setting: Setting, days: int, **changed: Any) -> Any:
    """A visit of Rose's, so many days after the Monday of the setting."""
    start = setting.at(10) + timedelta(days)
    return await book(ask, setting.desk, setting.raleigh_client, start, **changed)


async def refused(ask: Asking, setting: Setting, days: int, **changed: Any) -> Any:
    before = await ask.counts()
    problem = await booked(ask, setting, days, **changed)
    assert await ask.counts() == before
    return problem


async def too_short(ask: Asking, setting: Setting, days: int, **changed: Any) -> str:
    """What is said of a visit that is too close to another."""
    problem = await refused(ask, setting, days, **changed)
    assert (problem["code"], problem["field"]) == (
        "INTERVAL_TOO_SHORT",
        f"{AT}.startsAt",
    ), problem
    return str(problem["retry"])


async def sold_at(act: Acting, setting: Setting, depth: str) -> CourseRow:
    await sold(act, setting)  # sets the price
    row = await adoption(act)
    async with act.work() as work:
        return await sell_course(
            work,
            client=setting.raleigh_client.id,
            clinic_protocol=row.id,
            areas=["FACE"],
            variant=Variant(depth_mm=Decimal(depth)),
        )


async def test_a_courses_visit_is_of_its_own_version_with_the_clinics_values_under_it(
    ask: Asking, setting: Setting
) -> None:
    """Raleigh cleanses for 10 minutes under version 1; version 2 wants 15, and Raleigh takes it."""
    await set_own(ask, CLEANSE, 15)
    await set_own(ask, TYPICAL, 10)
    course = await sold(ask, setting)
    await next_version(ask, cleansed(15))
    take = Resolution(Proposal.TAKE)
    await upgrade(ask, decisions=[Decision(CLEANSE, take), Decision(TYPICAL, take)])
    assert minutes(await booked(ask, setting, 0, **of(course))) == 80
    assert minutes(await booked(ask, setting, 1, **areas("NECK"))) == 85
    shown = await ask.data(
        setting.desk,
        "{ appointments(first: 10) { edges { node { course { version { number } } } } } }",
    )
    versions = [each["node"]["course"] for each in shown["appointments"]["edges"]]
    assert versions == [{"version": {"number": 1}}, None]


async def free(ask: Asking, actor: Actor, setting: Setting, **wanted: Any) -> Any:
    """What is free on the Monday of the setting."""
    window = instants(setting.at(0), setting.at(23))
    return await ask(actor, AVAILABILITY, input={"window": window, **wanted})


async def test_a_courses_visit_is_looked_for_as_it_was_sold(ask: Asking, setting: Setting) -> None:
    """It ends before closing, at six, by its own minutes."""
    course = await sold(ask, setting)
    await follow(ask, cleansed(15))
    for wanted, minutes, last in (
        ({"course": {"code": course.code}}, 75, setting.at(16, 45)),
        ({"course": by("Course", course)}, 75, setting.at(16, 45)),
        ({"where": RALEIGH, **areas("FACE")["bookedFor"]}, 85, setting.at(16, 30)),
    ):
        answer = await free(ask, setting.desk, setting, **wanted)
        (found,) = answer.data["availability"]["clinics"]
        assert found["clinic"] == {"code": "RALEIGH"}
        assert found["durations"]["total"] == {"typical": minutes}
        assert datetime.fromisoformat(found["starts"][-1]) == last


async def test_what_the_law_forbids_by_now_is_not_found_free(ask: Asking, setting: Setting) -> None:
    deep = await sold_at(ask, setting, "1.5")
    await law(ask, f"{DEPTH}.ceiling", "1.25")
    answer = await free(ask, setting.desk, setting, course={"code": deep.code})
    (found,) = answer.data["availability"]["clinics"]
    assert found["problem"] == {"code": "DEPTH_NOT_ALLOWED", "field": "course"}
    assert (found["starts"], found["durations"]) == ([], None)


async def test_a_courses_visit_is_looked_for_by_who_may_see_the_course(
    ask: Asking, setting: Setting
) -> None:
    course = await sold(ask, setting)
    raleigh = [setting.franchise.raleigh.id]
    wanted = {"course": {"code": course.code}}
    searcher = actor_with(raleigh, Permission.AVAILABILITY_READ)
    assert (await free(ask, searcher, setting, **wanted)).codes == ["FORBIDDEN"]
    assert (await free(ask, setting.london_desk, setting, **wanted)).codes == ["BAD_REQUEST"]
    assert (await free(ask, setting.desk, setting, course={"code": "K-0"})).codes == ["BAD_REQUEST"]
    async with ask.work() as work:
        await cancel_course(work, course=course.id, reason=CourseCancellation.CLIENT)
    answer = await free(ask, setting.desk, setting, **wanted)
    assert answer.codes == ["BAD_REQUEST"]
    assert answer.errors[0]["message"] == "This course is cancelled."


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"where": {"clinics": [{"code": "RALEIGH"}]}},
        {"visit": {"protocol": {"code": "MN-MEDICAL"}}},
        {"where": {"clinics": [{"code": "RALEIGH"}]}, "course": {"code": "K-0"}},
    ],
)
async def test_a_search_is_for_a_visit_somewhere_or_for_a_course(
    ask: Asking, setting: Setting, wanted: dict[str, Any]
) -> None:
    answer = await free(ask, setting.desk, setting, **wanted)
    assert answer.codes == ["BAD_REQUEST"]
    assert "for a `course` alone" in answer.errors[0]["message"]


async def test_what_the_clinic_sets_under_its_new_version_does_not_reach_the_course(
    ask: Asking, setting: Setting
) -> None:
    course = await sold(ask, setting)
    await follow(ask, cleansed(15))
    assert minutes(await booked(ask, setting, 0, **of(course))) == 75
    later = await sold(ask, setting)
    assert minutes(await booked(ask, setting, 42, **of(later))) == 85


async def test_a_law_that_tightens_meanwhile_lifts_the_interval_of_a_course(
    ask: Asking, setting: Setting
) -> None:
    course = await sold(ask, setting)
    assert minutes(await booked(ask, setting, 0, **of(course))) == 75
    await law(ask, MIN_DAYS, 49)
    assert await too_short(ask, setting, 48, **of(course)) == "NEW_SLOT"
    assert minutes(await booked(ask, setting, 49, **of(course))) == 75
    assert course.min_days == 42


async def test_a_law_lifts_it_after_the_clinic_left_its_version_as_well(
    ask: Asking, setting: Setting
) -> None:
    course = await sold(ask, setting)
    await follow(ask, spaced(28, 42, 56))
    await booked(ask, setting, 0, **of(course))
    await too_short(ask, setting, 41, **of(course))
    await law(ask, MIN_DAYS, 45)
    await too_short(ask, setting, 44, **of(course))
    assert (await booked(ask, setting, 45, **of(course)))["__typename"] == "Appointment"


@pytest.mark.parametrize("days", [28, 49])
async def test_what_the_clinic_sets_later_does_not_reach_what_was_sold(
    ask: Asking, setting: Setting, days: int
) -> None:
    """Neither a shorter interval nor a longer one; single visits follow it."""
    course = await sold(ask, setting)
    await set_own(ask, MIN_DAYS, days)
    await booked(ask, setting, 0, **of(course))
    await too_short(ask, setting, 41, **of(course))
    await too_short(ask, setting, days - 1)
    assert (await booked(ask, setting, 42, **of(course)))["__typename"] == "Appointment"


async def test_what_the_law_forbids_by_now_is_not_booked(ask: Asking, setting: Setting) -> None:
    """At 1.5 mm when it was sold; by law, 1.25 mm is the deepest."""
    deep = await sold_at(ask, setting, "1.5")
    shallow = await sold_at(ask, setting, "1.25")
    await law(ask, f"{DEPTH}.ceiling", "1.25")
    problem = await refused(ask, setting, 0, **of(deep))
    assert (problem["__typename"], problem["code"]) == ("RuleProblem", "DEPTH_NOT_ALLOWED")
    assert problem["field"] == f"{AT}.bookedFor.course"
    assert (await booked(ask, setting, 0, **of(shallow)))["__typename"] == "Appointment"


async def test_no_course_is_booked_below_the_guard_whatever_its_row_says(
    ask: Asking, setting: Setting
) -> None:
    await follow(ask, spaced(10, 21, 28, guard(10, "HANDS")))
    course = await sold(ask, setting)
    assert course.min_days == 14
    async with ask.engine.execution_options(actor=SYSTEM).begin() as connection:
        await connection.execute(text("update courses set min_days = 1"))
    await booked(ask, setting, 0, **of(course))
    await too_short(ask, setting, 13, **of(course))
    assert (await booked(ask, setting, 14, **of(course)))["__typename"] == "Appointment"


async def test_single_visits_wait_for_the_areas_they_are_for(ask: Asking, setting: Setting) -> None:
    """Ten days for hands, two weeks for a face, and for both at once."""
    await follow(ask, spaced(10, 21, 28, guard(10, "HANDS")))
    for key, days in (("HANDS", 10), ("FACE", 14)):
        await booked(ask, setting, 0 if key == "HANDS" else 1, **areas(key))
        late = days if key == "HANDS" else days + 1
        await too_short(ask, setting, late - 1, **areas(key))
        assert (await booked(ask, setting, late, **areas(key)))["__typename"] == "Appointment"
    await too_short(ask, setting, 28, **areas("FACE", "HANDS"))


async def test_what_is_booked_heals_whatever_comes_next(ask: Asking, setting: Setting) -> None:
    """Before a visit its interval counts, after it also how long its skin heals."""
    await follow(ask, spaced(20, 21, 28, guard(28, "FACE")))
    await another_template(ask, spaced(14, 14, 28))
    other = areas("FACE", protocol="MN-OTHER")
    await booked(ask, setting, 0, **areas("FACE", "NECK"))
    await too_short(ask, setting, 27, **other)
    await too_short(ask, setting, 13, **areas("NECK", protocol="MN-OTHER"))
    for days, wanted in ((14, areas("NECK", protocol="MN-OTHER")), (28, other)):
        assert (await booked(ask, setting, days, **wanted))["__typename"] == "Appointment"
