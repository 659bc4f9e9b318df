"""Slots: a start with what a booking would take, its price, and a token to book by."""

from datetime import datetime
from typing import Any

import pytest

from schema.access.rules import Permission, Role
from schema.money import Money
from schema.practitioners import store as practitioners
from schema.pricing.actions import set_protocol_price
from schema.protocols.actions import adopt_protocol
from schema.scheduling import store
from schema.scheduling.rules.slots import SlotTokenRefused
from schema.scheduling.store import allowance
from schema.scheduling.store.slot_tokens import open_slot
from tests.actors import actor_with, everywhere
from tests.asking import SECRETS, Acting, Asking
from tests.franchise import add_clinic
from tests.scheduling.asked import asked, by, sold
from tests.scheduling.searched import DAY, booked, on, search
from tests.scheduling.setting import TREATMENT, Setting

HQ = everywhere(Role.HQ_ANALYST)
SLOTS = """query ($input: AvailabilityInput!, $first: Int! = 20) { availability(input: $input) {
    clinics { clinic { code } starts slots(first: $first) { start token before { start }
        practitioner { code } rooms { code } devices { code } price { amountMinor currency }
        durations { total { typical } chair { typical } practitioner { typical } } } } } }"""


async def priced(act: Acting, setting: Setting) -> None:
    franchise = setting.franchise
    async with act.work() as work:
        for clinic, currency in ((franchise.raleigh, "USD"), (franchise.london, "GBP")):
            adopted = await store.adoptions(work.session, work.scope, [clinic.id], "MN-MEDICAL")
            price = Money(20_000, currency)
            await set_protocol_price(work, clinic_protocol_id=adopted[clinic.id], amount=price)


async def test_a_slot_says_what_a_booking_would_take(ask: Asking, setting: Setting) -> None:
    """The one who can do less is taken first: ANA, who draws no blood."""
    await priced(ask, setting)
    found = await search(ask, HQ, SLOTS, **asked(setting.at(10), setting.at(11)))
    assert [each["start"] for each in found["slots"]] == found["starts"]
    slot = found["slots"][0]
    assert slot["practitioner"] == {"code": "ANA"}
    assert (slot["rooms"], slot["devices"]) == ([{"code": "T1"}], [{"code": "PEN"}])
    assert slot["price"] == {"amountMinor": 20_000, "currency": "USD"}
    assert slot["durations"]["total"] == {"typical": 75}
    assert slot["before"] == []
    by_bea = asked(setting.at(10), setting.at(11), practitioner={"code": "BEA"})
    named = await search(ask, HQ, SLOTS, **by_bea)
    assert {each["practitioner"]["code"] for each in named["slots"]} == {"BEA"}


async def test_a_slot_is_what_the_booking_then_takes(ask: Asking, setting: Setting) -> None:
    found = await search(ask, HQ, SLOTS, **asked(setting.at(10), setting.at(11)))
    slot = found["slots"][0]
    visit = await booked(ask, setting, datetime.fromisoformat(slot["start"]))
    async with ask.context(HQ).reading() as session:
        led = await store.practitioners_by_appointment(session, [visit.id], HQ.reach())
    assert [each.code for each in led[visit.id]] == [slot["practitioner"]["code"]]


async def test_a_token_stands_for_what_was_searched(ask: Asking, setting: Setting) -> None:
    """For its caller alone; a course's names the course."""
    course = await sold(ask, setting)
    wanted = asked(setting.at(10), setting.at(11), practitioner={"code": "BEA"}, limitPerClinic=1)
    (single,) = (await search(ask, setting.desk, SLOTS, **wanted))["slots"]
    of_course = {"course": by("Course", course), "window": on(setting.day), "limitPerClinic": 1}
    desk = setting.desk
    (session,) = (await search(ask, desk, SLOTS, **of_course))["slots"]
    async with ask.work() as work:
        now = work.now
        adopted = await store.adoptions(
            work.session, work.scope, [setting.franchise.raleigh.id], "MN-MEDICAL"
        )
        bea = await practitioners.practitioner(work.session, work.scope, "BEA")
        assert bea is not None
    opened = open_slot(SECRETS, session["token"], desk, now)
    assert (opened.course_id, opened.clinic_protocol_id) == (course.id, None)
    assert session["price"] is None
    with pytest.raises(SlotTokenRefused):
        open_slot(SECRETS, single["token"], HQ, now)
    wanted_by = await search(ask, desk, SLOTS, **wanted)
    opened = open_slot(SECRETS, wanted_by["slots"][0]["token"], desk, now)
    assert opened.clinic_protocol_id == adopted[setting.franchise.raleigh.id]
    assert opened.starts_at == setting.at(10)
    assert (opened.areas, opened.practitioner_no) == (TREATMENT.areas, bea.resource_no)


