"""Booking and calling off through GraphQL: every refusal, and that nothing is written by it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from strawberry import relay

from schema.access.rules import Permission, Role
from schema.base import new_id
from schema.clients import actions as clients
from schema.clinics import actions as clinics
from schema.clinics.rules import ClinicStatus
from schema.courses.actions import record_session
from schema.practitioners.actions import assign_practitioner
from schema.protocols.rules import ScreeningSeverity
from tests.actors import actor_with, everywhere, person_in
from tests.asking import Asking
from tests.scheduling.asked import AT, CANCEL, VISIT, book, global_id, of, sold
from tests.scheduling.setting import NEW_YORK, Setting

VISITS = """query ($filter: AppointmentFilter, $first: Int!, $after: String) {
    appointments(filter: $filter, first: $first, after: $after) {
        edges { node { startsAt clinic { code } client { code } practitioners { code }
            rooms { code } devices { code } protocol { template { code } } course { code } } }
        pageInfo { hasNextPage endCursor } } }"""
CROSSINGS = """query ($code: String!, $client: ID!) {
    clinic(by: {code: $code}) { appointments { edges { node { id } } } }
    client(by: {id: $client}) { appointments { edges { node { id } } } } }"""


def visit(**changed: Any) -> dict[str, Any]:
    usual = {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"]}
    return {"bookedFor": {"visit": {**usual, **changed}}}


async def test_a_desk_books_and_calls_off(ask: Asking, setting: Setting) -> None:
    done = await book(ask, setting.desk, setting.raleigh_client, setting.at(10))
    assert done["__typename"] == "Appointment"
    assert (done["state"], done["areas"], done["addOns"]) == ("BOOKED", ["FACE"], [])
    assert datetime.fromisoformat(done["endsAt"]) == setting.at(11, 15)
    off = await ask.change(setting.desk, CANCEL, input={"id": done["id"], "reason": "CLIENT"})
    assert (off["state"], off["cancellationReason"]) == ("CANCELLED", "CLIENT")
    again = await book(ask, setting.desk, setting.raleigh_client, setting.at(10))
    assert again["__typename"] == "Appointment"


async def test_a_start_that_is_taken_comes_with_the_next_ones(
    ask: Asking, setting: Setting
) -> None:
    await book(ask, setting.desk, setting.raleigh_client, setting.at(10))
    before = await ask.counts()
    problem = await book(ask, setting.desk, setting.partner_client, setting.at(10, 30))
    free = [datetime.fromisoformat(each) for each in problem.pop("nextFree")]
    assert problem == {
        "__typename": "SlotTakenProblem",
        "code": "SLOT_TAKEN",
        "retry": "NEW_SLOT",
        "field": f"{AT}.startsAt",
    }
    assert free[0] == setting.at(11, 30)
    assert await ask.counts() == before


async def test_a_partner_books_its_own_clients_under_its_own_reference(
    ask: Asking, setting: Setting
) -> None:
    ours, theirs = setting.partner_client, setting.raleigh_client
    done = await book(ask, setting.partner, ours, setting.at(10), externalReference="B-1")
    assert done["externalReference"] == "B-1"
    before = await ask.counts()
    for client, start, reference, code in (
        (theirs, setting.at(14), "B-2", "NOT_FOUND"),
        (ours, setting.at(14), None, "EXTERNAL_REFERENCE_NEEDED"),
    ):
        problem = await book(ask, setting.partner, client, start, externalReference=reference)
        assert problem["code"] == code
    assert await ask.counts() == before


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"clinic": {"code": "LONDON"}}, "NOT_FOUND", f"{AT}.clinic"),
        ({"clinic": {"code": "NOWHERE"}}, "NOT_FOUND", f"{AT}.clinic"),
        ({"client": {"code": "NOBODY"}}, "NOT_FOUND", "client"),
        ({"practitioner": {"code": "NOBODY"}}, "NOT_FOUND", f"{AT}.practitioner"),
        ({"bookedFor": {"course": {"code": "NONE"}}}, "NOT_FOUND", f"{AT}.bookedFor.course"),
        (visit(protocol={"code": "MN-CLASSIC"}), "NOT_FOUND", f"{VISIT}.protocol"),
        (visit(areas=[]), "AREA_NOT_TREATED", f"{VISIT}.areas"),
        (visit(areas=["FACE", "KNEE"]), "AREA_NOT_TREATED", f"{VISIT}.areas.1"),
        (visit(addOns=["LED"]), "ADD_ON_NOT_ALLOWED", f"{VISIT}.addOns.0"),
        (
            visit(variant={"indication": "HICCUPS"}),
            "INDICATION_NOT_TREATED",
            f"{VISIT}.variant.indication",
        ),
        (visit(variant={"depthMm": "9"}), "DEPTH_NOT_ALLOWED", f"{VISIT}.variant.depthMm"),
        (visit(variant={"depthMm": "2.0"}), "NOTHING_SUITABLE", None),
        ({"startsAt": "2020-01-06T15:00:00Z"}, "START_NOT_BOOKABLE", f"{AT}.startsAt"),
        ({"startsAt": "2099-01-05T15:00:00Z"}, "START_NOT_BOOKABLE", f"{AT}.startsAt"),
    ],
)
async def test_what_cannot_be_booked_is_refused_and_nothing_is_written(
    ask: Asking, setting: Setting, changed: dict[str, Any], code: str, field: str | None
) -> None:
    before = await ask.counts()
    problem = await book(ask, setting.desk, setting.raleigh_client, setting.at(10), **changed)
    assert (problem["code"], problem["field"]) == (code, field)
    assert await ask.counts() == before


async def test_other_refusals_write_nothing_either(ask: Asking, setting: Setting) -> None:
    before = await ask.counts()
    client = setting.raleigh_client
    problems = [
        await book(ask, setting.desk, client, setting.at(10, 3)),
        await book(ask, setting.desk, setting.london_client, setting.at(10)),
        await book(ask, setting.desk, client, setting.at(20)),
    ]
    assert [each["code"] for each in problems] == ["START_NOT_BOOKABLE", "NOT_FOUND", "SLOT_TAKEN"]
    assert await ask.counts() == before


async def test_a_practitioner_who_may_not_is_refused(ask: Asking, setting: Setting) -> None:
    """ANA works in London by now, but her licence is North Carolina's."""
    async with ask.work() as work:
        from_on = setting.day - timedelta(days=100)
        await assign_practitioner(work, practitioner="ANA", clinic="LONDON", from_on=from_on)
    before = await ask.counts()
    problem = await book(
        ask,
        setting.london_desk,
        setting.london_client,
        setting.at(10),
        clinic={"code": "LONDON"},
        practitioner={"code": "ANA"},
    )
    assert (problem["code"], problem["field"]) == (
        "PRACTITIONER_NOT_SUITABLE",
        f"{AT}.practitioner",
    )
    assert await ask.counts() == before


