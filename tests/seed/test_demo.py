"""The demo has something of everything, and its words open it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from api.errors import CannotProceed
from api.greeting import Caller
from api.seed import words
from api.seed.demo import CALLERS, is_demo, is_empty, load_demo
from api.seed.demo.people import MEMBERS, Member
from api.seed.demo.places import LIVE, SUSPENDED
from schema.access import actions as access
from schema.access.actions import SignedIn
from schema.access.rules import GRANTED, SYSTEM, Actor, Role
from schema.base import execute, tables
from schema.clinics.models import ClinicRow
from schema.clinics.rules import ClinicStatus
from schema.context import Work, guard
from schema.practitioners.models import PractitionerAssignmentRow, ScopeRuleRow
from schema.protocols.models import ProtocolApprovalRow, ProtocolVersionRow
from schema.protocols.rules import VersionState
from schema.scope import EVERYWHERE
from tests.asking import SECRETS, Asking
from tests.database import Clone
from tests.demo import Demo, settings

TENANTS = sorted(name for name, row in tables().items() if row.kind.name == "tenant")


def session_of(demo: Demo) -> AsyncSession:
    """As the system; without a commit nothing is kept."""
    return AsyncSession(demo.engine.execution_options(actor=SYSTEM))


async def actor_of(demo: Demo, caller: Caller) -> Actor:
    if caller.email:
        return demo.callers[caller.email.partition("@")[0]]
    assert caller.api_key
    async with session_of(demo) as session:
        now = (await execute(session, select(func.clock_timestamp()))).scalar_one()
        work = Work(session, SYSTEM, EVERYWHERE, now, SECRETS)
        actor = await access.actor_of_api_key(work, caller.api_key)
    assert actor is not None
    return actor


@pytest.mark.parametrize("table", TENANTS)
async def test_every_table_of_tenants_has_rows_of_two_clinics(demo: Demo, table: str) -> None:
    columns = tables()[table].__table__.columns  # type: ignore[attr-defined]
    clinic = columns["id"] if table == "clinics" else columns["clinic_id"]
    async with session_of(demo) as session:
        found = await execute(session, select(func.count(clinic.distinct())))
        assert found.scalar_one() >= 2


@pytest.mark.parametrize("member", MEMBERS, ids=lambda each: each.who)
async def test_everybody_signs_in_with_the_fixed_word(demo: Demo, member: Member) -> None:
    async with session_of(demo) as session:
        now = (await execute(session, select(func.clock_timestamp()))).scalar_one()
        work = Work(session, SYSTEM, EVERYWHERE, now, SECRETS)
        result = await access.sign_in(
            work, email=words.email(member.who), password=words.password(member.who)
        )
    assert isinstance(result, SignedIn)


def test_every_role_has_somebody_and_the_partner_a_key() -> None:
    assert {each.role for each in MEMBERS} == set(Role) - {Role.PARTNER}
    desks = {each.scope for each in MEMBERS if each.role is Role.FRONT_DESK}
    assert len(desks) >= 2


@pytest.mark.parametrize("caller", CALLERS, ids=lambda each: each.label)
async def test_what_the_greeting_suggests_is_answered(
    demo: Demo, ask_demo: Asking, caller: Caller
) -> None:
    actor = await actor_of(demo, caller)
    data = await ask_demo.data(actor, caller.query)
    assert all(data.values())


async def test_the_partner_holds_what_a_partner_may(demo: Demo) -> None:
    actor = await actor_of(demo, CALLERS[-1])
    assert actor.grants[0].permissions == GRANTED[Role.PARTNER]


async def test_clinics_stand_at_every_stage(demo: Demo) -> None:
    async with session_of(demo) as session:
        query = select(col(ClinicRow.status), col(ClinicRow.jurisdiction_code))
        rows = list(await execute(session, query))
    states = [status for status, _ in rows]
    assert states.count(ClinicStatus.LIVE) >= 5
    assert {ClinicStatus.ONBOARDING, ClinicStatus.SUSPENDED} <= set(states)
    assert {"US-NC", "US-FL", "US-AL", "GB-ENG"} <= {place for _, place in rows}


async def test_depths_are_as_the_secondary_sources_say(demo: Demo) -> None:
    async with session_of(demo) as session:
        rule = ScopeRuleRow
        query = select(col(rule.jurisdiction_code), col(rule.max_needle_depth_mm)).where(
            col(rule.credential_type) == "AESTHETICIAN"
        )
        depths = dict(iter(await execute(session, query)))
    assert depths["US-NC"] == Decimal("1.0")
    assert depths["US-AZ"] == Decimal("0.5")


async def test_every_version_was_approved_by_another(demo: Demo) -> None:
    version, approval = ProtocolVersionRow, ProtocolApprovalRow
    query = select(col(version.state), col(version.author_id), col(approval.approver_id)).outerjoin(
        approval, col(approval.version_id) == version.id
    )
    async with session_of(demo) as session:
        rows = list(await execute(session, query))
    assert {state for state, *_ in rows} == {VersionState.PUBLISHED}
    assert {(author, approver) for _, author, approver in rows} == {(demo.lead.id, demo.hq.id)}


async def test_a_country_lead_made_a_template_stricter(demo: Demo, ask_demo: Asking) -> None:
    query = """{ jurisdictionOverlays(ledByMe: true) { edges { node { jurisdiction { code }
        inForce { edits { source } differences { class } setAside { path } }
        drafts { edges { node { state } } } } } } }"""
    lead = demo.callers["country.lead.us"]
    edges = (await ask_demo.data(lead, query))["jurisdictionOverlays"]["edges"]
    found = {each["node"]["jurisdiction"]["code"]: each["node"] for each in edges}
    assert found.keys() == {"US", "US-NC", "US-FL"}
    for code in ("US", "US-NC"):
        law = found[code]["inForce"]
        assert law["differences"]
        assert {each["class"] for each in law["differences"]} == {"SAFETY_TIGHTENING"}
        assert law["setAside"] == []
        assert all("Made up for the demo" in each["source"] for each in law["edits"])
    assert found["US-FL"]["inForce"] is None
    assert found["US-FL"]["drafts"] == {"edges": [{"node": {"state": "IN_REVIEW"}}]}


async def test_a_practitioner_works_in_two_clinics(demo: Demo) -> None:
    async with session_of(demo) as session:
        row = PractitionerAssignmentRow
        clinics = func.count(col(row.clinic_id).distinct())
        query = select(col(row.practitioner_id)).group_by(row.practitioner_id).having(clinics > 1)
        assert list(await execute(session, query))


async def test_clinics_take_bookings_each_in_their_way(demo: Demo, ask_demo: Asking) -> None:
    """All that are or were live keep holidays; Miami opens on one, in the year to come."""
    query = """{ clinics { edges { node { code bookingRules { revision stepMinutes leadMinutes
        bufferAfterMinutes mostVisitsADay closedOnHolidays openHolidays } } } } }"""
    edges = (await ask_demo.data(demo.hq, query))["clinics"]["edges"]
    rules = {each["node"]["code"]: each["node"]["bookingRules"] for each in edges}
    assert {code for code in rules if rules[code]["closedOnHolidays"]} == set(LIVE)
    assert rules["CHARLOTTE"]["stepMinutes"] == 30
    assert rules["CHARLOTTE"]["leadMinutes"] == 120
    assert rules["LONDON"]["bufferAfterMinutes"] == 5
    assert rules["LONDON"]["mostVisitsADay"] == 24
    assert [code for code in rules if rules[code]["openHolidays"]] == ["MIAMI"]
    assert rules["PHOENIX"]["revision"] == 0


AVAILABILITY = """
query ($input: AvailabilityInput!) {
  availability(input: $input) { clinics { clinic { code } starts problem { code } } }
}
"""


@pytest.mark.parametrize("add_ons", [[], ["PRP"], ["MMP"], ["PRP", "MMP"]], ids=str)
async def test_the_partner_finds_free_starts_in_every_live_clinic(
    demo: Demo, ask_demo: Asking, add_ons: list[str]
) -> None:
    begin = datetime.now(UTC) + timedelta(days=1)
    asked = {
        "where": {"clinics": [{"code": each} for each in LIVE]},
        "visit": {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"], "addOns": add_ons},
        "window": {
            "instants": {
                "from": begin.isoformat(),
                "to": (begin + timedelta(days=10)).isoformat(),
            }
        },
        "limitPerClinic": 3,
    }
    partner = await actor_of(demo, CALLERS[-1])
    data = await ask_demo.data(partner, AVAILABILITY, input=asked)
    found = {
        each["clinic"]["code"]: len(each["starts"]) for each in data["availability"]["clinics"]
    }
    assert found == dict.fromkeys(set(LIVE) - {SUSPENDED}, 3)


async def test_the_demo_is_told_from_other_databases(demo: Demo, database: Clone) -> None:
    other = guard(database.api_engine())
    assert (await is_demo(demo.engine), await is_empty(demo.engine)) == (True, False)
    assert (await is_demo(other), await is_empty(other)) == (False, True)
    await other.dispose()


async def test_a_database_with_rows_is_refused_in_one_line(demo: Demo) -> None:
    with pytest.raises(CannotProceed) as refusal:
        await load_demo(demo.engine, settings(), lambda *_: None)
    assert "not empty" in str(refusal.value)
    assert "\n" not in str(refusal.value)
