"""What headquarters sets to come before treatments: by whom, what is refused, whom it holds up."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from strawberry import relay

from schema.access import actions as access
from schema.access.rules import NOBODY, SYSTEM, Actor, Role
from schema.base import new_id
from schema.clients.actions import create_link_code, link_client
from schema.clients.models import ClientRow
from schema.clinics.models import ClinicRow
from schema.protocols.rules import ProtocolKind
from schema.scheduling.actions.prerequisites import check_prerequisites
from schema.scheduling.rules import Wish
from schema.scheduling.rules.prerequisites import MissingPrerequisite
from schema.scheduling.store.prerequisites import visits_done
from tests.actors import everywhere, partner_of, person_in
from tests.asking import Acting, Asking
from tests.scheduling.asked import CANCEL, book
from tests.scheduling.setting import CONSULTATION, TREATMENT, Setting

FIELDS = """id jurisdictionCode visitKind templates areas addOns credentialTypes remoteAllowed
    minDays maxDays fromOn toOn source jurisdiction { name } owner { code }"""
PROBLEMS = """... on RuleProblem { code field message } ... on NotFoundProblem { code field }
    ... on ConflictProblem { code field }"""
SET = f"""mutation ($input: SetPrerequisiteInput!) {{ setPrerequisite(input: $input) {{ __typename
    ... on Prerequisite {{ {FIELDS} }} {PROBLEMS} }} }}"""
END = f"""mutation ($input: EndPrerequisiteInput!) {{ endPrerequisite(input: $input) {{ __typename
    ... on Prerequisite {{ {FIELDS} }} {PROBLEMS} }} }}"""
LIST = f"""query ($filter: PrerequisiteFilter, $first: Int = 20, $after: String) {{
    prerequisites(filter: $filter, first: $first, after: $after) {{
        edges {{ node {{ {FIELDS} }} }} pageInfo {{ endCursor hasNextPage }} }} }}"""
SINCE = date(2026, 1, 1)
CONSULT = {"bookedFor": {"visit": {"protocol": {"code": "CONSULT"}}}}


@dataclass(frozen=True)
class Headquarters:
    """Those who set what comes before, each a person who is on record."""

    administrator: Actor
    lead: Actor


@pytest.fixture
async def hq(act: Acting, setting: Setting) -> Headquarters:
    async with act.work() as work:
        rows = [
            await access.create_person(
                work, email=f"{name}@example.org", name=name, password="correct horse battery"
            )
            for name in ("administrator", "chief")
        ]
    administrator, lead = (each.id for each in rows)
    return Headquarters(
        everywhere(Role.HQ_ADMINISTRATOR, administrator), everywhere(Role.HQ_CLINICAL_LEAD, lead)
    )


def wanted(**changed: Any) -> dict[str, Any]:
    """A consultation two to ninety days before any treatment in the United States."""
    return {
        "jurisdictionCode": "US",
        "visitKind": "CONSULTATION",
        "minDays": 2,
        "maxDays": 90,
        "fromOn": SINCE.isoformat(),
        "source": "A statute",
        **changed,
    }


async def put(ask: Asking, hq: Headquarters, **changed: Any) -> Any:
    found = await ask.change(hq.lead, SET, input=wanted(**changed))
    assert found["__typename"] == "Prerequisite", found
    return found


async def listed(ask: Asking, actor: Actor, **filter: Any) -> list[Any]:
    data = await ask.data(actor, LIST, filter=filter)
    return [each["node"] for each in data["prerequisites"]["edges"]]


async def events(act: Acting, name: str) -> list[Any]:
    query = text("select subject_type, payload from events where name = :name order by id")
    async with act.engine.execution_options(actor=SYSTEM).connect() as connection:
        return [tuple(row) for row in await connection.execute(query, {"name": name})]


async def test_headquarters_sets_what_comes_before(ask: Asking, hq: Headquarters) -> None:
    """The clinical lead by all that can be said, the administrator by the least."""
    found = await put(
        ask,
        hq,
        jurisdictionCode="us-nc",
        visitKind="EXAM",
        owner={"code": "CAROLINA"},
        templates=["mn-medical"],
        areas=["NECK", "FACE", " FACE"],
        addOns=["PRP"],
        credentialTypes=["PRESCRIBER", "NURSE"],
        remoteAllowed=True,
        minDays=0,
        maxDays=None,
        toOn="2027-12-31",
        source=" A statute ",
    )
    assert {key: value for key, value in found.items() if key != "id"} == {
        "__typename": "Prerequisite",
        "jurisdictionCode": "US-NC",
        "visitKind": "EXAM",
        "templates": ["MN-MEDICAL"],
        "areas": ["FACE", "NECK"],
        "addOns": ["PRP"],
        "credentialTypes": ["NURSE", "PRESCRIBER"],
        "remoteAllowed": True,
        "minDays": 0,
        "maxDays": None,
        "fromOn": "2026-01-01",
        "toOn": "2027-12-31",
        "source": "A statute",
        "jurisdiction": {"name": "North Carolina"},
        "owner": {"code": "CAROLINA"},
    }
    plain = await ask.change(hq.administrator, SET, input=wanted())
    assert (plain["templates"], plain["areas"], plain["credentialTypes"]) == (None, None, None)
    by = "query ($id: ID!) { node(id: $id) { ... on Prerequisite { setBy { id } } } }"
    answer = await ask.data(hq.administrator, by, id=found["id"])
    assert answer["node"]["setBy"] == {"id": str(relay.GlobalID("Person", str(hq.lead.id)))}
    ((subject, payload), _) = await events(ask, "prerequisite.set")
    assert (subject, payload["jurisdiction"], payload["visit_kind"]) == (
        "Prerequisite",
        "US-NC",
        "EXAM",
    )


async def test_what_was_set_is_everybodys_to_read(
    ask: Asking, setting: Setting, hq: Headquarters
) -> None:
    """By place with its parents, by day, by its id, page by page."""
    country = await put(ask, hq)
    state = await put(ask, hq, jurisdictionCode="US-NC", toOn="2027-06-30")
    await put(ask, hq, jurisdictionCode="GB")
    for actor in (setting.partner, setting.desk, setting.london_desk, hq.lead):
        assert len(await listed(ask, actor)) == 3
        found = await listed(ask, actor, jurisdictionCode=" us-nc ")
        assert [each["id"] for each in found] == [country["id"], state["id"]]
        assert len(await listed(ask, actor, jurisdictionCode="US-FL")) == 1
        later = await listed(ask, actor, jurisdictionCode="US-NC", on="2027-07-01")
        assert [each["id"] for each in later] == [country["id"]]
        assert await listed(ask, actor, on="2025-12-31") == []
        by_id = await ask.data(actor, "query ($id: ID!) { node(id: $id) { id } }", id=state["id"])
        assert by_id == {"node": {"id": state["id"]}}
    unknown = await ask(setting.desk, LIST, filter={"jurisdictionCode": "XX"})
    assert unknown.errors
    page = await ask.data(setting.desk, LIST, first=2)
    cursor = page["prerequisites"]["pageInfo"]["endCursor"]
    rest = await ask.data(setting.desk, LIST, first=2, after=cursor)
    assert [each["node"]["jurisdictionCode"] for each in rest["prerequisites"]["edges"]] == [
        "US-NC"
    ]


def callers(setting: Setting) -> dict[str, Actor]:
    raleigh = [setting.franchise.raleigh.id]
    roles = (Role.CLINIC_MANAGER, Role.FRONT_DESK, Role.PRACTITIONER)
    return {
        **{role: person_in(role, raleigh) for role in roles},
        "COUNTRY_LEAD": everywhere(Role.COUNTRY_LEAD),
        "HQ_ANALYST": everywhere(Role.HQ_ANALYST),
        "PARTNER": partner_of(None),
        "NOBODY": NOBODY,
    }


async def test_nobody_else_sets_or_ends_anything(
    ask: Asking, setting: Setting, hq: Headquarters
) -> None:
    there = await put(ask, hq)
    before = await ask.contents()
    for name, actor in callers(setting).items():
        for mutation, given in (
            (SET, wanted()),
            (END, {"id": there["id"], "toOn": "2027-01-01"}),
        ):
            answer = await ask(actor, mutation, input=given)
            refusal = "UNAUTHENTICATED" if name == "NOBODY" else "FORBIDDEN"
            assert answer.codes == [refusal], name
    assert (await ask(NOBODY, LIST)).codes == ["UNAUTHENTICATED"]
    assert await ask.contents() == before


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"jurisdictionCode": "XX"}, "NOT_FOUND", "jurisdictionCode"),
        ({"owner": {"code": "NOBODY"}}, "NOT_FOUND", "owner"),
        ({"templates": ["MN-NOTHING"]}, "NOT_FOUND", "templates"),
        ({"templates": ["CONSULT"]}, "INVALID_PREREQUISITE", "templates"),
        ({"templates": []}, "INVALID_PREREQUISITE", "templates"),
        ({"areas": [""]}, "INVALID_PREREQUISITE", "areas"),
        ({"addOns": ["A" * 61]}, "INVALID_PREREQUISITE", "addOns"),
        ({"credentialTypes": []}, "INVALID_PREREQUISITE", "credentialTypes"),
        ({"visitKind": "TREATMENT"}, "INVALID_PREREQUISITE", "visitKind"),
        ({"minDays": -1}, "INVALID_PREREQUISITE", "minDays"),
        ({"minDays": 9, "maxDays": 8}, "INVALID_PREREQUISITE", "maxDays"),
        ({"toOn": "2025-12-31"}, "INVALID_PREREQUISITE", "toOn"),
        ({"source": " "}, "INVALID_PREREQUISITE", "source"),
    ],
)
async def test_what_cannot_be_is_not_set(
    ask: Asking, hq: Headquarters, changes: dict[str, Any], code: str, field: str
) -> None:
    before = await ask.contents()
    problem = await ask.change(hq.lead, SET, input=wanted(**changes))
    assert (problem["code"], problem["field"]) == (code, field)
    assert await ask.contents() == before


async def test_an_end_is_set_once_and_brought_forward(
    ask: Asking, setting: Setting, hq: Headquarters
) -> None:
    there = await put(ask, hq)
    ended = await ask.change(hq.administrator, END, input={"id": there["id"], "toOn": "2027-06-30"})
    assert (ended["toOn"], ended["id"]) == ("2027-06-30", there["id"])
    sooner = await ask.change(hq.lead, END, input={"id": there["id"], "toOn": "2027-01-31"})
    assert sooner["toOn"] == "2027-01-31"
    recorded = [payload["to_on"] for _, payload in await events(ask, "prerequisite.ended")]
    assert sorted(recorded) == ["2027-01-31", "2027-06-30"]
    before = await ask.contents()
    for to_on in ("2027-01-31", "2027-06-30", "2025-12-31"):
        problem = await ask.change(hq.lead, END, input={"id": there["id"], "toOn": to_on})
        assert (problem["code"], problem["field"]) == ("PREREQUISITE_ENDED", "toOn")
    unknown = str(relay.GlobalID("Prerequisite", str(new_id())))
    problem = await ask.change(hq.lead, END, input={"id": unknown, "toOn": "2027-01-01"})
    assert (problem["code"], problem["field"]) == ("NOT_FOUND", "id")
    assert await ask.contents() == before


async def missing(
    act: Acting,
    setting: Setting,
    visitor: ClientRow | None = None,
    day: date | None = None,
    starts_at: datetime | None = None,
    protocol: str = "MN-MEDICAL",
    wish: Wish = TREATMENT,
) -> list[ProtocolKind]:
    """What kinds of visits are missing for a treatment in Raleigh, for its front desk."""
    async with act.work(setting.desk) as work:
        here = await work.session.get_one(ClinicRow, setting.franchise.raleigh.id)
        guest = await work.session.get_one(ClientRow, (visitor or setting.raleigh_client).id)
        desk = replace(work, scope=setting.desk.reach())
        try:
            await check_prerequisites(
                desk, here, guest, protocol, wish, day or setting.day, starts_at
            )
        except MissingPrerequisite as refused:
            return [each.visit_kind for each in refused.lacking]
    return []


async def consulted(
    ask: Asking, setting: Setting, days_before: int, hour: int = 10, **changed: Any
) -> Any:
    """A consultation of Raleigh's client so many days before the day of the setting."""
    start = setting.at(hour) - timedelta(days=days_before)
    found = await book(ask, setting.desk, setting.raleigh_client, start, **{**CONSULT, **changed})
    assert found["__typename"] == "Appointment", found
    return found


