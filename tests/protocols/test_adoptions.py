"""A clinic adopts a protocol with its add-ons and sets its own values, through the API."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from schema.protocols import actions
from schema.protocols.rules import FieldLock, Lock, Put
from tests.asking import Acting, Asking
from tests.franchise import add_clinic
from tests.protocols.adopting import CLEANSE, DEPTH, MIN_DAYS, adopt, change, next_version, override
from tests.protocols.written import Published, publish
from tests.snapshots import Snapshots

LOCKS = (
    FieldLock(path="summary", lock=Lock.BOUNDED, choices=("For the face.", "For skin.")),
    FieldLock(
        path="steps.NEEDLE.minutes.max", lock=Lock.OPEN, floor=Decimal(30), ceiling=Decimal(60)
    ),
)

OFFERED = """
{ clinics { edges { node { code protocols { edges { node {
  state template { code } version { number } addOns { key } } } } } } } }
"""


@pytest.fixture
async def hq(act: Acting, snapshots: Snapshots) -> Published:
    return await snapshots.of(
        "published_medical_classic_consult",
        lambda: publish(act, "MN-MEDICAL", "MN-CLASSIC", "CONSULT"),
    )


@pytest.fixture
async def adopted(ask: Asking, hq: Published) -> Any:
    """Raleigh's adoption of MN-MEDICAL with PRP and MMP."""
    return await adopt(ask, hq.manager)


async def test_a_clinic_adopts_with_prp_and_mmp(act: Acting, hq: Published, adopted: Any) -> None:
    assert adopted["__typename"] == "ClinicProtocol"
    assert adopted["template"] == {"code": "MN-MEDICAL"}
    assert adopted["version"] == {"number": 1}
    assert adopted["addOns"] == [{"key": "MMP"}, {"key": "PRP"}]
    assert adopted["overrides"] == adopted["resolved"]["changes"] == []


@pytest.mark.isolation
async def test_each_caller_sees_its_own_clinics_adoptions(ask: Asking, hq: Published) -> None:
    mine = await adopt(ask, hq.manager)
    await adopt(ask, hq.franchise.other_manager, "LONDON", addOns=[])
    query = "query ($id: ID!) { node(id: $id) { id } }"
    template = """{ protocolTemplate(by: {code: "MN-MEDICAL"}) {
        adoptions { edges { node { clinic { code } } } } } }"""
    for actor, clinics in (
        (hq.franchise.hq, ["RALEIGH", "LONDON"]),
        (hq.manager, ["RALEIGH"]),
        (hq.franchise.partner, ["RALEIGH"]),
        (hq.franchise.other_manager, ["LONDON"]),
    ):
        offered = (await ask.data(actor, OFFERED))["clinics"]["edges"]
        assert {each["node"]["code"] for each in offered} == set(clinics)
        assert all(len(each["node"]["protocols"]["edges"]) == 1 for each in offered)
        adoptions = (await ask.data(actor, template))["protocolTemplate"]["adoptions"]["edges"]
        assert [each["node"]["clinic"]["code"] for each in adoptions] == clinics
        seen = (await ask.data(actor, query, id=mine["id"]))["node"]
        assert (seen is not None) == ("RALEIGH" in clinics)