async def test_where_there_is_no_price_the_slot_has_none(ask: Asking, setting: Setting) -> None:
    wanted = asked(setting.at(10), setting.at(11), limitPerClinic=1)
    (slot,) = (await search(ask, HQ, SLOTS, **wanted))["slots"]
    assert slot["price"] is None
    blind = actor_with(
        [setting.franchise.raleigh.id], Permission.AVAILABILITY_READ, Permission.CLINICS_READ
    )
    answer = await ask(blind, SLOTS, input=wanted)
    assert set(answer.codes) == {"FORBIDDEN"}
    assert {str(each["path"][-1]) for each in answer.errors} == {
        "practitioner",
        "price",
        "durations",
    }


async def test_slots_of_many_clinics_take_as_many_statements_as_of_one(
    ask: Asking, setting: Setting
) -> None:
    """With all that leads from them, and whether the calendars are in memory or not."""
    async with ask.work() as work:
        for number in range(10):
            await add_clinic(work, f"MORE-{number}")
            await adopt_protocol(work, clinic=f"MORE-{number}", template="MN-MEDICAL")
    await priced(ask, setting)
    everyone: dict[str, Any] = {"near": {"latitude": 51, "longitude": 0, "radiusKm": 20000}}
    wanted = asked(setting.at(0), setting.at(0) + 14 * DAY)
    few: list[int] = []
    many: list[int] = []
    for counted, where, first in ((few, wanted["where"], 1), (many, everyone, 100)):
        for _ in range(2):
            with ask.statements() as statements:
                data = await ask.data(HQ, SLOTS, input={**wanted, "where": where}, first=first)
            assert data["availability"]["clinics"]
            counted.append(len(statements))
    assert few == many


async def test_an_answer_has_so_many_slots_and_no_more(
    ask: Asking, setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is worked out by itself: whoever asks for too many is told, before they are."""
    monkeypatch.setattr(allowance, "MOST", {**allowance.MOST, "slots": 8})
    four = "{ availability(input: $input) { clinics { slots(first: 4) { start } } } }"
    eight = four.replace("slots(", "more: slots(first: 4) { start } slots(")
    for query, codes in ((four, []), (eight, []), (eight.replace("4", "5"), ["BAD_REQUEST"])):
        wanted = asked(setting.at(9), setting.at(12))
        answer = await ask(HQ, f"query ($input: AvailabilityInput!) {query}", input=wanted)
        assert answer.codes == codes


async def test_far_ahead_a_slot_is_like_any_other(ask: Asking, setting: Setting) -> None:
    """Beyond what is kept in memory, for two clinics at once."""
    both = {"clinics": [{"code": "LONDON"}, {"code": "RALEIGH"}]}
    day = setting.day + 84 * DAY
    wanted = asked(setting.at(0), setting.at(0), where=both, window=on(day))
    data = await ask.data(HQ, SLOTS, input=wanted)
    london, raleigh = data["availability"]["clinics"]
    for found, code in ((london, "BEA"), (raleigh, "ANA")):
        assert [each["start"] for each in found["slots"]] == found["starts"][:20]
        assert found["slots"][0]["practitioner"] == {"code": code}
        assert found["slots"][0]["rooms"] == [{"code": "T1"}]