async def test_a_treatment_waits_for_its_consultation(
    ask: Asking, setting: Setting, hq: Headquarters
) -> None:
    """Only treatments do, and only those that it comes before."""
    assert await missing(ask, setting) == []
    await put(ask, hq)
    assert await missing(ask, setting) == [ProtocolKind.CONSULTATION]
    assert await missing(ask, setting, protocol="CONSULT", wish=CONSULTATION) == []
    await consulted(ask, setting, days_before=5)
    assert await missing(ask, setting) == []
    assert await missing(ask, setting, visitor=setting.partner_client) == [
        ProtocolKind.CONSULTATION
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"jurisdictionCode": "GB"},
        {"jurisdictionCode": "US-FL"},
        {"owner": {"code": "ALBION"}},
        {"areas": ["HANDS"]},
        {"addOns": ["PRP"]},
        {"toOn": "2026-01-31"},
    ],
)
async def test_what_is_set_for_others_holds_nobody_up(
    ask: Asking, setting: Setting, hq: Headquarters, changes: dict[str, Any]
) -> None:
    await put(ask, hq, **changes)
    assert await missing(ask, setting) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"jurisdictionCode": "US-NC"},
        {"owner": {"code": "CAROLINA"}},
        {"areas": ["FACE", "HANDS"]},
        {"templates": ["MN-MEDICAL"]},
    ],
)
async def test_what_is_set_for_the_treatment_holds_it_up(
    ask: Asking, setting: Setting, hq: Headquarters, changes: dict[str, Any]
) -> None:
    await put(ask, hq, **changes)
    assert await missing(ask, setting) == [ProtocolKind.CONSULTATION]


