"""Why not, through GraphQL: what is told to whom, of starts and of days."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from schema.access.rules import Actor, Permission, Role
from schema.clinics.actions import set_opening_hours
from schema.clinics.rules import WeeklyInterval
from schema.practitioners.actions import add_time_off, set_working_hours
from schema.scheduling.actions import hold_slot, set_booking_rules
from schema.scheduling.rules.holidays import public_holidays
from schema.scheduling.rules.hours import day_window, local_instant
from tests.actors import NOBODY, actor_with, everywhere, partner_of, person_in
from tests.asking import Asking
from tests.scheduling.asked import book, by, sold
from tests.scheduling.searched import DAY, booked
from tests.scheduling.setting import CONSULTATION, NEW_YORK, TREATMENT, Setting
from tests.scheduling.test_search_clients import MARK, held, linked
from tests.scheduling.test_search_windows import next_day
from tests.scheduling.test_why_not import (
    CLOSURE,
    Changed,
    another,
    away,
    clinician,
    closed,
    manager,
    run,
    visited,
)
from tests.scheduling.why import WHY, codes, one, wanted, why

HQ = everywhere(Role.HQ_ANALYST)
HOUR = timedelta(hours=1)
#: What a question takes that has a client: a calendar, what is known of the client, what is behind.
MOST_STATEMENTS = 40


async def test_nobody_and_other_clinics_learn_nothing(ask: Asking, setting: Setting) -> None:
    """A clinic out of reach is not found; so are clients, courses and practitioners there."""
    before = await ask.contents()
    start = setting.at(9)
    answer = await ask(NOBODY, WHY, input=wanted(start))
    assert answer.codes == ["UNAUTHENTICATED"]
    stranger = by("Client", setting.london_client)
    course = await sold(ask, setting)
    before = await ask.contents()
    for actor, changed in (
        (setting.london_desk, {}),
        (partner_of([setting.franchise.london.id]), {}),
        (setting.desk, {"clinic": {"code": "NOWHERE"}}),
        (setting.desk, {"client": stranger}),
        (setting.partner, {"client": by("Client", setting.raleigh_client)}),
        (setting.desk, {"practitioner": {"code": "NOBODY"}}),
        (setting.desk, {"visit": None, "course": {"code": "NONE"}}),
    ):
        answer = await ask(actor, WHY, input=wanted(start, **changed))
        assert answer.codes == ["BAD_REQUEST"], changed
        assert answer.data is None
    refused = await ask(
        setting.partner, WHY, input=wanted(start, visit=None, course={"code": course.code})
    )
    assert refused.codes == ["FORBIDDEN"]
    assert await ask.contents() == before


@pytest.mark.parametrize(
    "changed",
    [
        {"visit": None},
        {"course": {"code": "C"}},
        {"visit": None, "course": {"code": "C"}, "client": {"code": "C"}},
    ],
    ids=str,
)
async def test_a_question_nobody_can_answer_is_refused(
    ask: Asking, setting: Setting, changed: Changed
) -> None:
    given = wanted(setting.at(9)) | changed
    answer = await ask(HQ, WHY, input={k: v for k, v in given.items() if v is not None})
    assert answer.codes == ["BAD_REQUEST"]


async def test_who_takes_what_is_told_to_those_who_may_read_it(
    ask: Asking, setting: Setting
) -> None:
    """The clinic's own and headquarters by code and id; the visit for who reads visits; to a
    partner, and to who may only ask, the kind and until when."""
    await another(ask, setting)
    start, here = setting.at(9), setting.franchise.raleigh.id
    asks_only = actor_with([here], Permission.AVAILABILITY_READ)
    for actor, code, seen in (
        (setting.desk, "T1", True),
        (HQ, "T1", True),
        (everywhere(Role.COUNTRY_LEAD), "T1", False),
        (setting.partner, None, False),
        (asks_only, None, False),
    ):
        answer = await why(ask, actor, start)
        assert codes(answer) == {"ROOM_TAKEN", "DEVICE_TAKEN"}
        room = one(answer, "ROOM_TAKEN")
        assert room["blocking"]["code"] == code
        assert (room["blocking"]["id"] is not None) == (code is not None)
        assert bool(room["cause"] and room["cause"]["id"]) == seen
        assert datetime.fromisoformat(room["until"]) == setting.at(10, 20)
        if seen:
            nodes = await ask.data(
                actor, "query ($id: ID!) { node(id: $id) { __typename } }", id=room["cause"]["id"]
            )
            assert nodes["node"] == {"__typename": "Appointment"}


async def test_a_held_start_is_a_hold(ask: Asking, setting: Setting) -> None:
    async with ask.work(setting.partner) as work:
        await hold_slot(work, clinic="RALEIGH", starts_at=setting.at(9), wish=TREATMENT)
    room = one(await why(ask, setting.desk, setting.at(9)), "ROOM_TAKEN")
    assert room["cause"]["kind"] == "SLOT_HOLD"
    assert room["cause"]["id"] is not None
    seen = one(await why(ask, HQ, setting.at(9)), "ROOM_TAKEN")
    assert seen["cause"] == {"kind": "SLOT_HOLD", "code": None, "id": None}


async def test_practitioners_have_no_names_for_partners(ask: Asking, setting: Setting) -> None:
    """Neither who is away nor why: nobody is free, until somebody is."""
    await away(ask, setting)
    answer = await why(ask, setting.partner, setting.at(9))
    (told,) = answer["reasons"]
    assert (told["code"], told["blocking"]["code"]) == ("PRACTITIONER_TAKEN", None)
    assert told["cause"] is None
    assert datetime.fromisoformat(told["until"]) == setting.at(12)
    for secret in ("ANA", "BEA", "Ana", "TIME_OFF", MARK):
        assert secret not in str(answer)
    await run(ask, "update credentials set expires_on = '2025-01-01'")
    answer = await why(ask, setting.partner, setting.at(9))
    assert codes(answer) == {"NO_PRACTITIONER"}
    assert "NURSE" not in str(answer)
    seen = await why(ask, setting.desk, setting.at(9))
    assert {each["blocking"]["code"] for each in seen["reasons"]} == {None, "ANA", "BEA"}
    assert MARK not in str(seen)


async def test_a_finding_has_two_faces_and_its_reading_is_noted(
    ask: Asking, setting: Setting
) -> None:
    """The marked reason, the clients' names and the other clinic are in no answer but the
    clinician's, who asks for the finding itself; until when is a part of it."""
    await held(ask, setting, setting.raleigh_client, until_on=setting.day)
    await held(ask, setting, setting.partner_client, until_on=setting.day)
    start, client = setting.at(9), by("Client", setting.raleigh_client)
    for actor, visitor, code in (
        (setting.desk, setting.raleigh_client, "CLINICAL_REVIEW_NEEDED"),
        (manager(setting), setting.raleigh_client, "CLINICAL_REVIEW_NEEDED"),
        (setting.partner, setting.partner_client, "CONTACT_CLINIC"),
    ):
        answer = await why(ask, actor, start, client=by("Client", visitor))
        (told,) = answer["reasons"]
        assert (told["code"], told["until"]) == (code, None)
        assert not any(each in str(answer) for each in (MARK, "Rose", "Paul", "Lily", "LONDON"))
    reads = "select subject_id from events where name = 'clinical.read'"
    holds = WHY.replace("role until", "role holds { untilOn finding { reason } } until")
    asked = wanted(start, client=client)
    refused = await ask(setting.desk, holds, input=asked)
    assert refused.codes == ["FORBIDDEN"]
    assert MARK not in str(refused)
    plain = await why(ask, clinician(setting), start, client=client)
    assert datetime.fromisoformat(plain["reasons"][0]["until"]) == local_instant(
        setting.day + DAY, 0, NEW_YORK
    )
    assert MARK not in str(plain)
    assert await run(ask, reads) == []
    data = await ask.data(clinician(setting), holds, input=asked)
    (told,) = data["whyNotBookable"]["reasons"]
    assert told["holds"] == [{"untilOn": setting.day.isoformat(), "finding": {"reason": MARK}}]
    assert await run(ask, reads) == [(setting.raleigh_client.id,)]