@pytest.mark.isolation
async def test_adoption_is_found_by_the_codes_of_clinic_and_template(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    query = """query ($clinic: String!, $template: String!) {
        clinicProtocol(clinic: {code: $clinic}, template: {code: $template}) { id } }"""
    for actor, clinic, template, found in (
        (hq.manager, "raleigh", "mn-medical", {"id": adopted["id"]}),
        (hq.franchise.partner, "RALEIGH", "MN-MEDICAL", {"id": adopted["id"]}),
        (hq.manager, "RALEIGH", "CONSULT", None),
        (hq.franchise.other_manager, "RALEIGH", "MN-MEDICAL", None),
    ):
        answer = await ask.data(actor, query, clinic=clinic, template=template)
        assert answer == {"clinicProtocol": found}


@pytest.mark.isolation
async def test_a_manager_changes_no_other_clinics_adoption(ask: Asking, hq: Published) -> None:
    theirs = await adopt(ask, hq.franchise.other_manager, "LONDON")
    before = await ask.contents()
    foreign = {"clinicProtocol": theirs["id"], "expectedRevision": 1}
    for answer in (
        await adopt(ask, hq.manager, "LONDON", template={"code": "CONSULT"}, addOns=[]),
        await override(ask, hq.manager, theirs, DEPTH, decimal="1.5"),
        await change(ask, hq.manager, "changeAdoptedAddOns", **foreign, addOns=[]),
        await change(ask, hq.manager, "setProtocolOffered", **foreign, offered=False),
        await change(ask, hq.manager, "clearClinicOverride", **foreign, path=DEPTH),
    ):
        assert answer["__typename"] == "NotFoundProblem"
    assert await ask.contents() == before


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"addOns": ["PRP", "GLITTER"]}, "ADD_ON_NOT_ALLOWED", "addOns.1"),
        ({"addOns": ["PRP", "MMP", "PRP"]}, "ADD_ON_NOT_ALLOWED", "addOns.2"),
        ({"template": {"code": "CONSULT"}}, "ADD_ON_NOT_ALLOWED", "addOns.0"),
        ({"template": {"code": "NOTHING"}}, "NOT_FOUND", "template"),
        ({"versionNumber": 2}, "NOT_FOUND", "versionNumber"),
        ({"clinic": {"code": "NOWHERE"}}, "NOT_FOUND", "clinic"),
    ],
)
async def test_adoption_that_is_refused_writes_nothing(
    ask: Asking, hq: Published, fields: dict[str, Any], code: str, field: str
) -> None:
    before = await ask.contents()
    wanted = {
        "clinic": {"code": "RALEIGH"},
        "template": {"code": "MN-MEDICAL"},
        "addOns": ["PRP"],
        **fields,
    }
    answer = await change(ask, hq.manager, "adoptProtocol", **wanted)
    assert (answer["code"], answer["field"]) == (code, field)
    assert await ask.contents() == before


async def test_a_protocol_is_adopted_once(ask: Asking, hq: Published, adopted: Any) -> None:
    before = await ask.contents()
    again = await adopt(ask, hq.manager)
    assert (again["code"], again["field"]) == ("CONFLICT", "template")
    assert await ask.contents() == before


async def test_a_version_is_adopted_from_its_day_on(ask: Asking, hq: Published) -> None:
    await next_version(ask, hq, days_ahead=3)
    before = await ask.contents()
    early = await adopt(ask, hq.manager, versionNumber=2)
    assert early["code"] == "NOT_PUBLISHED"
    assert await ask.contents() == before
    assert (await adopt(ask, hq.manager))["version"] == {"number": 1}