async def test_the_days_between_are_the_clinics(
    ask: Asking, setting: Setting, hq: Headquarters
) -> None:
    await put(ask, hq, minDays=2, maxDays=9)
    await consulted(ask, setting, days_before=1)
    assert await missing(ask, setting) == [ProtocolKind.CONSULTATION]
    for days, lacking in ((0, 1), (1, 0), (8, 0), (9, 1)):
        day = setting.day + timedelta(days=days)
        assert len(await missing(ask, setting, day=day)) == lacking, days


async def test_on_the_same_day_it_ends_before_the_treatment_starts(
    ask: Asking, setting: Setting, hq: Headquarters
) -> None:
    await put(ask, hq, minDays=0, maxDays=None)
    await consulted(ask, setting, days_before=0, hour=12)
    assert await missing(ask, setting, starts_at=setting.at(10)) == [ProtocolKind.CONSULTATION]
    assert await missing(ask, setting, starts_at=setting.at(13)) == []


async def test_what_was_called_off_or_missed_does_not_count(
    ask: Asking, setting: Setting, hq: Headquarters
) -> None:
    await put(ask, hq)
    first = await consulted(ask, setting, days_before=5)
    await ask.change(setting.desk, CANCEL, input={"id": first["id"], "reason": "CLIENT"})
    assert await missing(ask, setting) == [ProtocolKind.CONSULTATION]
    await consulted(ask, setting, days_before=6)
    for state, lacking in (("NO_SHOW", 1), ("COMPLETED", 0)):
        statement = text(f"update appointments set state = '{state}' where state <> 'CANCELLED'")
        async with ask.engine.execution_options(actor=SYSTEM).begin() as connection:
            await connection.execute(statement)
        assert len(await missing(ask, setting)) == lacking


