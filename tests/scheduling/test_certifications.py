"""Who is certified: for the protocol, where its steps ask for it; for the device, where its model
does."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from api.seed.content import TEMPLATES
from schema.access.rules import SYSTEM, Role
from schema.clinics.rules import DeviceClass, RoomKind
from schema.intervals import Interval
from schema.practitioners import actions as practitioners
from schema.practitioners.rules import CertificationKind, CredentialType
from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ResourceKind, Variant
from schema.scheduling.rules import (
    Quality,
    Resource,
    Shape,
    Visit,
    Wish,
    device,
    frame_for,
    practitioner,
    room,
)
from schema.scheduling.rules.grid import ceil_cell, floor_cell
from schema.scheduling.rules.hours import local_instant
from schema.scheduling.rules.resources import trained_for, usable
from tests.actors import everywhere, person_in
from tests.asking import Acting, Asking
from tests.scheduling.asked import book
from tests.scheduling.setting import Setting

TODAY = date(2027, 3, 1)
NURSE, TEMPLATE, MODEL = (
    CredentialType.NURSE,
    CertificationKind.PROTOCOL_TEMPLATE,
    CertificationKind.DEVICE_MODEL,
)
MEDICAL = next(each.content for each in TEMPLATES if each.code == "MN-MEDICAL")
ZONE = ZoneInfo("America/New_York")
DAY = Interval(local_instant(TODAY, 0, ZONE), local_instant(TODAY + timedelta(days=1), 0, ZONE))
NOON = local_instant(TODAY, 12 * 60, ZONE)
ROOM, PEN, ANA, BEA = 1, 2, 3, 4


@dataclass(frozen=True)
class Assigned:
    from_on: date = TODAY - timedelta(days=100)
    to_on: date | None = None


@dataclass(frozen=True)
class Licence:
    credential_type: CredentialType = NURSE
    jurisdiction_code: str = "US-NC"
    expires_on: date | None = None


@dataclass(frozen=True)
class Rule:
    jurisdiction_code: str = "US-NC"
    credential_type: CredentialType = NURSE
    max_needle_depth_mm: Decimal = Decimal("2.5")


@dataclass(frozen=True)
class Training:
    certification_kind: CertificationKind = TEMPLATE
    code: str = "MN-MEDICAL"
    expires_on: date | None = None


def nurse(number: int, *trained: Training, **assigned: date) -> Resource:
    return practitioner(
        number, [Assigned(**assigned)], [Licence()], [Rule()], ("US-NC", "US"), trained
    )


def need(**changed: Any) -> VisitNeed:
    return replace(
        VisitNeed(
            ResourceKind.PRACTITIONER,
            "OPERATOR",
            (("NURSE", "PHYSICIAN"),),
            ((0, 30),),
            0,
            Decimal("1.0"),
            certified=True,
        ),
        **changed,
    )


def test_a_need_that_asks_for_it_asks_for_training_by_this_template() -> None:
    asked = trained_for(need(), "MN-MEDICAL")
    assert asked.requirements == (("NURSE", "PHYSICIAN"), ("PROTOCOL_TEMPLATE:MN-MEDICAL",))
    plain = need(certified=False)
    assert trained_for(plain, "MN-MEDICAL") is plain


def test_a_visit_asks_for_it_by_its_templates_code() -> None:
    visit = Visit.of(MEDICAL, Wish("any", ("FACE",), Variant()), "MN-OTHER")
    asked = {each.role: each.requirements[1:] for each in visit.needs}
    assert asked == {
        "NEEDLE_DEVICE": (),
        "OPERATOR": (("PROTOCOL_TEMPLATE:MN-OTHER",),),
        "ROOM": (),
    }


@pytest.mark.parametrize(
    ("trained", "days", "meets"),
    [
        ((), 0, False),
        ((Training(),), 0, True),
        ((Training(code="MN-FIRST"),), 0, False),
        ((Training(certification_kind=MODEL),), 0, False),
        ((Training(expires_on=TODAY),), 0, True),
        ((Training(expires_on=TODAY),), 1, False),
        ((Training(expires_on=TODAY), Training()), 1, True),
    ],
)
def test_training_counts_until_the_end_of_its_last_day(trained, days, meets) -> None:
    asked, day = trained_for(need(), "MN-MEDICAL"), TODAY + timedelta(days=days)
    assert nurse(ANA, *trained).meets(asked, day) == meets


def test_training_counts_while_its_holder_is_assigned() -> None:
    asked = trained_for(need(), "MN-MEDICAL")
    begins = nurse(ANA, Training(), from_on=TODAY)
    ends = nurse(ANA, Training(), to_on=TODAY)
    before, after = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    assert [begins.meets(asked, each) for each in (before, TODAY)] == [False, True]
    assert [ends.meets(asked, each) for each in (TODAY, after)] == [True, False]


def test_training_alone_qualifies_nobody() -> None:
    lapsed = Licence(expires_on=TODAY - timedelta(days=1))
    chain = ("US-NC",)
    who = practitioner(ANA, [Assigned()], [lapsed], [Rule()], chain, [Training()])
    anybody = need(requirements=(), depth_mm=None, certified=False)
    assert not who.meets(anybody, TODAY)
    assert who.meets(anybody, TODAY - timedelta(days=1))


def test_a_device_that_nobody_may_use_is_left_out() -> None:
    pen = device(PEN, DeviceClass.NEEDLE_PEN, Decimal("2.5"), None, "PEN")
    assert pen.asks == "DEVICE_MODEL:PEN"
    assert device(PEN, DeviceClass.NEEDLE_PEN, None, None).asks is None
    last = TODAY + timedelta(days=5)
    holder = nurse(BEA, Training(MODEL, "PEN", last))
    assert usable([pen, nurse(ANA)], TODAY) == [nurse(ANA)]
    assert usable([pen, holder], last) == [pen, holder]
    assert usable([pen, holder], last + timedelta(days=1)) == [holder]


def needling(led_by: int | None = None) -> Visit:
    pen = VisitNeed(ResourceKind.DEVICE, "PEN", (("NEEDLE_PEN",),), ((0, 30),), 0, Decimal("1.0"))
    place = VisitNeed(ResourceKind.ROOM, "ROOM", (("TREATMENT",),), ((0, 30),), 0)
    return Visit((pen, need(certified=False), place), 30, led_by=led_by)


def taken(visit: Visit, *resources: Resource, busy: tuple[int, ...] = ()) -> set[int] | None:
    """What the visit takes at noon of a clinic with a room, where some are busy then."""
    there = (room(ROOM, RoomKind.TREATMENT), *resources)
    shape = Shape(ZONE, there, {each.number: [DAY] for each in there})
    end = NOON + timedelta(minutes=30)
    cells = {number: [(floor_cell(NOON), ceil_cell(end))] for number in busy}
    calendar = shape.calendar(frame_for(DAY), cells)
    found = calendar.assignment(visit, NOON)
    assert (found is not None) == (NOON in calendar.starts(visit, DAY, 30))
    return None if found is None else set(found)


def test_a_device_goes_with_somebody_certified_for_it() -> None:
    asking = device(PEN, DeviceClass.NEEDLE_PEN, Decimal("2.5"), None, "PEN")
    plain = device(9, DeviceClass.NEEDLE_PEN, Decimal("2.5"), None)
    ana, bea = nurse(ANA), nurse(BEA, Training(MODEL, "PEN"))
    assert taken(needling(), asking, ana, bea) == {ROOM, PEN, BEA}
    assert taken(needling(), asking, ana, bea, busy=(BEA,)) is None
    assert taken(needling(led_by=ANA), asking, ana, bea) is None
    assert taken(needling(led_by=ANA), asking, plain, ana, bea) == {ROOM, 9, ANA}
    assert taken(needling(), asking, plain, ana, bea, busy=(BEA,)) == {ROOM, 9, ANA}
    assert taken(needling(), asking, plain, ana, bea, busy=(9,)) == {ROOM, PEN, BEA}
    other = nurse(BEA, Training(MODEL, "OTHER"))
    assert taken(needling(), asking, ana, other) is None


MODEL_ADDED = """mutation ($input: AddDeviceModelInput!) { addDeviceModel(input: $input) {
    __typename
    ... on DeviceModel { code certificationRequired } ... on RuleProblem { code field } } }"""


async def test_a_device_model_says_whether_it_asks_for_it(ask: Asking) -> None:
    model = {"name": "Pen", "maker": "Maker", "deviceClass": "NEEDLE_PEN"}
    hq = everywhere(Role.HQ_ADMINISTRATOR)
    for code, given in (("P-1", {}), ("P-2", {"certificationRequired": True})):
        found = await ask.change(hq, MODEL_ADDED, input={"code": code, **model, **given})
        assert found == {
            "__typename": "DeviceModel",
            "code": code,
            "certificationRequired": bool(given),
        }


async def run(act: Acting, statement: str) -> None:
    async with act.engine.execution_options(actor=SYSTEM).begin() as connection:
        await connection.execute(text(statement))


async def refused(ask: Asking, setting: Setting, **changed: Any) -> Any:
    """The refusal of a treatment at ten; nothing is written."""
    before = await ask.counts()
    problem = await book(ask, setting.desk, setting.raleigh_client, setting.at(10), **changed)
    assert problem["__typename"] == "RuleProblem", problem
    assert await ask.counts() == before
    return problem["code"]


async def certify(act: Acting, code: str, kind: CertificationKind, what: str) -> None:
    async with act.work() as work:
        await practitioners.add_certification(work, practitioner=code, kind=kind, code=what)


async def led(ask: Asking, setting: Setting, **changed: Any) -> Any:
    """Who treats in the visit that is booked at ten."""
    found = await book(ask, setting.desk, setting.raleigh_client, setting.at(10), **changed)
    assert found["__typename"] == "Appointment", found
    query = "query ($id: ID!) { appointment(id: $id) { practitioners { code } } }"
    manager = person_in(Role.CLINIC_MANAGER, [setting.franchise.raleigh.id])
    data = await ask.data(manager, query, id=found["id"])
    return [each["code"] for each in data["appointment"]["practitioners"]]


async def test_nobody_untrained_is_booked(ask: Asking, setting: Setting) -> None:
    await run(ask, "delete from certifications")
    assert await refused(ask, setting) == "NOTHING_SUITABLE"
    await certify(ask, "BEA", TEMPLATE, "MN-MEDICAL")
    ana = {"practitioner": {"code": "ANA"}}
    assert await refused(ask, setting, **ana) == "PRACTITIONER_NOT_SUITABLE"
    assert await led(ask, setting) == ["BEA"]


async def test_training_that_ends_before_the_day_does_not_count(
    ask: Asking, setting: Setting
) -> None:
    await run(ask, f"update certifications set expires_on = '{setting.day - timedelta(days=1)}'")
    assert await refused(ask, setting) == "NOTHING_SUITABLE"
    await run(ask, f"update certifications set expires_on = '{setting.day}'")
    assert await led(ask, setting) in (["ANA"], ["BEA"])


async def test_a_device_is_used_by_who_is_certified_for_its_model(
    ask: Asking, setting: Setting
) -> None:
    await run(ask, "update device_models set certification_required = code = 'PEN'")
    assert await refused(ask, setting) == "NOTHING_SUITABLE"
    await certify(ask, "BEA", MODEL, "PEN")
    assert await led(ask, setting) == ["BEA"]


def test_a_quality_that_is_training_is_none_of_its_own() -> None:
    trained = Resource(ANA, ResourceKind.PRACTITIONER, (Quality("X", training=True),))
    assert not trained.meets(need(requirements=(), depth_mm=None, certified=False), TODAY)
