"""Selling a course: today's terms, pinned; nothing sold that cannot be done."""

import json
from typing import Any

import pytest

from schema.access.rules import SYSTEM, Role
from schema.clients.actions import place_hold
from schema.clinics.actions import change_clinic_status
from schema.clinics.rules import ClinicStatus
from schema.money import Money
from schema.pricing import actions as pricing
from schema.protocols.rules import ScreeningSeverity
from tests.actors import NOBODY, everywhere, partner_of
from tests.asking import Asking
from tests.courses.shop import COURSE, Shop, change, protocol_id, run, sell

MARKED = "MARKED finding"
ONE = "query ($by: By!) { course(by: $by) { code state total { amountMinor } } }"
LIST = """query ($filter: CourseFilter) { courses(filter: $filter, first: 100) {
    edges { node { code state } } } }"""
CROSSINGS = f"""{{ clinics {{ edges {{ node {{ code clients {{ edges {{ node {{ courses {{
    edges {{ node {{ {COURSE} clinicProtocol {{ template {{ code }} }} version {{ number }} }} }}
    }} }} }} }} courses {{ edges {{ node {{ code }} }} }} }} }} }} }}"""


async def test_a_course_is_sold_on_the_terms_of_today(ask: Asking, shop: Shop) -> None:
    course = await sell(ask, shop, areas=["FACE", "NECK"], addOns=["PRP"])
    assert course["__typename"] == "Course"
    assert course["state"] == "ACTIVE"
    assert (course["sessionsPlanned"], course["minDays"], course["maxDays"]) == (3, 42, 56)
    assert (course["soldOn"], course["expiresOn"]) == (shop.day(0), shop.day(365))
    assert course["total"] == {"amountMinor": 3 * (25_000 + 15_000), "currency": "USD"}
    assert sum(each["amount"]["amountMinor"] for each in course["priceLines"]) == 120_000
    assert course["nextSession"] == {"number": 1}
    windows = [(each["earliestOn"], each["latestOn"]) for each in course["sessions"]]
    assert windows == [
        (shop.day(0), shop.day(365 - 84)),
        (shop.day(42), shop.day(56)),
        (shop.day(84), shop.day(112)),
    ]


async def test_what_was_sold_stays_as_it_was(ask: Asking, shop: Shop) -> None:
    course = await sell(ask, shop)
    async with ask.work() as work:
        await pricing.set_protocol_price(
            work, clinic_protocol_id=shop.practice.raleigh, amount=Money(99_900, "USD")
        )
    shown = (await ask.data(shop.desk(), ONE, by={"code": course["code"]}))["course"]
    assert shown["total"] == {"amountMinor": 60_000}
    assert (await sell(ask, shop))["total"]["amountMinor"] == 3 * 99_900


async def test_a_package_brings_its_sessions_and_validity(ask: Asking, shop: Shop) -> None:
    course = await sell(ask, shop, buying={"package": {"code": "three"}})
    assert (course["sessionsPlanned"], course["expiresOn"]) == (3, shop.day(200))
    assert course["package"] == {"code": "THREE"}
    assert course["total"]["amountMinor"] == 50_000


async def test_the_sale_belongs_to_the_owner_of_the_day(ask: Asking, shop: Shop) -> None:
    await sell(ask, shop)
    owners = await run(
        ask, "select owners.code from courses join owners on owners.id = courses.owner_id"
    )
    assert owners.scalars().all() == ["CAROLINA"]