async def test_a_clinic_that_is_not_live_is_not_booked(ask: Asking, setting: Setting) -> None:
    async with ask.work() as work:
        await clinics.change_clinic_status(work, clinic="RALEIGH", status=ClinicStatus.SUSPENDED)
    before = await ask.counts()
    problem = await book(ask, setting.desk, setting.raleigh_client, setting.at(10))
    assert (problem["code"], problem["field"]) == ("CLINIC_NOT_BOOKABLE", f"{AT}.clinic")
    assert await ask.counts() == before


async def test_a_hold_stops_a_booking_with_the_callers_face(ask: Asking, setting: Setting) -> None:
    clinician = person_in(Role.PRACTITIONER, [setting.franchise.raleigh.id])
    for client in (setting.raleigh_client, setting.partner_client):
        async with ask.work(clinician) as work:
            await clients.place_hold(
                work,
                client=client.id,
                severity=ScreeningSeverity.REQUIRES_CLEARANCE,
                templates=["MN-MEDICAL"],
                until_on=None,
                reason="Acne",
            )
    before = await ask.counts()
    for actor, client, code in (
        (setting.desk, setting.raleigh_client, "CLINICAL_REVIEW_NEEDED"),
        (setting.partner, setting.partner_client, "CONTACT_CLINIC"),
        (clinician, setting.raleigh_client, "CONTRAINDICATED"),
    ):
        problem = await book(ask, actor, client, setting.at(10), externalReference="B-1")
        assert (problem["__typename"], problem["code"]) == ("HoldProblem", code)
    assert await ask.counts() == before