async def test_who_did_it_is_licensed_as_asked(
    ask: Asking, setting: Setting, hq: Headquarters
) -> None:
    """A nurse may be asked for; a prescriber is nobody in the clinic."""
    await put(ask, hq, credentialTypes=["NURSE"])
    await consulted(ask, setting, days_before=5)
    assert await missing(ask, setting) == []
    await put(ask, hq, credentialTypes=["PRESCRIBER"])
    assert await missing(ask, setting) == [ProtocolKind.CONSULTATION]


async def test_a_visit_of_the_same_person_counts_wherever_it_was(
    ask: Asking, setting: Setting, hq: Headquarters
) -> None:
    """Its kind, its day and as what its people are licensed are told: nothing else."""
    await put(ask, hq)
    london = {"clinic": {"code": "LONDON"}, **CONSULT}
    start = setting.at(10, zone="Europe/London") - timedelta(days=5)
    found = await book(ask, setting.london_desk, setting.london_client, start, **london)
    assert found["__typename"] == "Appointment", found
    assert await missing(ask, setting) == [ProtocolKind.CONSULTATION]
    agreed = {"agreed_on": SINCE, "agreement": "paper 1"}
    async with ask.work() as work:
        code = await create_link_code(work, client=setting.london_client.id, **agreed)
        await link_client(work, client=setting.raleigh_client.id, code=code.code, **agreed)
    assert await missing(ask, setting) == []
    async with ask.work(setting.desk) as work:
        guest = await work.session.get_one(ClientRow, setting.raleigh_client.id)
        (visit,) = await visits_done(work.session, guest, [ProtocolKind.CONSULTATION])
        assert await work.session.get(ClientRow, setting.london_client.id) is None
    assert (visit.kind, visit.day) == (
        ProtocolKind.CONSULTATION,
        setting.day - timedelta(days=5),
    )
    assert visit.credential_types == {"NURSE"}
