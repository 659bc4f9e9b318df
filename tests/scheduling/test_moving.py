"""Moving visits: never in their own way, freed and taken in one version, or left as they were."""

from datetime import timedelta
from typing import Any

import pytest

from schema.access.rules import Actor
from schema.clinics.actions import change_clinic_status
from schema.clinics.rules import ClinicStatus
from schema.courses.rules import IntervalTooShort
from schema.errors import NotFound
from schema.practitioners.actions import assign_practitioner
from schema.scheduling.actions import cancel_appointment, move_appointment, set_booking_rules
from schema.scheduling.models import AppointmentRow
from schema.scheduling.rules import CancellationReason, SlotTaken
from schema.scheduling.rules.appointments import (
    ClinicNotBookable,
    NotMovable,
    PractitionerNotSuitable,
    StartNotBookable,
)
from schema.scheduling.rules.booking import DailyLimitReached
from tests.asking import Acting, Asking
from tests.courses.versions import cleansed, follow
from tests.scheduling.asked import book as book_by_input
from tests.scheduling.asked import global_id, of, sold
from tests.scheduling.holding import assert_calendars_agree, at_time, book, desk, hold, rows
from tests.scheduling.setting import Setting, register

DAY = timedelta(days=1)
LIVE = "select resource_no, starts_at from allocations where state = 'BOOKED'"
VERSIONS = "select sum(version) from clinic_calendars"
MOVE = """mutation ($input: MoveAppointmentInput!) { moveAppointment(input: $input) { __typename
    ... on Appointment { startsAt endsAt state practitioners { code } }
    ... on Problem { code } ... on RuleProblem { field }
    ... on SlotTakenProblem { nextFree } } }"""


async def move(
    act: Acting, setting: Setting, row: AppointmentRow, starts_at: Any, **given: Any
) -> AppointmentRow:
    actor: Actor = given.pop("actor", desk(setting))
    async with at_time(act, actor, given.pop("after", timedelta())) as work:
        return await move_appointment(work, appointment_id=row.id, starts_at=starts_at, **given)


async def test_a_visit_is_not_in_its_own_way(act: Acting, setting: Setting) -> None:
    """A quarter of an hour later: the room, the pen and the nurse are its own."""
    row = await book(act, setting, setting.at(10), practitioner="ANA")
    ((before,),) = await rows(act, VERSIONS)
    moved = await move(act, setting, row, setting.at(10, 15), practitioner="ANA")
    assert (moved.starts_at, moved.ends_at) == (setting.at(10, 15), setting.at(11, 30))
    assert await rows(act, VERSIONS) == [(before + 1,)]
    taken = await rows(act, LIVE)
    assert len(taken) == 5
    assert min(start for _, start in taken) == setting.at(10, 15)
    await assert_calendars_agree(act, setting)
    names = "select name, payload->>'moved_from' from events where name like 'appointment.moved'"
    assert len(await rows(act, names)) == 1


async def test_what_it_leaves_is_free_and_what_it_takes_is_not(
    act: Acting, setting: Setting
) -> None:
    row = await book(act, setting, setting.at(10))
    async with act.work() as work:
        other = await register(work, "RALEIGH", "Other")
    await move(act, setting, row, setting.at(14) + DAY)
    await book(act, setting, setting.at(10), client=other)
    before = await act.contents()
    with pytest.raises(SlotTaken):
        await book(act, setting, setting.at(14) + DAY, client=setting.partner_client)
    with pytest.raises(SlotTaken) as refused:
        await move(act, setting, row, setting.at(10, 15))
    assert refused.value.next_free[0] == setting.at(11, 30)
    assert await act.contents() == before
    await assert_calendars_agree(act, setting)


async def test_a_shared_nurse_is_freed_and_taken_elsewhere_too(
    act: Acting, setting: Setting
) -> None:
    london: dict[str, Any] = {"actor": setting.london_desk, "client": setting.london_client}
    row = await book(act, setting, setting.at(10), practitioner="BEA")
    await assert_calendars_agree(act, setting)
    with pytest.raises(SlotTaken):
        await book(act, setting, setting.at(10), clinic="LONDON", **london)
    await move(act, setting, row, setting.at(14), practitioner="BEA")
    await assert_calendars_agree(act, setting)
    there = await book(act, setting, setting.at(10), clinic="LONDON", **london)
    await assert_calendars_agree(act, setting)
    before = await act.contents()
    with pytest.raises(SlotTaken):
        await move(act, setting, row, setting.at(10), practitioner="BEA")
    assert await act.contents() == before
    moved = await move(act, setting, row, setting.at(10))
    assert moved.starts_at == there.starts_at
    await assert_calendars_agree(act, setting)