async def test_what_other_clinics_know_is_a_date(ask: Asking, setting: Setting) -> None:
    """Of the same person's finding and visit there: not yet, and busy; neither where nor what."""
    await linked(ask, setting)
    await held(ask, setting, setting.london_client, until_on=setting.day)
    start = setting.at(14, zone="Europe/London")
    answer = await why(
        ask, clinician(setting), setting.at(9), client=by("Client", setting.raleigh_client)
    )
    assert codes(answer) == {"NOT_YET"}
    assert one(answer, "NOT_YET")["untilOn"] == (setting.day + DAY).isoformat()
    await run(ask, "delete from client_holds")
    await booked(ask, setting, start, CONSULTATION, visitor=setting.london_client, clinic="LONDON")
    answer = await why(
        ask, setting.desk, setting.at(9), client=by("Client", setting.raleigh_client)
    )
    assert one(answer, "CLIENT_BUSY")["cause"] is None
    for told in (answer, await why(ask, setting.desk, setting.at(9), practitioner={"code": "BEA"})):
        assert "ondon" not in str(told)
        assert "LONDON" not in str(told)


async def test_soft_rules_say_who_may_set_them_aside(ask: Asking, setting: Setting) -> None:
    """The manager and the practitioner of the clinic; not the desk, a partner, another clinic's
    manager or an analyst."""
    async with ask.work() as work:
        terms: Any = {"lead_minutes": 60 * 24 * 60}
        await set_booking_rules(work, clinic="RALEIGH", expected_revision=0, terms=terms)
    here, london = setting.franchise.raleigh.id, setting.franchise.london.id
    both = person_in(Role.CLINIC_MANAGER, [london])
    reads = actor_with([here], Permission.AVAILABILITY_READ)
    mixed = Actor(both.kind, both.name, both.id, (*both.grants, *reads.grants))
    for actor, may in (
        (manager(setting), True),
        (clinician(setting), True),
        (everywhere(Role.HQ_ADMINISTRATOR), True),
        (setting.desk, False),
        (setting.partner, False),
        (mixed, False),
        (HQ, False),
    ):
        answer = await why(ask, actor, setting.at(9))
        assert one(answer, "LEAD_TIME")["override"] == {
            "possible": True,
            "rule": "LEAD_TIME",
            "requires": "APPOINTMENTS_OVERRIDE",
            "youMay": may,
        }
    taken = await why(ask, manager(setting), setting.at(7))
    assert one(taken, "OUTSIDE_HOURS")["override"] == {
        "possible": False,
        "rule": None,
        "requires": None,
        "youMay": False,
    }