async def test_an_unusual_count_needs_a_reason_which_is_sealed(ask: Asking, shop: Shop) -> None:
    before = await ask.counts()
    problem = await sell(ask, shop, buying={"sessions": 5})
    assert (problem["code"], problem["field"]) == ("SESSION_COUNT_REFUSED", "sessionsReason")
    assert await ask.counts() == before
    course = await sell(ask, shop, buying={"sessions": 5}, sessionsReason=MARKED)
    assert course["sessionsPlanned"] == 5
    stored = await run(ask, "select t::text from courses t union all select t::text from events t")
    dump = " ".join(stored.scalars())
    assert "MARKED" not in dump
    assert MARKED.encode().hex() not in dump
    query = "query ($by: By!) { course(by: $by) { sessionsReason } }"
    by = {"id": course["id"]}
    read = await ask.data(shop.clinician(), query, by=by)
    assert read["course"]["sessionsReason"] == MARKED
    assert (await ask(shop.desk(), query, by=by)).codes == ["FORBIDDEN"]
    reads = await run(ask, "select count(*) from events where name = 'clinical.read'")
    assert reads.scalar_one() == 1


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"client": {"code": "C-NOBODY"}}, "NOT_FOUND", None),
        ({"clinicProtocol": "Q2xpbmljOng="}, "NOT_FOUND", None),
        ({"areas": ["KNEE"]}, "AREA_NOT_TREATED", "areas.0"),
        ({"addOns": ["MMP"]}, "ADD_ON_NOT_ALLOWED", "addOns.0"),
        ({"buying": {"package": {"code": "NONE"}}}, "PACKAGE_NOT_OFFERED", "buying.package"),
        ({"buying": {"sessions": 0}}, "INVALID_SESSIONS", "buying.sessions"),
        ({"validityDays": 83}, "COURSE_NOT_FEASIBLE", "sessions"),
        ({"validityDays": 0}, "COURSE_NOT_FEASIBLE", "validityDays"),
        ({"firstOn": "2020-01-01"}, "INVALID_DAY", "firstOn"),
        ({"externalReference": "x" * 101}, "INVALID_REFERENCE", "externalReference"),
    ],
)
async def test_nothing_is_written_of_a_sale_refused(
    ask: Asking, shop: Shop, fields: dict[str, Any], code: str, field: str | None
) -> None:
    before = await ask.counts()
    problem = await sell(ask, shop, **fields)
    assert (problem["code"], problem.get("field")) == (code, field)
    assert await ask.counts() == before


async def test_feasible_to_the_day(ask: Asking, shop: Shop) -> None:
    """(3 - 1) intervals of 42 days."""
    assert (await sell(ask, shop, validityDays=84))["__typename"] == "Course"


async def test_another_clinics_protocol_is_not_found(ask: Asking, shop: Shop) -> None:
    before = await ask.counts()
    wanted = {"clinicProtocol": protocol_id(shop.practice.london)}
    for actor in (shop.desk(), everywhere(Role.HQ_ADMINISTRATOR)):
        assert (await sell(ask, shop, actor, **wanted))["code"] == "NOT_FOUND"
    assert await ask.counts() == before


async def test_only_a_live_clinic_sells(ask: Asking, shop: Shop) -> None:
    async with ask.work() as work:
        await change_clinic_status(work, clinic="RALEIGH", status=ClinicStatus.SUSPENDED)
    before = await ask.counts()
    assert (await sell(ask, shop))["code"] == "CLINIC_NOT_SELLING"
    assert await ask.counts() == before


async def test_one_reference_one_sale(ask: Asking, shop: Shop) -> None:
    desk = shop.desk()
    course = await sell(ask, shop, desk, externalReference="till 7")
    assert course["externalReference"] == "till 7"
    before = await ask.counts()
    again = await sell(ask, shop, desk, externalReference="till 7")
    assert (again["__typename"], again["code"]) == ("ConflictProblem", "REFERENCE_TAKEN")
    assert await ask.counts() == before


async def test_a_hold_stops_the_sale_and_shows_its_face(ask: Asking, shop: Shop) -> None:
    async with ask.work() as work:
        await place_hold(
            work,
            client=shop.client.id,
            severity=ScreeningSeverity.REQUIRES_CLEARANCE,
            templates=["MN-MEDICAL"],
            until_on=None,
            reason=MARKED,
        )
    before = await ask.counts()
    refused = await sell(ask, shop)
    assert (refused["__typename"], refused["code"]) == ("HoldProblem", "CLINICAL_REVIEW_NEEDED")
    assert refused["holds"] is None
    assert "MARKED" not in json.dumps(refused)
    assert await ask.counts() == before
    shown = await sell(ask, shop, SYSTEM)
    assert shown["code"] == "CONTRAINDICATED"
    assert shown["holds"] == [{"finding": {"severity": "REQUIRES_CLEARANCE", "reason": MARKED}}]
    reads = await run(ask, "select count(*) from events where name = 'clinical.read'")
    assert reads.scalar_one() == 1
    dump = await run(ask, "select t::text from events t")
    assert "MARKED" not in " ".join(dump.scalars())


