"""A course called off frees what its visits to come would have taken: all of it, or nothing."""

from asyncio import gather
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from schema.access.rules import SYSTEM, Actor
from schema.courses.models import CourseRow
from schema.scheduling.actions import cancelling
from schema.scheduling.rules.appointments import NotCancellable
from tests.asking import Acting, Asking
from tests.scheduling.asked import book, by, of, sold
from tests.scheduling.setting import Setting

CANCEL_COURSE = """mutation ($input: CancelCourseInput!) { cancelCourse(input: $input) {
    __typename ... on Problem { code } ... on Course { state appointments(first: 10) {
        edges { node { startsAt state cancellationReason rooms { code } } } } } } }"""
STATES = """select 'course', state, count(*) from courses group by 2
    union all select 'session', state, count(*) from course_sessions group by 2
    union all select 'appointment', state, count(*) from appointments group by 2
    union all select 'allocation', state, count(*) from allocations group by 2
    union all select 'calendar', (version - shape)::text, 1 from clinic_calendars"""
EVENTS = """select count(*) from events where name = 'appointment.cancelled'
    and payload = '{"reason": "CLIENT"}'"""
SIX_WEEKS = timedelta(weeks=6)


async def rows(act: Acting, query: str) -> list[Any]:
    async with act.engine.execution_options(actor=SYSTEM).connect() as connection:
        return sorted(map(tuple, await connection.execute(text(query))))


async def booked_course(ask: Asking, setting: Setting) -> CourseRow:
    """Three sessions, of which two are booked."""
    course = await sold(ask, setting)
    for start in (setting.at(10), setting.at(10) + SIX_WEEKS):
        done = await book(ask, setting.desk, setting.raleigh_client, start, **of(course))
        assert done["__typename"] == "Appointment"
    return course


async def call_off(ask: Asking, actor: Actor, course: CourseRow) -> Any:
    wanted = {"course": by("Course", course), "reason": "CLIENT"}
    return await ask.change(actor, CANCEL_COURSE, input=wanted)


async def test_a_course_called_off_frees_its_visits_to_come(ask: Asking, setting: Setting) -> None:
    course = await booked_course(ask, setting)
    taken = await book(ask, setting.desk, setting.partner_client, setting.at(10))
    assert taken["code"] == "SLOT_TAKEN"
    alone = await book(ask, setting.desk, setting.partner_client, setting.at(14))
    assert alone["__typename"] == "Appointment"
    done = await call_off(ask, setting.desk, course)
    assert done["state"] == "CANCELLED"
    visits = [each["node"] for each in done["appointments"]["edges"]]
    assert [each.pop("startsAt") is not None for each in visits] == [True, True]
    off: dict[str, Any] = {"state": "CANCELLED", "cancellationReason": "CLIENT", "rooms": []}
    assert visits == [off, off]
    assert await rows(ask, EVENTS) == [(2,)]
    assert ("appointment", "BOOKED", 1) in await rows(ask, STATES)  # the other client's
    assert ("calendar", "4", 1) in await rows(ask, STATES)  # three bookings, one calling off
    for start in (setting.at(10), setting.at(10) + SIX_WEEKS):
        again = await book(ask, setting.desk, setting.raleigh_client, start)
        assert again["__typename"] == "Appointment"


async def test_what_has_begun_stays_as_it_is(ask: Asking, setting: Setting) -> None:
    course = await booked_course(ask, setting)
    begun = "update appointments set starts_at = '2026-01-05T15:00Z' where starts_at = "
    async with ask.engine.execution_options(actor=SYSTEM).begin() as connection:
        await connection.execute(text(f"{begun}'{setting.at(10).isoformat()}'"))
    await call_off(ask, setting.desk, course)
    states = await rows(ask, STATES)
    assert {("appointment", "BOOKED", 1), ("appointment", "CANCELLED", 1)} <= set(states)


async def test_a_failing_change_leaves_course_and_visits(
    ask: Asking, setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails at the second visit, when the course and the first one are called off."""
    course = await booked_course(ask, setting)
    before, counts, free, freed = await rows(ask, STATES), await ask.counts(), cancelling.free, []

    async def failing(*given: Any, of: Any) -> Any:
        if freed:
            raise NotCancellable("This one stays.")
        freed.append(of)
        return await free(*given, of=of)

    monkeypatch.setattr(cancelling, "free", failing)
    problem = await call_off(ask, setting.desk, course)
    assert (len(freed), problem["code"]) == (1, "NOT_CANCELLABLE")
    assert (await rows(ask, STATES), await ask.counts()) == (before, counts)


@pytest.mark.isolation
async def test_another_clinics_course_keeps_its_visits(ask: Asking, setting: Setting) -> None:
    course = await booked_course(ask, setting)
    before, counts = await rows(ask, STATES), await ask.counts()
    for caller, code in ((setting.london_desk, "NOT_FOUND"), (setting.desk, None)):
        assert (await rows(ask, STATES), await ask.counts()) == (before, counts)
        assert (await call_off(ask, caller, course)).get("code") == code


async def test_nothing_is_booked_for_a_course_while_it_is_called_off(
    ask: Asking, setting: Setting
) -> None:
    """Whichever is first: neither waits for the other for ever."""
    course, client = await sold(ask, setting), setting.raleigh_client
    starts = [setting.at(10) + late * SIX_WEEKS for late in range(3)]
    *booked, done = await gather(
        *(book(ask, setting.desk, client, each, **of(course)) for each in starts),
        call_off(ask, setting.desk, course),
    )
    assert done["state"] == "CANCELLED"
    refusals = {each.get("code") for each in booked if each["__typename"] != "Appointment"}
    assert refusals <= {"COURSE_NOT_ACTIVE"}
    assert ("appointment", "BOOKED") not in {each[:2] for each in await rows(ask, STATES)}