async def test_sessions_of_a_course_are_booked_until_none_is_left(
    ask: Asking, setting: Setting
) -> None:
    """Six weeks apart, as the protocol wants it."""
    course = await sold(ask, setting, sessions=2)
    client, weeks = setting.raleigh_client, [timedelta(weeks=6 * n) for n in range(3)]
    for late in weeks[:2]:
        done = await book(ask, setting.desk, client, setting.at(10) + late, **of(course))
        assert done["__typename"] == "Appointment"
    before = await ask.counts()
    problem = await book(ask, setting.desk, client, setting.at(10) + weeks[2], **of(course))
    assert (problem["code"], problem["field"]) == (
        "COURSE_NOT_BOOKABLE",
        f"{AT}.bookedFor.course",
    )
    assert await ask.counts() == before


async def test_skin_heals_between_visits_of_one_area(ask: Asking, setting: Setting) -> None:
    """Whether in a course or alone, before or after what is booked; other areas are free."""
    client = setting.raleigh_client
    await book(ask, setting.desk, client, setting.at(10), **of(await sold(ask, setting)))
    before = await ask.counts()
    for late in (timedelta(days=-14), timedelta(days=41)):
        problem = await book(ask, setting.desk, client, setting.at(10) + late)
        assert (problem["code"], problem["retry"]) == ("INTERVAL_TOO_SHORT", "NEW_SLOT")
    assert await ask.counts() == before
    day_after = setting.at(10) + timedelta(days=1)
    done = await book(ask, setting.desk, client, day_after, **visit(areas=["NECK"]))
    assert done["__typename"] == "Appointment"


async def test_what_was_done_counts_as_well(ask: Asking, setting: Setting) -> None:
    course = await sold(ask, setting)
    async with ask.work() as work:
        today = work.now.astimezone(NEW_YORK).date()
        await record_session(work, course=course.id, done_on=today, practitioner="ANA")
    problem = await book(ask, setting.desk, setting.raleigh_client, setting.at(10), **of(course))
    assert problem["code"] == "INTERVAL_TOO_SHORT"


async def test_a_course_is_not_booked_after_its_last_day(ask: Asking, setting: Setting) -> None:
    course = await sold(ask, setting, days=120)
    late = setting.at(10) + timedelta(days=120)
    before = await ask.counts()
    problem = await book(ask, setting.desk, setting.raleigh_client, late, **of(course))
    assert (problem["code"], problem["field"]) == ("COURSE_NOT_BOOKABLE", f"{AT}.startsAt")
    assert await ask.counts() == before


async def test_visits_are_listed_by_start_page_by_page(ask: Asking, setting: Setting) -> None:
    for client, hour in ((setting.partner_client, 14), (setting.raleigh_client, 10)):
        await book(ask, setting.desk, client, setting.at(hour))
    filtered = {"clinic": {"code": "RALEIGH"}, "state": "BOOKED"}
    page = await ask.data(setting.desk, VISITS, filter=filtered, first=1)
    first = page["appointments"]["edges"][0]["node"]
    assert datetime.fromisoformat(first.pop("startsAt")) == setting.at(10)
    assert first == {
        "clinic": {"code": "RALEIGH"},
        "client": {"code": setting.raleigh_client.code},
        "practitioners": [{"code": "ANA"}],
        "rooms": [{"code": "T1"}],
        "devices": [{"code": "PEN"}],
        "protocol": {"template": {"code": "MN-MEDICAL"}},
        "course": None,
    }
    info = page["appointments"]["pageInfo"]
    assert info["hasNextPage"]
    rest = await ask.data(setting.desk, VISITS, filter=filtered, first=1, after=info["endCursor"])
    second = rest["appointments"]["edges"][0]["node"]
    assert datetime.fromisoformat(second["startsAt"]) == setting.at(14)
    assert not rest["appointments"]["pageInfo"]["hasNextPage"]