async def test_an_override_changes_one_field_of_one_clinic(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    other = await adopt(ask, hq.franchise.other_manager, "LONDON")
    found = await override(ask, hq.manager, adopted, DEPTH, decimal="1.5")
    assert found["revision"] == adopted["revision"] + 1
    assert found["overrides"] == [
        {
            "path": DEPTH,
            "value": {"integer": None, "decimal": None, "boolean": None, "text": "1.5"},
            "reason": "Our rooms are small.",
        }
    ]
    assert found["resolved"]["changes"] == [
        {
            "path": DEPTH,
            "class": "SAFETY_LOOSENING",
            "layer": "CLINIC",
            "layerName": "RALEIGH",
            "before": {"integer": None, "decimal": "1.0"},
            "after": {"integer": None, "decimal": "1.5"},
        }
    ]
    query = "query ($id: ID!) { node(id: $id) { ... on ClinicProtocol { revision resolved {"
    query += " changes { path } content { parameters { default } } } } } }"
    theirs = (await ask.data(hq.franchise.other_manager, query, id=other["id"]))["node"]
    assert theirs["revision"] == 1
    assert theirs["resolved"] == {"changes": [], "content": {"parameters": [{"default": "1.0"}]}}


async def test_an_override_is_replaced_and_cleared(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    once = await override(ask, hq.manager, adopted, DEPTH, decimal="1.5")
    twice = await override(ask, hq.manager, once, DEPTH, decimal="2.0")
    assert [each["value"]["text"] for each in twice["overrides"]] == ["2.0"]
    cleared = await change(
        ask,
        hq.manager,
        "clearClinicOverride",
        clinicProtocol=adopted["id"],
        expectedRevision=twice["revision"],
        path=DEPTH,
    )
    assert cleared["overrides"] == cleared["resolved"]["changes"] == []


async def test_override_that_needs_another_is_set_after_it(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    before = await ask.contents()
    alone = await override(ask, hq.manager, adopted, f"{CLEANSE}.typical", integer=10)
    assert alone["__typename"] == "ValidationProblem"
    assert alone["problems"] == [{"code": "INVALID_CONTENT", "field": CLEANSE}]
    assert await ask.contents() == before
    longer = await override(ask, hq.manager, adopted, f"{CLEANSE}.max", integer=15)
    both = await override(ask, hq.manager, longer, f"{CLEANSE}.typical", integer=10)
    assert len(both["overrides"]) == 2
    before = await ask.contents()
    refused = await change(
        ask,
        hq.manager,
        "clearClinicOverride",
        clinicProtocol=adopted["id"],
        expectedRevision=both["revision"],
        path=f"{CLEANSE}.max",
    )
    assert refused["__typename"] == "ValidationProblem"
    assert await ask.contents() == before


REFUSED = [
    ("steps.NEEDLE.minutes.typical", {"integer": 25}, "FIELD_LOCKED", "path"),
    ("steps.POLISH.minutes.typical", {"integer": 25}, "UNKNOWN_PATH", "path"),
    (DEPTH, {"decimal": "2.6"}, "OUT_OF_BOUNDS", "value"),
    (DEPTH, {"decimal": "0.2"}, "OUT_OF_BOUNDS", "value"),
    (DEPTH, {"text": "deep"}, "INVALID_VALUE", "value"),
    (DEPTH, {"boolean": True}, "INVALID_VALUE", "value"),
    (MIN_DAYS, {"integer": 13}, "BELOW_HEALING_GUARD", "value"),
    (MIN_DAYS, {"integer": 20}, "OUT_OF_BOUNDS", "value"),
]


@pytest.mark.parametrize(("path", "value", "code", "field"), REFUSED)
async def test_override_that_is_refused_writes_nothing(
    ask: Asking,
    hq: Published,
    adopted: Any,
    path: str,
    value: dict[str, Any],
    code: str,
    field: str,
) -> None:
    before = await ask.contents()
    answer = await override(ask, hq.manager, adopted, path, **value)
    assert (answer["__typename"], answer["code"], answer["field"]) == ("RuleProblem", code, field)
    assert await ask.contents() == before


BOUNDS = [
    ("summary", {"text": "Ours"}, "OUT_OF_BOUNDS"),
    ("steps.NEEDLE.minutes.max", {"integer": 25}, "OUT_OF_BOUNDS"),
    ("steps.NEEDLE.minutes.max", {"integer": 65}, "OUT_OF_BOUNDS"),
    ("modality", {"text": "Rolled"}, "FIELD_LOCKED"),
]


@pytest.mark.parametrize(("path", "value", "code"), BOUNDS)
async def test_lists_floors_and_ceilings_hold_whatever_the_lock(
    ask: Asking, hq: Published, path: str, value: dict[str, Any], code: str
) -> None:
    """One of a list; open, but not beyond its floor or ceiling."""
    await next_version(ask, hq, *(Put("locks", each) for each in LOCKS))
    adopted = await adopt(ask, hq.manager)
    before = await ask.contents()
    answer = await override(ask, hq.manager, adopted, path, **value)
    assert (answer["__typename"], answer["code"]) == ("RuleProblem", code), answer
    assert await ask.contents() == before
    revision = adopted["revision"]
    for allowed, what in (
        ("summary", {"text": "For the face."}),
        ("steps.NEEDLE.minutes.max", {"integer": 60}),
    ):
        taken = await override(ask, hq.manager, {**adopted, "revision": revision}, allowed, **what)
        assert taken["__typename"] == "ClinicProtocol", taken
        revision = taken["revision"]


async def test_stale_unknown_and_silent_changes_write_nothing(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    before = await ask.contents()
    here = {"clinicProtocol": adopted["id"], "expectedRevision": 1}
    value = {"path": DEPTH, "value": {"decimal": "1.5"}}
    for name, fields, code, field in (
        (
            "setClinicOverride",
            {**here, **value, "expectedRevision": 7, "reason": "So."},
            "STALE_REVISION",
            "expectedRevision",
        ),
        ("setClinicOverride", {**here, **value, "reason": " "}, "REASON_MISSING", "reason"),
        ("clearClinicOverride", {**here, "path": DEPTH}, "NOT_FOUND", "path"),
        ("changeAdoptedAddOns", {**here, "addOns": ["X"]}, "ADD_ON_NOT_ALLOWED", "addOns.0"),
    ):
        answer = await change(ask, hq.manager, name, **fields)
        assert (answer["code"], answer["field"]) == (code, field)
    assert await ask.contents() == before


async def test_of_two_at_the_same_time_one_is_stale(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    answers = await asyncio.gather(
        override(ask, hq.manager, adopted, DEPTH, decimal="1.5"),
        override(ask, hq.franchise.hq, adopted, MIN_DAYS, integer=35),
    )
    assert sorted(each["__typename"] for each in answers) == ["ClinicProtocol", "ConflictProblem"]
    assert [each.get("code") for each in answers].count("STALE_REVISION") == 1


async def test_add_ons_are_replaced_and_the_offer_withdrawn(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    fewer = await change(
        ask,
        hq.manager,
        "changeAdoptedAddOns",
        clinicProtocol=adopted["id"],
        expectedRevision=1,
        addOns=["LED", "PRP"],
    )
    assert fewer["addOns"] == [{"key": "LED"}, {"key": "PRP"}]
    withdrawn = await change(
        ask,
        hq.manager,
        "setProtocolOffered",
        clinicProtocol=adopted["id"],
        expectedRevision=2,
        offered=False,
    )
    assert (withdrawn["state"], withdrawn["revision"]) == ("WITHDRAWN", 3)


RESOLVED = """
query ($id: ID!, $areas: [String!]!, $addOns: [String!], $variant: VariantInput) {
  node(id: $id) { ... on ClinicProtocol { resolved {
    durations(areas: $areas, addOns: $addOns, variant: $variant) {
      chair { typical } practitioner { typical } total { typical } }
    interval(variant: $variant) { key minDays preferredDays maxDays }
    sessionCount(severity: SEVERE) { min default max }
  } } }
}
"""


async def test_durations_interval_and_count_are_those_of_the_clinic(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    await override(ask, hq.manager, adopted, MIN_DAYS, integer=35)
    found = await ask.data(
        hq.franchise.partner,
        RESOLVED,
        id=adopted["id"],
        areas=["FACE", "NECK"],
        addOns=["PRP", "MMP"],
        variant={"indication": "MELASMA", "severity": "SEVERE", "depthMm": "1.5"},
    )
    assert found["node"]["resolved"] == {
        "durations": {
            "chair": {"typical": 135},
            "practitioner": {"typical": 120},
            "total": {"typical": 140},
        },
        "interval": {"key": "GENERAL", "minDays": 35, "preferredDays": 49, "maxDays": 56},
        "sessionCount": {"min": 6, "default": 6, "max": 8},
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"areas": ["ELBOW"]},
        {"areas": []},
        {"addOns": ["LED"]},
        {"variant": {"indication": "GOUT"}},
        {"variant": {"depthMm": "9"}},
    ],
)
async def test_visit_the_clinic_does_not_offer_has_no_duration(
    ask: Asking, hq: Published, adopted: Any, wrong: dict[str, Any]
) -> None:
    asked = {"id": adopted["id"], "areas": ["FACE"], **wrong}
    answer = await ask(hq.franchise.partner, RESOLVED, **asked)
    assert answer.codes == ["BAD_REQUEST"]


async def test_overrides_and_their_reasons_are_the_clinics_own(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    query = "query ($id: ID!) { node(id: $id) { ... on ClinicProtocol { overrides { path } } } }"
    answer = await ask(hq.franchise.partner, query, id=adopted["id"])
    assert answer.codes == ["FORBIDDEN"]
    assert answer.data == {"node": {"overrides": None}}


async def test_links_take_one_statement_each_for_one_clinic_and_for_many(
    ask: Asking, hq: Published
) -> None:
    query = """query ($first: Int!) { clinics(first: $first) { edges { node { code protocols {
        edges { node { template { code } version { number } addOns { key } overrides { path }
        resolved { changes { path } content { name } durations(areas: ["FACE"]) {
        total { typical } } } clinic { code } } } } } } } }"""
    async with ask.work(hq.franchise.hq) as work:
        for number in range(12):
            clinic = await add_clinic(work, f"AB-{number:02}")
            for template, add_ons in (("MN-MEDICAL", ["PRP", "MMP"]), ("MN-CLASSIC", [])):
                row = await actions.adopt_protocol(
                    work, clinic=clinic.id, template=template, add_ons=add_ons
                )
                await actions.set_clinic_override(
                    work,
                    clinic_protocol_id=row.id,
                    expected_revision=1,
                    path=MIN_DAYS,
                    value=35,
                    reason="Ours.",
                )
    with ask.statements() as for_one:
        await ask.data(hq.franchise.hq, query, first=1)
    with ask.statements() as for_all:
        found = await ask.data(hq.franchise.hq, query, first=100)
    adopted = [each["node"]["protocols"]["edges"] for each in found["clinics"]["edges"]]
    assert sum(map(len, adopted)) == 24
    assert all(each["node"]["resolved"]["changes"] for edges in adopted for each in edges)
    assert len(for_one) == len(for_all) == 8