async def test_only_sellers_sell(ask: Asking, shop: Shop) -> None:
    query = "mutation ($input: SellCourseInput!) { sellCourse(input: $input) { __typename } }"
    fields = {
        "client": {"code": shop.client.code},
        "clinicProtocol": protocol_id(shop.practice.raleigh),
        "areas": ["FACE"],
    }
    before = await ask.counts()
    raleigh = shop.practice.franchise.raleigh.id
    for actor, code in (
        (NOBODY, "UNAUTHENTICATED"),
        (partner_of([raleigh]), "FORBIDDEN"),
        (shop.clinician(), "FORBIDDEN"),
        (everywhere(Role.HQ_ANALYST), "FORBIDDEN"),
    ):
        assert (await ask(actor, query, input=fields)).codes == [code]
    assert await ask.counts() == before


@pytest.mark.isolation
async def test_another_clinics_courses_are_not_found(ask: Asking, shop: Shop) -> None:
    course = await sell(ask, shop)
    theirs = shop.desk("london")
    assert (await ask.data(shop.desk(), ONE, by={"id": course["id"]}))["course"] is not None
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await ask.data(theirs, ONE, by={"id": course["id"]}))["course"] is None
    assert (await ask.data(theirs, ONE, by={"code": course["code"]}))["course"] is None
    assert (await ask.data(theirs, node, id=course["id"]))["node"] is None
    assert (await ask.data(theirs, LIST))["courses"]["edges"] == []
    before = await ask.counts()
    assert (await sell(ask, shop, theirs))["code"] == "NOT_FOUND"
    cancelled = await change(
        ask, theirs, "cancelCourse", course={"id": course["id"]}, reason="CLIENT"
    )
    assert cancelled["code"] == "NOT_FOUND"
    assert await ask.counts() == before


async def test_courses_are_listed_newest_first(ask: Asking, shop: Shop) -> None:
    codes = [(await sell(ask, shop))["code"] for _ in range(3)]
    await change(ask, shop.desk(), "cancelCourse", course={"code": codes[0]}, reason="MISTAKE")
    sold = "update courses set sold_on = '2020-01-01', expires_on = '2020-06-01' where code = "
    await run(ask, f"{sold}'{codes[1]}'")

    async def listed(**filter: Any) -> list[str]:
        data = await ask.data(shop.desk(), LIST, filter=filter)
        return [each["node"]["code"] for each in data["courses"]["edges"]]

    assert await listed() == codes[::-1]
    assert (
        await listed(clinic={"code": "RALEIGH"}, client={"code": shop.client.code}) == codes[::-1]
    )
    assert await listed(clinic={"code": "LONDON"}) == []
    assert await listed(state="CANCELLED") == [codes[0]]
    assert await listed(state="EXPIRED") == [codes[1]]
    assert await listed(state="ACTIVE") == [codes[2]]
    shown = await ask.data(shop.desk(), ONE, by={"code": codes[1]})
    assert shown["course"]["state"] == "EXPIRED"


async def test_a_cancelled_course_ends_its_sessions(ask: Asking, shop: Shop) -> None:
    course = await sell(ask, shop)
    fields = {"course": {"id": course["id"]}, "reason": "CLIENT"}
    cancelled = await change(ask, shop.desk(), "cancelCourse", **fields)
    assert (cancelled["state"], cancelled["cancellationReason"]) == ("CANCELLED", "CLIENT")
    assert {each["state"] for each in cancelled["sessions"]} == {"CANCELLED"}
    assert cancelled["nextSession"] is None
    before = await ask.counts()
    again = await change(ask, shop.desk(), "cancelCourse", **fields)
    assert again["code"] == "COURSE_NOT_ACTIVE"
    assert await ask.counts() == before


async def test_statements_do_not_grow_with_courses(ask: Asking, shop: Shop) -> None:
    await sell(ask, shop)
    hq = everywhere(Role.HQ_ADMINISTRATOR)
    with ask.statements() as few:
        await ask.data(hq, CROSSINGS)
    for _ in range(3):
        await sell(ask, shop, addOns=["PRP"])
    with ask.statements() as many:
        await ask.data(hq, CROSSINGS)
    assert len(few) == len(many)
