"""Holding starts, by the actions and through GraphQL: nobody else gets what is held."""

from asyncio import gather
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from schema.access.rules import Actor, Permission, Role
from schema.base import new_id
from schema.clinics.actions import change_clinic_status
from schema.clinics.rules import ClinicStatus
from schema.courses.rules import IntervalTooShort
from schema.errors import NotFound
from schema.practitioners import actions as practitioners
from schema.scheduling.actions import (
    cancel_appointment,
    extend_slot_hold,
    move_appointment,
    release_slot_hold,
)
from schema.scheduling.models import SlotHoldRow
from schema.scheduling.rules import CancellationReason, SlotHoldState, SlotTaken
from schema.scheduling.rules.appointments import ClinicNotBookable, StartNotBookable
from schema.scheduling.rules.slot_holds import (
    HoldExpired,
    HoldNotExtendable,
    InvalidHoldTime,
    TooManyHolds,
)
from schema.scheduling.rules.slots import Slot, SlotTokenRefused
from schema.scheduling.store.slot_tokens import seal_slot
from tests.actors import actor_with, person_in
from tests.asking import SECRETS, Acting, Asking
from tests.courses.versions import adoption
from tests.scheduling.asked import BOOK, by, global_id, of, sold
from tests.scheduling.asked import book as book_by_input
from tests.scheduling.holding import assert_calendars_agree, at_time, book, desk, hold, rows
from tests.scheduling.setting import CONSULTATION, Setting, register

MINUTE = timedelta(minutes=1)
WEEK = timedelta(weeks=1)
TAKEN = "select state, count(*) from allocations group by state order by state"
HOLD = """mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { __typename
    ... on SlotHold { id startsAt endsAt expiresAt state clinic { code } }
    ... on Problem { code } ... on RuleProblem { field } ... on NotFoundProblem { field }
    ... on SlotTakenProblem { nextFree } } }"""
EXTEND = """mutation ($input: ExtendSlotHoldInput!) { extendSlotHold(input: $input) { __typename
    ... on SlotHold { expiresAt state } ... on Problem { code } } }"""
RELEASE = """mutation ($input: ReleaseSlotHoldInput!) { releaseSlotHold(input: $input) { __typename
    ... on SlotHold { state } ... on Problem { code } } }"""
SHOWN = """query ($id: ID!) { node(id: $id) { ... on SlotHold { state
    appointment { startsAt } } } }"""


def another_desk(setting: Setting) -> Actor:
    return person_in(Role.FRONT_DESK, [setting.franchise.raleigh.id])


async def test_what_is_held_is_free_for_nobody_else(ask: Asking, setting: Setting) -> None:
    row = await hold(ask, setting, setting.at(10))
    assert (row.starts_at, row.ends_at) == (setting.at(10), setting.at(11, 15))
    assert row.expires_at - row.created_at == 5 * MINUTE
    assert await rows(ask, TAKEN) == [("HELD", 4)]  # room, device, twice the operator
    before = await ask.contents()
    for attempt in (hold, book):
        with pytest.raises(SlotTaken):
            await attempt(ask, setting, setting.at(10, 15), actor=another_desk(setting))
    assert await ask.contents() == before
    await assert_calendars_agree(ask, setting)


async def test_a_hold_becomes_the_visit_that_was_held(act: Acting, setting: Setting) -> None:
    """With the very resources, and the client's own time."""
    held = await hold(act, setting, setting.at(10), practitioner="BEA")
    numbers = "select resource_no, starts_at from allocations where resource_kind <> 'CLIENT'"
    before = sorted(await rows(act, numbers))
    row = await book(act, setting, slot_hold=held.id)
    assert row.starts_at == setting.at(10)
    assert sorted(await rows(act, numbers)) == before
    assert await rows(act, TAKEN) == [("BOOKED", 5)]
    states = await rows(act, "select state, appointment_id from slot_holds")
    assert states == [("CONFIRMED", row.id)]
    await assert_calendars_agree(act, setting)
    contents = await act.contents()
    with pytest.raises(HoldExpired):
        await book(act, setting, slot_hold=held.id)
    assert await act.contents() == contents


async def test_a_confirmed_visit_is_called_off_and_moved_like_any(
    act: Acting, setting: Setting
) -> None:
    held = await hold(act, setting, setting.at(10))
    row = await book(act, setting, slot_hold=held.id)
    async with act.work(desk(setting)) as work:
        await move_appointment(work, appointment_id=row.id, starts_at=setting.at(14))
    await assert_calendars_agree(act, setting)
    async with act.work(desk(setting)) as work:
        await cancel_appointment(work, appointment_id=row.id, reason=CancellationReason.CLIENT)
    await assert_calendars_agree(act, setting)
    assert [each[0] for each in await rows(act, TAKEN)] == ["FREED"]


