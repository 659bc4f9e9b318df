"""Availability as callers ask for it: where, when, for whom, in how many statements."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from schema.access.rules import Permission, Role
from schema.clinics import actions as clinics
from schema.clinics.rules import ClinicStatus
from schema.protocols.actions import adopt_protocol
from schema.scheduling.actions import book_appointment
from tests.actors import everywhere, partner_of
from tests.asking import Asking
from tests.franchise import add_clinic
from tests.scheduling.asked import AVAILABILITY, asked
from tests.scheduling.setting import TREATMENT, Setting

HQ = everywhere(Role.HQ_ANALYST)
EVERYWHERE = {"clinics": [{"code": "RALEIGH"}, {"code": "LONDON"}]}


async def availability(ask: Asking, actor: Any, **asked_for: Any) -> list[dict[str, Any]]:
    data = await ask.data(actor, AVAILABILITY, input=asked_for)
    found: list[dict[str, Any]] = data["availability"]["clinics"]
    return found


def instants(texts: list[str]) -> list[datetime]:
    return [datetime.fromisoformat(each) for each in texts]


async def test_a_partner_finds_when_a_clinic_is_free(ask: Asking, setting: Setting) -> None:
    """From opening on, every quarter of an hour, as long as the visit ends before closing."""
    (found,) = await availability(
        ask, setting.partner, **asked(setting.at(0), setting.at(23), stepMinutes=15)
    )
    assert found["clinic"] == {"code": "RALEIGH"}
    assert found["timeZone"] == "America/New_York"
    assert found["problem"] is None
    assert found["durations"]["total"] == {"typical": 75}
    starts = instants(found["starts"])
    assert (starts[0], starts[-1]) == (setting.at(9), setting.at(16, 45))
    assert len(starts) == 32


async def test_what_is_booked_is_not_offered(ask: Asking, setting: Setting) -> None:
    async with ask.work(setting.desk) as work:
        await book_appointment(
            work,
            clinic="RALEIGH",
            client=setting.raleigh_client.id,
            starts_at=setting.at(10),
            wish=TREATMENT,
        )
    (found,) = await availability(ask, setting.desk, **asked(setting.at(8), setting.at(13)))
    assert instants(found["starts"])[:2] == [setting.at(11, 30), setting.at(11, 45)]


async def test_each_clinic_answers_by_its_own_clocks(ask: Asking, setting: Setting) -> None:
    found = await availability(
        ask,
        HQ,
        **asked(setting.at(0, zone="Europe/London"), setting.at(23), where=EVERYWHERE),
    )
    first = {each["clinic"]["code"]: instants(each["starts"])[0] for each in found}
    assert first == {"LONDON": setting.at(9, zone="Europe/London"), "RALEIGH": setting.at(9)}


async def test_earliest_puts_the_clinic_that_is_free_first_on_top(
    ask: Asking, setting: Setting
) -> None:
    window = setting.at(0, zone="Europe/London"), setting.at(23)
    found = await availability(ask, HQ, **asked(*window, where=EVERYWHERE, mode="EARLIEST"))
    assert [each["clinic"]["code"] for each in found] == ["LONDON", "RALEIGH"]
    assert [len(each["starts"]) for each in found] == [1, 1]
    more = await availability(
        ask, HQ, **asked(*window, where=EVERYWHERE, mode="EARLIEST", limitPerClinic=3)
    )
    assert [len(each["starts"]) for each in more] == [3, 3]


@pytest.mark.parametrize(
    ("where", "codes"),
    [
        ({"region": {"code": "AMERICAS"}}, ["RALEIGH"]),
        ({"region": {"code": "EUROPE"}}, ["LONDON"]),
        ({"near": {"latitude": 51, "longitude": 0, "radiusKm": 100}}, ["LONDON"]),
        ({"near": {"latitude": 51, "longitude": 0, "radiusKm": 9000}}, ["LONDON", "RALEIGH"]),
        ({"clinics": [{"code": "raleigh"}, {"code": "NOWHERE"}]}, ["RALEIGH"]),
    ],
)
async def test_clinics_are_found_by_name_region_and_place(
    ask: Asking, setting: Setting, where: dict[str, Any], codes: list[str]
) -> None:
    found = await availability(ask, HQ, **asked(setting.at(0), setting.at(23), where=where))
    assert [each["clinic"]["code"] for each in found] == codes


@pytest.mark.isolation
async def test_a_partner_finds_its_own_clinics_only(ask: Asking, setting: Setting) -> None:
    partner = partner_of([setting.franchise.london.id])
    near = {"near": {"latitude": 51, "longitude": 0, "radiusKm": 20000}}
    for where in (EVERYWHERE, near):
        wanted = asked(setting.at(0), setting.at(23), where=where)
        found = await availability(ask, partner, **wanted)
        assert [each["clinic"]["code"] for each in found] == ["LONDON"]


async def test_only_live_clinics_that_offer_the_protocol(ask: Asking, setting: Setting) -> None:
    window = setting.at(0), setting.at(23)
    async with ask.work() as work:
        await add_clinic(work, "DURHAM")
        await clinics.change_clinic_status(work, clinic="LONDON", status=ClinicStatus.SUSPENDED)
    everyone = {"near": {"latitude": 51, "longitude": 0, "radiusKm": 20000}}
    found = await availability(ask, HQ, **asked(*window, where=everyone))
    assert [each["clinic"]["code"] for each in found] == ["RALEIGH"]


async def test_a_clinic_says_why_its_protocol_is_not_for_this(
    ask: Asking, setting: Setting
) -> None:
    """It offers no light, though headquarters' template has it."""
    visit = {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"], "addOns": ["LED"]}
    (found,) = await availability(ask, HQ, **asked(setting.at(0), setting.at(23), visit=visit))
    assert found["problem"] == {"code": "ADD_ON_NOT_ALLOWED", "field": "addOns.0"}
    assert (found["starts"], found["durations"]) == ([], None)


async def test_a_closure_closes_its_days(ask: Asking, setting: Setting) -> None:
    async with ask.work() as work:
        await clinics.add_closure(
            work, clinic="RALEIGH", from_on=setting.day, to_on=setting.day, reason="Holiday"
        )
    (found,) = await availability(
        ask, HQ, **asked(setting.at(0), setting.at(0) + timedelta(days=2))
    )
    days = {each.astimezone(setting.at(0).tzinfo).date() for each in instants(found["starts"])}
    assert days == {setting.day + timedelta(days=1)}


async def test_depth_beyond_every_licence_is_never_offered(ask: Asking, setting: Setting) -> None:
    visit = {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"], "variant": {"depthMm": "2.0"}}
    (found,) = await availability(ask, HQ, **asked(setting.at(0), setting.at(23), visit=visit))
    assert found["starts"] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"window": {"instants": {"to": "2000-01-01T00:00:00Z"}}},
        {"window": {"instants": {"to": "2099-01-01T00:00:00Z"}}},
        {"window": {"days": {"from": "2027-01-02", "to": "2027-01-01"}}},
        {"window": {"days": {"from": "2027-01-01", "to": "2027-03-05"}}},
        {"mode": "PREFERRED"},
        {"where": None},
        {"visit": None},
        {"stepMinutes": 7},
        {"stepMinutes": 0},
        {"stepMinutes": 1445},
        {"limitPerClinic": 0},
        {"where": {"clinics": [{"code": "RALEIGH"}] * 101}},
        {"where": {"near": {"latitude": 91, "longitude": 0, "radiusKm": 1}}},
        {"where": {"near": {"latitude": 51, "longitude": 0, "radiusKm": -1}}},
        {"where": {"near": {"latitude": 51, "longitude": 0, "radiusKm": 20101}}},
    ],
)
async def test_a_search_that_nobody_needs_is_refused(
    ask: Asking, setting: Setting, changed: dict[str, Any]
) -> None:
    wanted = {**asked(setting.at(0), setting.at(23)), **changed}
    answer = await ask(HQ, AVAILABILITY, input=wanted)
    assert answer.codes == ["BAD_REQUEST"]