async def test_the_interval_can_be_set_aside_down_to_the_guard(
    ask: Asking, setting: Setting
) -> None:
    await visited(ask, setting)
    client = by("Client", setting.raleigh_client)
    for days, expected in (
        (3, {"HEALING": False, "INTERVAL_TOO_SHORT": True}),
        (20, {"INTERVAL_TOO_SHORT": True}),
        (42, {}),
    ):
        answer = await why(ask, manager(setting), setting.at(9) + days * DAY, client=client)
        told = {each["code"]: each["override"]["youMay"] for each in answer["reasons"]}
        assert told == expected
        assert answer["bookable"] is (not expected)
    healed = await why(ask, manager(setting), setting.at(9) + 3 * DAY, client=client)
    assert one(healed, "HEALING")["untilOn"] == (setting.day + 14 * DAY).isoformat()
    assert one(healed, "INTERVAL_TOO_SHORT")["untilOn"] == (setting.day + 42 * DAY).isoformat()
    assert datetime.fromisoformat(healed["nextFree"][0]) == setting.at(9) + 42 * DAY


async def test_a_closure_is_called_by_its_name_and_so_is_a_holiday(
    ask: Asking, setting: Setting
) -> None:
    await closed(ask, setting)
    here = setting.franchise.raleigh.id
    asks_only = actor_with([here], Permission.AVAILABILITY_READ)
    for actor, name in ((setting.desk, CLOSURE), (asks_only, None)):
        (told,) = (await why(ask, actor, setting.day))["reasons"]
        assert (told["code"], told["blocking"]["code"]) == ("CLOSED", name)
        assert told["untilOn"] == (setting.day + 2 * DAY).isoformat()
    async with ask.work() as work:
        await set_booking_rules(
            work, clinic="RALEIGH", expected_revision=0, closed_on_holidays=True
        )
        today = work.now.astimezone(NEW_YORK).date()
    ahead = public_holidays("US-NC", today + 10 * DAY, today + 360 * DAY)
    day = next(each for each in ahead if not setting.day <= each <= setting.day + DAY)
    (told,) = (await why(ask, setting.partner, day))["reasons"]
    assert told["code"] == "CLOSED"
    assert told["blocking"] == {"kind": "HOLIDAY", "code": ahead[day], "id": None}