async def test_what_expired_is_free_and_no_longer_its_holders(
    act: Acting, setting: Setting
) -> None:
    held = await hold(act, setting, setting.at(10))
    late = 5 * MINUTE
    before = await act.contents()
    for attempt in (
        book(act, setting, after=late, slot_hold=held.id),
        _extend(act, setting, held, after=late),
        _release(act, setting, held, after=late),
    ):
        with pytest.raises(HoldExpired):
            await attempt
    assert await act.contents() == before
    await assert_calendars_agree(act, setting, late)
    row = await book(act, setting, setting.at(10), after=late, actor=another_desk(setting))
    assert await rows(act, TAKEN) == [("BOOKED", 5), ("FREED", 4)]
    assert row.starts_at == held.starts_at
    await assert_calendars_agree(act, setting, late)


async def test_what_another_clinic_held_of_a_shared_person_and_let_expire_is_free_here(
    act: Acting, setting: Setting
) -> None:
    london = {"actor": setting.london_desk, "clinic": "LONDON"}
    await hold(act, setting, setting.at(10), **london)
    await assert_calendars_agree(act, setting)
    with pytest.raises(SlotTaken):
        await hold(act, setting, setting.at(10), practitioner="BEA")
    late = 5 * MINUTE
    row = await hold(act, setting, setting.at(10), practitioner="BEA", after=late)
    assert row.starts_at == setting.at(10)
    await assert_calendars_agree(act, setting, late)
    with pytest.raises(SlotTaken):
        await hold(act, setting, setting.at(10), after=late, **london)


async def _extend(act: Acting, setting: Setting, row: SlotHoldRow, **at: Any) -> SlotHoldRow:
    minutes = at.pop("minutes", 5)
    async with at_time(act, at.pop("actor", desk(setting)), **at) as work:
        return await extend_slot_hold(work, slot_hold_id=row.id, minutes=minutes)


async def _release(act: Acting, setting: Setting, row: SlotHoldRow, **at: Any) -> SlotHoldRow:
    async with at_time(act, at.pop("actor", desk(setting)), **at) as work:
        return await release_slot_hold(work, slot_hold_id=row.id)


async def test_a_hold_is_extended_once_and_15_minutes_in_all(act: Acting, setting: Setting) -> None:
    held = await hold(act, setting, setting.at(10))
    before = await act.contents()
    for minutes in (0, 11):
        with pytest.raises(InvalidHoldTime):
            await _extend(act, setting, held, minutes=minutes)
    assert await act.contents() == before
    longer = await _extend(act, setting, held, minutes=10)
    assert longer.expires_at - held.created_at == 15 * MINUTE
    await assert_calendars_agree(act, setting, 6 * MINUTE)
    before = await act.contents()
    with pytest.raises(HoldNotExtendable):
        await _extend(act, setting, held, after=6 * MINUTE)
    assert await act.contents() == before
    assert (await book(act, setting, after=14 * MINUTE, slot_hold=held.id)).state == "BOOKED"


@pytest.mark.parametrize("minutes", [0, -5, 16])
async def test_a_start_is_held_for_some_minutes(
    act: Acting, setting: Setting, minutes: int
) -> None:
    before = await act.contents()
    with pytest.raises(InvalidHoldTime):
        await hold(act, setting, setting.at(10), minutes=minutes)
    assert await act.contents() == before


async def test_what_is_released_is_free_at_once(act: Acting, setting: Setting) -> None:
    held = await hold(act, setting, setting.at(10))
    released = await _release(act, setting, held)
    assert released.state == SlotHoldState.RELEASED
    await assert_calendars_agree(act, setting)
    await book(act, setting, setting.at(10), actor=another_desk(setting))
    with pytest.raises(HoldExpired):
        await _release(act, setting, held)


async def test_a_hold_is_its_holders_alone(act: Acting, setting: Setting) -> None:
    held = await hold(act, setting, setting.at(10))
    before = await act.contents()
    for actor in (another_desk(setting), setting.partner, setting.london_desk):
        for attempt in (
            book(act, setting, actor=actor, slot_hold=held.id, external_reference="B-1"),
            _extend(act, setting, held, actor=actor),
            _release(act, setting, held, actor=actor),
        ):
            with pytest.raises(NotFound, match=r"^No such slot hold\.$"):
                await attempt
    assert await act.contents() == before