@pytest.mark.isolation
async def test_a_clinic_sees_its_own_visits_only(ask: Asking, setting: Setting) -> None:
    done = await book(ask, setting.desk, setting.raleigh_client, setting.at(10))
    query = "query ($id: ID!) { appointment(id: $id) { id } node(id: $id) { id } }"
    listed = "{ appointments { edges { node { id } } } }"
    seen = await ask.data(setting.desk, query, id=done["id"])
    assert seen == {"appointment": {"id": done["id"]}, "node": {"id": done["id"]}}
    seen = await ask.data(setting.london_desk, query, id=done["id"])
    assert seen == {"appointment": None, "node": None}
    assert len((await ask.data(setting.desk, listed))["appointments"]["edges"]) == 1
    assert (await ask.data(setting.london_desk, listed))["appointments"]["edges"] == []


@pytest.mark.isolation
async def test_a_foreign_visit_is_not_called_off(ask: Asking, setting: Setting) -> None:
    done = await book(ask, setting.desk, setting.raleigh_client, setting.at(10))
    before = await ask.counts()
    unknown = str(relay.GlobalID("Appointment", str(new_id())))
    for appointment in (done["id"], unknown, global_id("Client", setting.london_client)):
        wanted = {"id": appointment, "reason": "MISTAKE"}
        problem = await ask.change(setting.london_desk, CANCEL, input=wanted)
        assert problem["code"] == "NOT_FOUND"
    assert await ask.counts() == before


async def test_clinics_and_clients_lead_to_their_visits(ask: Asking, setting: Setting) -> None:
    done = await book(ask, setting.desk, setting.raleigh_client, setting.at(10))
    client = global_id("Client", setting.raleigh_client)
    data = await ask.data(setting.desk, CROSSINGS, code="RALEIGH", client=client)
    ids = [each["appointments"]["edges"][0]["node"]["id"] for each in data.values()]
    assert ids == [done["id"], done["id"]]


@pytest.mark.scope_only
async def test_visits_are_for_who_may_read_them_in_that_clinic(
    ask: Asking, setting: Setting
) -> None:
    await book(ask, setting.desk, setting.raleigh_client, setting.at(10))
    raleigh, london = setting.franchise.raleigh.id, setting.franchise.london.id
    visiting = actor_with([london], Permission.APPOINTMENTS_READ)
    looking = actor_with([raleigh, london], Permission.CLINICS_READ)
    both = replace(looking, grants=(*looking.grants, *visiting.grants))
    query = "{ appointments { edges { node { id } } } }"
    assert (await ask.data(both, query))["appointments"]["edges"] == []
    answer = await ask(
        both, '{ clinic(by: {code: "RALEIGH"}) { appointments { edges { cursor } } } }'
    )
    assert answer.codes == ["FORBIDDEN"]


async def test_many_visits_take_as_many_statements_as_one(ask: Asking, setting: Setting) -> None:
    counted = []
    for late in range(4):
        start = setting.at(10) + timedelta(weeks=6 * late)
        await book(ask, setting.desk, setting.raleigh_client, start)
        if late in (0, 3):
            with ask.statements() as statements:
                await ask.data(everywhere(Role.HQ_ADMINISTRATOR), VISITS, first=100)
            counted.append(len(statements))
    assert counted[0] == counted[1]