async def test_a_protocol_that_nobody_knows_is_no_empty_answer(
    ask: Asking, setting: Setting
) -> None:
    visit = {"protocol": {"code": "MN-MEDICLA"}, "areas": ["FACE"]}
    wanted = asked(setting.at(0), setting.at(23), visit=visit)
    answer = await ask(setting.partner, AVAILABILITY, input=wanted)
    assert answer.codes == ["BAD_REQUEST"]
    assert "No protocol MN-MEDICLA." in str(answer.errors)


async def test_availability_needs_its_permission(ask: Asking, setting: Setting) -> None:
    stranger = partner_of(None, Permission.CLINICS_READ)
    answer = await ask(stranger, AVAILABILITY, input=asked(setting.at(0), setting.at(23)))
    assert answer.codes == ["FORBIDDEN"]


async def test_many_clinics_take_as_many_statements_as_one(ask: Asking, setting: Setting) -> None:
    async with ask.work() as work:
        for number in range(12):
            await add_clinic(work, f"MORE-{number}")
            await adopt_protocol(work, clinic=f"MORE-{number}", template="MN-MEDICAL")
    everyone = {"near": {"latitude": 51, "longitude": 0, "radiusKm": 20000}}
    window = setting.at(0), setting.at(0) + timedelta(days=14)
    counted = []
    for where, clinic_count in (({"clinics": [{"code": "RALEIGH"}]}, 1), (everyone, 14)):
        with ask.statements() as statements:
            found = await availability(ask, HQ, **asked(*window, where=where, mode="EARLIEST"))
        assert len(found) == clinic_count
        counted.append(len(statements))
    assert counted[0] == counted[1]


async def test_what_has_passed_is_left_out_and_the_grid_stays(
    ask: Asking, setting: Setting
) -> None:
    """A search that began a week ago gives no past start, and those of today as ever."""
    begin = setting.at(0) - timedelta(days=40)
    (found,) = await availability(ask, HQ, **asked(begin, setting.at(23)))
    async with ask.work() as work:
        now = work.now
    starts = instants(found["starts"])
    assert all(each > now - timedelta(minutes=1) for each in starts)
    assert {each.minute % 15 for each in starts} == {0}
    assert date.min < starts[0].date() <= setting.day