async def test_it_does_not_count_against_its_own_interval_course_or_day(
    act: Acting, setting: Setting
) -> None:
    async with act.work() as work:
        await set_booking_rules(
            work,
            clinic="RALEIGH",
            expected_revision=0,
            terms={"most_visits_a_day": 1, "most_visits_a_practitioner": 1},
        )
    course = await sold(act, setting, sessions=1)
    row = await book(act, setting, setting.at(10), wish=None, course=course.code)
    moved = await move(act, setting, row, setting.at(14))
    assert moved.course_id == course.id
    before = await act.contents()
    with pytest.raises(DailyLimitReached):
        await book(act, setting, setting.at(10), client=setting.partner_client)
    assert await act.contents() == before
    other = await book(act, setting, setting.at(10) + DAY, client=setting.partner_client)
    before = await act.contents()
    with pytest.raises(DailyLimitReached):
        await move(act, setting, other, setting.at(10))
    assert await act.contents() == before


async def test_other_visits_of_the_client_count(act: Acting, setting: Setting) -> None:
    row = await book(act, setting, setting.at(10))
    later = await book(act, setting, setting.at(10) + 42 * DAY)
    before = await act.contents()
    with pytest.raises(IntervalTooShort):
        await move(act, setting, later, setting.at(10) + 41 * DAY)
    assert await act.contents() == before
    assert (await move(act, setting, row, setting.at(10) - DAY)).state == "BOOKED"


async def test_it_stays_what_it_was_booked_for(act: Acting, setting: Setting) -> None:
    """Cleansing takes ten minutes longer by now; a visit booked before takes what it took."""
    row = await book(act, setting, setting.at(10))
    await sold(act, setting)
    await follow(act, cleansed(15))
    moved = await move(act, setting, row, setting.at(14))
    assert moved.version_id == row.version_id
    assert moved.ends_at - moved.starts_at == timedelta(minutes=75)


async def test_what_cannot_be_moved_is_refused_and_nothing_is_written(
    act: Acting, setting: Setting
) -> None:
    row = await book(act, setting, setting.at(10))
    off = await book(act, setting, setting.at(10) + 60 * DAY, client=setting.partner_client)
    async with act.work() as work:
        await cancel_appointment(work, appointment_id=off.id, reason=CancellationReason.CLIENT)
    before = await act.contents()
    with pytest.raises(NotFound):
        await move(act, setting, row, setting.at(14), actor=setting.partner)
    with pytest.raises(NotMovable):
        await move(act, setting, off, setting.at(14))
    with pytest.raises(StartNotBookable):
        await move(act, setting, row, setting.at(14, 3))
    with pytest.raises(NotMovable):
        await move(act, setting, row, setting.at(14) + 90 * DAY, after=70 * DAY)
    with pytest.raises(NotFound):
        await move(act, setting, row, setting.at(14), practitioner="NOBODY")
    assert await act.contents() == before
    async with act.work() as work:
        await change_clinic_status(work, clinic="RALEIGH", status=ClinicStatus.SUSPENDED)
    before = await act.contents()
    with pytest.raises(ClinicNotBookable):
        await move(act, setting, row, setting.at(14))
    assert await act.contents() == before


async def test_who_may_not_treat_so_is_refused(act: Acting, setting: Setting) -> None:
    """ANA works in London by then, but her licence is North Carolina's."""
    async with act.work() as work:
        await assign_practitioner(
            work, practitioner="ANA", clinic="LONDON", from_on=setting.day - 9 * DAY
        )
    london = {"actor": setting.london_desk, "client": setting.london_client}
    row = await book(act, setting, setting.at(10), clinic="LONDON", **london)
    before = await act.contents()
    with pytest.raises(PractitionerNotSuitable):
        await move(act, setting, row, setting.at(8), practitioner="ANA", actor=setting.london_desk)
    assert await act.contents() == before
    await assert_calendars_agree(act, setting)


async def test_held_then_booked_then_moved_keeps_one_name(act: Acting, setting: Setting) -> None:
    held = await hold(act, setting, setting.at(10))
    row = await book(act, setting, slot_hold=held.id)
    for hour in (12, 15, 12):
        await move(act, setting, row, setting.at(hour))
        await assert_calendars_agree(act, setting)
    keys = await rows(act, "select distinct slot_hold_id from allocations where state = 'BOOKED'")
    assert keys == [(held.id,)]


async def test_a_visit_is_moved_through_graphql(ask: Asking, setting: Setting) -> None:
    course = await sold(ask, setting)
    done = await book_by_input(
        ask, setting.desk, setting.raleigh_client, setting.at(10), **of(course)
    )
    wanted = {"id": done["id"], "startsAt": setting.at(14).isoformat()}
    moved = await ask.change(setting.desk, MOVE, input={**wanted, "practitioner": {"code": "BEA"}})
    assert moved["practitioners"] == [{"code": "BEA"}]
    before = await ask.contents()
    refusals = {}
    for actor in (setting.london_desk, setting.partner):
        refusals[actor.kind] = (await ask.change(actor, MOVE, input=wanted))["code"]
    assert set(refusals.values()) == {"NOT_FOUND"}
    nothing = {**wanted, "id": global_id("Appointment", setting.raleigh_client)}
    assert (await ask.change(setting.desk, MOVE, input=nothing))["code"] == "NOT_FOUND"
    closed = {**wanted, "startsAt": setting.at(20).isoformat()}
    problem = await ask.change(setting.desk, MOVE, input=closed)
    assert problem["code"] == "SLOT_TAKEN"
    assert problem["nextFree"]
    assert await ask.contents() == before