@pytest.mark.parametrize("hours", [23, 25])
async def test_a_day_on_which_the_clocks_change_is_one_day(
    ask: Asking, setting: Setting, hours: int
) -> None:
    """Who is away for all of its hours is back when the next one begins."""
    day = next_day(hours)
    week = [WeeklyInterval(each, 0, 24 * 60) for each in range(7)]
    async with ask.work() as work:
        await set_opening_hours(work, clinic="RALEIGH", week=week)
        for code in ("ANA", "BEA"):
            await set_working_hours(work, clinic="RALEIGH", practitioner=code, week=week)
        begin, end = day_window(day, NEW_YORK)
        for code in ("ANA", "BEA"):
            await add_time_off(
                work, practitioner=code, starts_at=begin, ends_at=end, reason="The clocks change"
            )
    answer = await why(ask, HQ, day)
    assert codes(answer) == {"TIME_OFF"}
    assert {each["until"] for each in answer["reasons"]} == {end.isoformat()}
    assert datetime.fromisoformat(answer["nextFree"][0]) == end
    assert one(answer, "TIME_OFF")["untilOn"] == (day + DAY).isoformat()
    assert (await why(ask, HQ, day + DAY))["bookable"] is True
    assert (await why(ask, HQ, begin - HOUR))["bookable"] is False
    assert (await why(ask, HQ, end))["bookable"] is True


async def test_a_start_between_those_that_are_offered_can_be_booked(
    ask: Asking, setting: Setting
) -> None:
    answer = await why(ask, setting.desk, setting.at(9, 5))
    assert answer["bookable"] is True
    assert answer["reasons"] == []
    assert "15 minutes apart" in answer["message"]
    offered = await why(ask, setting.desk, setting.at(9, 15))
    assert offered["message"] == "This can be booked."
    visitor = setting.raleigh_client
    found = await book(ask, setting.desk, visitor, setting.at(9, 5))
    assert found["__typename"] == "Appointment"


async def test_a_day_has_every_reason_of_its_hours_and_a_free_one_none(
    ask: Asking, setting: Setting
) -> None:
    """Where nobody comes from eight to twelve but somebody after, the day is free; where the room
    is taken all the while, both are told."""
    await away(ask, setting)
    assert (await why(ask, setting.desk, setting.day))["bookable"] is True
    await booked(ask, setting, setting.at(12), visitor=setting.partner_client)
    async with ask.work() as work:
        for code in ("ANA", "BEA"):
            await add_time_off(
                work,
                practitioner=code,
                starts_at=setting.at(14),
                ends_at=setting.at(18),
                reason=MARK,
            )
    answer = await why(ask, setting.desk, setting.day)
    assert answer["bookable"] is False
    assert codes(answer) == {"TIME_OFF", "ROOM_TAKEN", "DEVICE_TAKEN"}
    assert "OUTSIDE_HOURS" not in codes(answer)
    assert datetime.fromisoformat(answer["nextFree"][0]) == setting.at(9) + DAY


async def test_without_a_time_it_is_about_today(ask: Asking, setting: Setting) -> None:
    answer = await why(ask, setting.desk)
    assert {"PRE_CARE"} <= codes(answer) or {"PAST", "OUTSIDE_HOURS"} & codes(answer)
    as_of = datetime.fromisoformat(answer["asOf"])
    assert abs(as_of - datetime.now(UTC)) < timedelta(minutes=1)
    talk = await why(ask, setting.desk, visit={"protocol": {"code": "CONSULT"}})
    assert "PRE_CARE" not in codes(talk)


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2200, 12, 31)])
async def test_days_beyond_all_calendars_have_a_reason(
    ask: Asking, setting: Setting, day: date
) -> None:
    (told,) = (await why(ask, setting.desk, day))["reasons"]
    assert told["code"] == ("PAST" if day.year == 1900 else "HORIZON")
    start = datetime.combine(day, datetime.min.time(), UTC)
    (told,) = (await why(ask, setting.desk, start))["reasons"]
    assert told["code"] == ("PAST" if day.year == 1900 else "HORIZON")


async def test_it_takes_as_many_statements_whatever_is_booked(
    ask: Asking, setting: Setting
) -> None:
    """And writes nothing."""
    asked = wanted(setting.at(9), client=by("Client", setting.raleigh_client))
    taken = []
    for count in (0, 3):
        for hour in range(count):
            start = setting.at(9 + 2 * hour)
            await booked(ask, setting, start, CONSULTATION, visitor=setting.partner_client)
        before = await ask.contents()
        with ask.statements() as statements:
            await ask.data(setting.desk, WHY, input=asked)
        assert await ask.contents() == before
        taken.append(len(statements))
    assert taken[0] == taken[1] <= MOST_STATEMENTS