async def test_people_hold_five_starts_and_partners_twenty(act: Acting, setting: Setting) -> None:
    for actor, most in ((desk(setting), 5), (setting.partner, 20)):
        for number in range(most):
            start = setting.at(10) + (number + (most == 20) * 10) * timedelta(days=1)
            await hold(act, setting, start, actor=actor, wish=CONSULTATION)
        before = await act.contents()
        with pytest.raises(TooManyHolds):
            await hold(act, setting, setting.at(10) + 40 * timedelta(days=1), actor=actor)
        assert await act.contents() == before
    await hold(act, setting, setting.at(12), actor=another_desk(setting), wish=CONSULTATION)
    later = setting.at(10) + 40 * timedelta(days=1)
    await hold(act, setting, later, actor=desk(setting), after=5 * MINUTE)


async def test_a_hold_is_refused_like_a_booking_of_the_slot(act: Acting, setting: Setting) -> None:
    before = await act.contents()
    for start in (setting.at(10, 3), setting.at(10) - 8 * WEEK, setting.at(10) + 60 * WEEK):
        with pytest.raises(StartNotBookable):
            await hold(act, setting, start)
    with pytest.raises(NotFound):
        await hold(act, setting, setting.at(10), client=setting.london_client.id)
    assert await act.contents() == before
    async with act.work() as work:
        await change_clinic_status(work, clinic="RALEIGH", status=ClinicStatus.SUSPENDED)
    held_before = await act.contents()
    with pytest.raises(ClinicNotBookable):
        await hold(act, setting, setting.at(10))
    assert await act.contents() == held_before


async def test_all_is_checked_again_when_it_is_booked(act: Acting, setting: Setting) -> None:
    """BEA was held, and is away by now."""
    held = await hold(act, setting, setting.at(10), practitioner="BEA")
    async with act.work() as work:
        await practitioners.add_time_off(
            work,
            practitioner="BEA",
            starts_at=setting.at(8),
            ends_at=setting.at(20),
            reason="Unwell",
        )
    before = await act.contents()
    with pytest.raises(SlotTaken):
        await book(act, setting, slot_hold=held.id)
    assert await act.contents() == before


async def test_a_client_who_is_elsewhere_meanwhile_is_not_booked(
    act: Acting, setting: Setting
) -> None:
    """The slot was held without a client; with one, the client's time is held as well."""
    held = await hold(act, setting, setting.at(10))
    async with act.work() as work:
        await register(work, "RALEIGH", "Somebody")
    named = await hold(
        act, setting, setting.at(14), client=setting.raleigh_client.id, wish=CONSULTATION
    )
    assert ("HELD", 4 + 3) in await rows(act, TAKEN)
    before = await act.contents()
    with pytest.raises(NotFound):
        await book(act, setting, slot_hold=named.id, client=setting.partner_client)
    assert await act.contents() == before
    await book(act, setting, slot_hold=named.id)
    assert (await book(act, setting, slot_hold=held.id)).starts_at == setting.at(10)


async def test_the_next_session_of_a_course_is_held_and_booked(
    act: Acting, setting: Setting
) -> None:
    course = await sold(act, setting)
    held = await hold(act, setting, setting.at(10), wish=None, course=course.code)
    assert held.client_id == setting.raleigh_client.id
    row = await book(act, setting, slot_hold=held.id)
    assert row.course_id == course.id


def held_at(setting: Setting, **changed: Any) -> dict[str, Any]:
    visit = {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"]}
    at = {
        "clinic": {"code": "RALEIGH"},
        "startsAt": setting.at(10).isoformat(),
        "bookedFor": {"visit": visit},
    }
    return {"slot": {"at": {**at, **changed}}}


async def test_a_partner_holds_prolongs_and_books_through_graphql(
    ask: Asking, setting: Setting
) -> None:
    partner = setting.partner
    held = await ask.change(partner, HOLD, input=held_at(setting))
    assert held["state"] == "HELD"
    assert held["clinic"] == {"code": "RALEIGH"}
    identity = held["id"]
    longer = await ask.change(partner, EXTEND, input={"id": identity})
    assert longer["state"] == "HELD"
    booking = {
        "client": by("Client", setting.partner_client),
        "slot": {"hold": identity},
        "externalReference": "B-1",
    }
    done = await ask.change(partner, BOOK, input=booking)
    assert done["__typename"] == "Appointment"
    again = await ask.change(partner, BOOK, input={**booking, "externalReference": "B-2"})
    assert (again["code"], again["field"]) == ("HOLD_EXPIRED", "slot.hold")
    over = await ask.change(partner, RELEASE, input={"id": identity})
    assert over["code"] == "HOLD_EXPIRED"
    shown = await ask.data(desk(setting), SHOWN, id=identity)
    assert shown["node"]["state"] == "CONFIRMED"
    assert shown["node"]["appointment"] is not None


async def test_problems_say_where_in_the_input_they_are(ask: Asking, setting: Setting) -> None:
    before = await ask.contents()
    wrong = held_at(setting, practitioner={"code": "NOBODY"})
    problem = await ask.change(desk(setting), HOLD, input=wrong)
    assert (problem["code"], problem["field"]) == ("NOT_FOUND", "slot.at.practitioner")
    problem = await ask.change(desk(setting), HOLD, input={"slot": {"token": "made up"}})
    assert (problem["code"], problem["field"]) == ("SLOT_TOKEN_REFUSED", "slot.token")
    assert await ask.contents() == before


async def test_who_sees_a_hold(ask: Asking, setting: Setting) -> None:
    """Its holder, and the clinic's people; no other partner, no other clinic."""
    row = await hold(ask, setting, setting.at(10), actor=setting.partner)
    identity = global_id("SlotHold", row)
    other = replace(setting.partner, id=new_id())
    elsewhere = actor_with([setting.franchise.london.id], Permission.APPOINTMENTS_BOOK)
    for actor, seen in (
        (setting.partner, True),
        (desk(setting), True),
        (other, False),
        (setting.london_desk, False),
        (elsewhere, False),
    ):
        shown = await ask(actor, SHOWN.replace("appointment { startsAt }", ""), id=identity)
        assert (shown.data == {"node": {"state": "HELD"}}) is seen, (actor.kind, shown)
    async with ask.engine.execution_options(actor=desk(setting)).begin() as connection:
        await connection.exec_driver_sql(
            "update slot_holds set expires_at = created_at - interval '1 minute'"
        )
    shown = await ask(desk(setting), SHOWN, id=identity)
    assert shown.data == {"node": {"state": "EXPIRED", "appointment": None}}


async def test_a_token_is_held_and_booked_by_whom_it_was_given(
    ask: Asking, setting: Setting
) -> None:
    row = await adoption(ask)
    async with ask.work() as work:
        slot = Slot(
            clinic_id=setting.franchise.raleigh.id,
            starts_at=setting.at(10),
            clinic_protocol_id=row.id,
            areas=("FACE",),
        )
        token = seal_slot(SECRETS, slot, desk(setting), work.now)
    before = await ask.contents()
    with pytest.raises(SlotTokenRefused):
        await book(ask, setting, actor=another_desk(setting), slot_token=token)
    with pytest.raises(SlotTokenRefused):
        await book(ask, setting, actor=desk(setting), slot_token=token, after=16 * MINUTE)
    assert await ask.contents() == before
    booking = {"client": by("Client", setting.raleigh_client), "slot": {"token": token}}
    done = await ask.change(desk(setting), BOOK, input=booking)
    assert done["__typename"] == "Appointment"
    taken = await ask.change(desk(setting), HOLD, input={"slot": {"token": token}})
    assert taken["code"] == "SLOT_TAKEN"


async def test_courses_are_booked_while_another_start_of_theirs_is_held(
    ask: Asking, setting: Setting
) -> None:
    """What is held is no visit yet: the first to be booked counts."""
    course = await sold(ask, setting, sessions=2)
    held = await hold(ask, setting, setting.at(10), wish=None, course=course.code)
    client = setting.raleigh_client
    for weeks in (6, 12):
        done = await book_by_input(
            ask, desk(setting), client, setting.at(10) + weeks * WEEK, **of(course)
        )
        assert done["__typename"] == "Appointment", done
    before = await ask.contents()
    problem = await ask.change(
        desk(setting),
        BOOK,
        input={"client": by("Client", client), "slot": {"hold": global_id("SlotHold", held)}},
    )
    assert problem["code"] in {"COURSE_NOT_BOOKABLE", "NOT_FOUND"}
    assert await ask.contents() == before


@pytest.mark.parametrize("known", [False, True])
async def test_who_holds_a_start_may_book_it_by_the_start_as_well(
    ask: Asking, setting: Setting, known: bool
) -> None:
    """With what was held, however else the visit is named; so for the holder only."""
    client = setting.raleigh_client.id if known else None
    held = await hold(ask, setting, setting.at(10), client=client, practitioner="BEA")
    before = await ask.contents()
    booking = {"client": by("Client", setting.raleigh_client), **held_at(setting)}
    refused = await ask.change(another_desk(setting), BOOK, input=booking)
    assert refused["code"] == "SLOT_TAKEN"
    assert await ask.contents() == before
    done = await ask.change(desk(setting), BOOK, input=booking)
    assert done["__typename"] == "Appointment", done
    (state,) = await rows(ask, "select state, appointment_id is not null, id from slot_holds")
    assert state == ("CONFIRMED", True, held.id)
    assert await rows(ask, TAKEN) == [("BOOKED", 5)]
    await assert_calendars_agree(ask, setting)


async def test_a_token_books_what_was_held_by_it(ask: Asking, setting: Setting) -> None:
    adopted = await adoption(ask)
    async with ask.work() as work:
        slot = Slot(
            clinic_id=setting.franchise.raleigh.id,
            starts_at=setting.at(10),
            clinic_protocol_id=adopted.id,
            areas=("FACE",),
        )
        token = seal_slot(SECRETS, slot, desk(setting), work.now)
    held = await ask.change(desk(setting), HOLD, input={"slot": {"token": token}})
    assert held["__typename"] == "SlotHold"
    booking = {"client": by("Client", setting.raleigh_client), "slot": {"token": token}}
    done = await ask.change(desk(setting), BOOK, input=booking)
    assert done["__typename"] == "Appointment", done
    assert await rows(ask, "select state from slot_holds") == [("CONFIRMED",)]


async def test_the_next_session_of_a_course_is_booked_by_start_where_it_is_held(
    act: Acting, setting: Setting
) -> None:
    course = await sold(act, setting)
    await hold(act, setting, setting.at(10), wish=None, course=course.code)
    row = await book(act, setting, setting.at(10), wish=None, course=course.code)
    assert row.course_id == course.id
    assert await rows(act, "select state from slot_holds") == [("CONFIRMED",)]


async def test_another_visit_at_a_start_that_one_holds_is_taken_anew(
    act: Acting, setting: Setting
) -> None:
    """What was held is given back for it, whoever was held."""
    await hold(act, setting, setting.at(10), practitioner="BEA")
    row = await book(act, setting, setting.at(10), practitioner="ANA")
    assert await rows(act, "select state from slot_holds") == [("RELEASED",)]
    assert await rows(act, TAKEN) == [("BOOKED", 5), ("FREED", 4)]
    await assert_calendars_agree(act, setting)
    await hold(act, setting, setting.at(14), practitioner="BEA")
    async with act.work(desk(setting)) as work:
        await move_appointment(work, appointment_id=row.id, starts_at=setting.at(14))
    assert await rows(act, "select state from slot_holds") == [("RELEASED",)] * 2
    told = "select count(distinct subject_id) from events where name = 'slot_hold.released'"
    assert await rows(act, told) == [(2,)]
    await assert_calendars_agree(act, setting)


async def test_what_is_held_for_one_client_is_no_other_ones(act: Acting, setting: Setting) -> None:
    async with act.work() as work:
        somebody = await register(work, "RALEIGH", "Somebody")
    row = await book(act, setting, setting.at(14), wish=CONSULTATION)
    await hold(act, setting, setting.at(10), client=somebody.id)
    before = await act.contents()
    with pytest.raises(SlotTaken):
        await book(act, setting, setting.at(10))
    with pytest.raises(SlotTaken):
        async with act.work(desk(setting)) as work:
            await move_appointment(work, appointment_id=row.id, starts_at=setting.at(10))
    assert await act.contents() == before


async def test_of_many_attempts_to_book_what_one_holds_one_succeeds(
    act: Acting, setting: Setting
) -> None:
    """By the start, by the hold, and for another visit, all at once by the holder."""
    held = await hold(act, setting, setting.at(10))
    done = await gather(
        *(book(act, setting, setting.at(10)) for _ in range(3)),
        *(book(act, setting, slot_hold=held.id) for _ in range(2)),
        *(book(act, setting, setting.at(10), wish=CONSULTATION) for _ in range(3)),
        return_exceptions=True,
    )
    booked = [each for each in done if not isinstance(each, BaseException)]
    refused = [each for each in done if isinstance(each, BaseException)]
    assert len(booked) == 1
    assert {type(each) for each in refused} <= {HoldExpired, SlotTaken, IntervalTooShort}
    assert dict(await rows(act, TAKEN))["BOOKED"] == (5 if booked[0].areas else 3)
    ((state,),) = await rows(act, "select state from slot_holds")
    assert state == ("CONFIRMED" if booked[0].areas else "RELEASED")
    await assert_calendars_agree(act, setting)
