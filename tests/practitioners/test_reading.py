"""Practitioners and scope rules as each caller reads them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from schema.access.rules import GRANTED, Actor, ActorKind, Grant, Permission, Role
from schema.base import new_id
from schema.clinics.rules import WeeklyInterval
from schema.context import Work
from schema.intervals import Interval
from schema.practitioners import actions, store
from schema.practitioners.rules import CredentialType, depth_allowed, types_held
from schema.scope import EVERYWHERE, Scope
from tests.actors import NOBODY, actor_with, person_in
from tests.asking import Acting, Asking
from tests.franchise import add_clinic
from tests.practitioners.team import STARTED, Team, absence, employ, train, verify

CODES = "{ practitioners { edges { node { code } } } }"


def codes(connection: dict[str, Any]) -> list[str]:
    return [each["node"]["code"] for each in connection["edges"]]


@pytest.mark.isolation
async def test_each_caller_lists_the_practitioners_of_its_clinics(ask: Asking, team: Team) -> None:
    for actor, seen in (
        (team.franchise.hq, ["ANA", "BEA", "LIZ"]),
        (team.franchise.manager, ["ANA", "BEA"]),
        (team.franchise.other_manager, ["BEA", "LIZ"]),
    ):
        assert codes((await ask.data(actor, CODES))["practitioners"]) == seen


@pytest.mark.parametrize("field", [CODES, "{ scopeRules { edges { cursor } } }"])
async def test_who_may_not_read_practitioners_is_refused(
    ask: Asking, team: Team, field: str
) -> None:
    lacking = actor_with(None, *(set(Permission) - {Permission.PRACTITIONERS_READ}))
    for actor, code in (
        (NOBODY, "UNAUTHENTICATED"),
        (team.franchise.partner, "FORBIDDEN"),
        (lacking, "FORBIDDEN"),
    ):
        assert (await ask(actor, field)).codes == [code]


@pytest.mark.isolation
async def test_a_foreign_practitioner_is_not_found_by_code_or_id(ask: Asking, team: Team) -> None:
    by_code = '{ practitioner(by: {code: "liz"}) { id code } }'
    found = (await ask.data(team.franchise.other_manager, by_code))["practitioner"]
    by_id = "query ($id: ID!) { practitioner(by: {id: $id}) { code } node(id: $id) { id } }"
    for query, variables in ((by_code, {}), (by_id, {"id": found["id"]})):
        data = await ask.data(team.franchise.manager, query, **variables)
        assert set(data.values()) == {None}
    data = await ask.data(team.franchise.other_manager, by_id, id=found["id"])
    assert data == {"practitioner": {"code": "LIZ"}, "node": {"id": found["id"]}}


async def test_a_filter_names_a_clinic_of_ones_own(ask: Asking, team: Team) -> None:
    query = """query ($code: String!) { practitioners(filter: {clinic: {code: $code}}) {
        edges { node { code } } } }"""
    for actor, clinic, seen in (
        (team.franchise.hq, "london", ["BEA", "LIZ"]),
        (team.franchise.manager, "RALEIGH", ["ANA", "BEA"]),
        (team.franchise.manager, "LONDON", []),
        (team.franchise.hq, "NOWHERE", []),
    ):
        data = await ask.data(actor, query, code=clinic)
        assert codes(data["practitioners"]) == seen


async def test_pages_follow_their_cursor(ask: Asking, team: Team) -> None:
    async with ask.work() as work:
        for number in range(3):
            await employ(work, "LONDON", f"NEW-{number}")
    query = """query ($after: String) { practitioners(first: 2, after: $after) {
        edges { node { code } } pageInfo { hasNextPage endCursor } } }"""
    seen, after, more = [], None, True
    while more:
        page = (await ask.data(team.franchise.hq, query, after=after))["practitioners"]
        seen += codes(page)
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == ["ANA", "BEA", "LIZ", "NEW-0", "NEW-1", "NEW-2"]


@pytest.mark.isolation
async def test_a_shared_practitioner_shows_each_clinic_its_own_part(
    ask: Asking, team: Team
) -> None:
    week = [WeeklyInterval(0, 9 * 60, 17 * 60)]
    async with ask.work() as work:
        for clinic in ("RALEIGH", "LONDON"):
            await actions.set_working_hours(work, clinic=clinic, practitioner="BEA", week=week)
    query = """{ practitioner(by: {code: "BEA"}) {
        assignments { clinic { code } } workingHours { starts clinic { code } } } }"""
    for actor, seen in (
        (team.franchise.manager, {"RALEIGH"}),
        (team.franchise.other_manager, {"LONDON"}),
        (team.franchise.hq, {"RALEIGH", "LONDON"}),
    ):
        found = (await ask.data(actor, query))["practitioner"]
        for part in ("assignments", "workingHours"):
            assert {each["clinic"]["code"] for each in found[part]} == seen
            assert len(found[part]) == len(seen)


@pytest.mark.isolation
async def test_what_is_about_a_practitioner_is_her_clinics_to_see(act: Acting, team: Team) -> None:
    async with act.work() as work:
        await absence(work, "LIZ")
        await train(work, "LIZ")
        liz = await store.practitioner(work.session, EVERYWHERE, "LIZ")
    assert liz is not None
    batches = (
        store.credentials_by_practitioner,
        store.certifications_by_practitioner,
        store.time_off_by_practitioner,
    )
    for actor, sees in ((team.franchise.manager, False), (team.franchise.other_manager, True)):
        scope = actor.scope(Permission.PRACTITIONERS_READ)
        async with act.context(actor).reading() as session:
            for batch in batches:
                found = await batch(session, [liz.id], scope)
                assert (liz.id in found) is sees, batch.__name__


async def test_numbers_and_reasons_are_for_who_manages_her(ask: Asking, team: Team) -> None:
    query = """{ practitioner(by: {code: "%s"}) {
        credentials { number } timeOff { startsAt reason } } }"""
    async with ask.work() as work:
        for code in ("ANA", "LIZ"):
            await absence(work, code)
    for actor in (team.franchise.manager, team.franchise.hq):
        found = (await ask.data(actor, query % "ANA"))["practitioner"]
        assert [each["number"] for each in found["credentials"]] == ["E-1", "RN-1"]
        assert found["timeOff"][0]["reason"] == "Dentist"
    answer = await ask(person_in(Role.FRONT_DESK, [team.franchise.raleigh.id]), query % "ANA")
    assert set(answer.codes) == {"FORBIDDEN"}
    assert answer.data is not None
    assert answer.data["practitioner"]["credentials"] == [{"number": None}, {"number": None}]


@pytest.mark.scope_only
async def test_a_manager_of_one_clinic_reads_no_numbers_in_another(ask: Asking, team: Team) -> None:
    desk, manager = Role.FRONT_DESK, Role.CLINIC_MANAGER
    actor = Actor(
        ActorKind.PERSON,
        "both",
        new_id(),
        (
            Grant(manager, GRANTED[manager], frozenset({team.franchise.raleigh.id})),
            Grant(desk, GRANTED[desk], frozenset({team.franchise.london.id})),
        ),
    )
    query = '{ practitioner(by: {code: "%s"}) { credentials { number } } }'
    for code, number in (("ANA", "E-1"), ("BEA", "E-1"), ("LIZ", None)):
        found = (await ask.data(actor, query % code))["practitioner"]
        assert found["credentials"][0]["number"] == number


async def test_a_clinic_shows_who_is_assigned_today(ask: Asking, team: Team) -> None:
    async with ask.work() as work:
        tomorrow = work.now.date() + timedelta(days=2)
        await actions.register_practitioner(
            work, clinic="RALEIGH", code="NEXT", name="Next", from_on=tomorrow
        )
        bea = await store.practitioner(work.session, EVERYWHERE, "BEA")
        assert bea is not None
        (here,) = await store.assignments_of(work.session, bea.id, team.franchise.raleigh.id)
        await actions.end_assignment(work, assignment_id=here.id, to_on=date(2024, 6, 1))
    query = "{ clinics { edges { node { code practitioners { edges { node { code } } } } } } }"
    data = await ask.data(team.franchise.hq, query)
    found = {
        each["node"]["code"]: codes(each["node"]["practitioners"])
        for each in data["clinics"]["edges"]
    }
    assert found == {"LONDON": ["BEA", "LIZ"], "RALEIGH": ["ANA"]}


@pytest.mark.scope_only
async def test_a_clinics_practitioners_take_the_permission_in_that_clinic(
    ask: Asking, team: Team
) -> None:
    raleigh, london = team.franchise.raleigh.id, team.franchise.london.id
    desk = GRANTED[Role.FRONT_DESK]
    places = frozenset({Permission.CLINICS_READ})
    actor = Actor(
        ActorKind.PERSON,
        "both",
        new_id(),
        (
            Grant(Role.FRONT_DESK, desk, frozenset({raleigh})),
            Grant(Role.FRONT_DESK, places, frozenset({london})),
        ),
    )
    query = "{ clinics { edges { node { practitioners { edges { node { code } } } } } } }"
    answer = await ask(actor, query)
    assert answer.codes == ["FORBIDDEN"]
    assert answer.data is not None
    shown = [each["node"]["practitioners"] for each in answer.data["clinics"]["edges"]]
    assert shown[0] is None
    assert codes(shown[1]) == ["ANA", "BEA"]


async def test_a_list_takes_one_statement_per_link(ask: Asking, team: Team) -> None:
    query = """{ clinics(first: 100) { edges { node { practitioners { edges { node { code
        assignments { clinic { code } } certifications { code }
        credentials { number jurisdiction { scopeRules { source } } }
        workingHours { starts } timeOff { reason }
        } } } } } } }"""
    async with ask.work() as work:
        await furnish(work, "RALEIGH", "ANA")
    await verify(ask, team.lead, "US-NC", "1.0")
    with ask.statements() as few:
        await ask.data(team.franchise.hq, query)
    async with ask.work() as work:
        for number in range(10):
            await add_clinic(work, f"NC-{number}")
            await employ(work, f"NC-{number}", f"NEW-{number}")
            await furnish(work, f"NC-{number}", f"NEW-{number}")
    with ask.statements() as many:
        data = await ask.data(team.franchise.hq, query)
    assert len(data["clinics"]["edges"]) == 12
    assert len(few) == len(many) == 12


async def furnish(work: Work, clinic: str, practitioner: str) -> None:
    await actions.set_working_hours(
        work,
        clinic=clinic,
        practitioner=practitioner,
        week=[WeeklyInterval(0, 9 * 60, 17 * 60)],
    )
    await absence(work, practitioner)
    await train(work, practitioner)


async def test_the_calendar_reads_many_clinics_in_a_statement_each(act: Acting, team: Team) -> None:
    raleigh, london = team.franchise.raleigh.id, team.franchise.london.id
    async with act.work() as work:
        await furnish(work, "RALEIGH", "ANA")
        await furnish(work, "RALEIGH", "BEA")
    async with act.context(team.franchise.hq).reading() as session:
        with act.statements() as sent:
            assignments = await store.assignments_by_clinic(session, [raleigh, london], EVERYWHERE)
            hours = await store.working_hours_by_clinic(session, [raleigh, london], EVERYWHERE)
    assert len(sent) == 2
    for clinic_id, seen in ((raleigh, ["ANA", "BEA"]), (london, ["BEA", "LIZ"])):
        rows: Any = assignments[clinic_id]
        assert [row.code for row in rows] == seen
        assert all(row.resource_no > 0 and row.from_on == STARTED for row in rows)
    assert [row.starts for row in hours[raleigh]] == [540, 540]
    assert london not in hours


@pytest.mark.parametrize(
    ("starts", "ends", "found"),
    [
        ((8, 0), (9, 0), False),
        ((8, 0), (9, 1), True),
        ((9, 59), (12, 0), True),
        ((10, 0), (12, 0), False),
    ],
)
async def test_time_off_is_half_open(
    act: Acting, team: Team, starts: tuple[int, int], ends: tuple[int, int], found: bool
) -> None:
    def at(hour: int, minute: int) -> datetime:
        return datetime(2031, 5, 1, hour, minute, tzinfo=UTC)

    async with act.work() as work:
        row = await actions.add_time_off(
            work, practitioner="ANA", starts_at=at(9, 0), ends_at=at(10, 0), reason=""
        )
        during = Interval(at(*starts), at(*ends))
        away = await store.time_off_by_practitioner(
            work.session, [row.practitioner_id], EVERYWHERE, during
        )
    assert (row.practitioner_id in away) is found


async def test_scope_rules_are_everybodys_and_by_place(ask: Asking, team: Team) -> None:
    await verify(ask, team.lead, "US-NC", "1.0")
    await verify(ask, team.lead, "GB-ENG", "0.5")
    query = """{ scopeRules { edges { node { jurisdictionCode credentialType maxNeedleDepthMm
        supervision source } } } }"""
    shared = {
        "credentialType": "AESTHETICIAN",
        "supervision": "ON_SITE",
        "source": "A secondary source",
    }
    expected = [
        {"jurisdictionCode": "GB-ENG", "maxNeedleDepthMm": "0.50", **shared},
        {"jurisdictionCode": "US-NC", "maxNeedleDepthMm": "1.00", **shared},
    ]
    for actor in (team.franchise.hq, team.franchise.manager):
        data = await ask.data(actor, query)
        assert [each["node"] for each in data["scopeRules"]["edges"]] == expected
    by_place = "{ clinics { edges { node { jurisdiction { scopeRules { maxNeedleDepthMm } } } } } }"
    (edge,) = (await ask.data(team.franchise.manager, by_place))["clinics"]["edges"]
    assert edge["node"]["jurisdiction"]["scopeRules"] == [{"maxNeedleDepthMm": "1.00"}]


async def test_scope_rules_are_read_whole(act: Acting, team: Team) -> None:
    await verify(act, team.lead, "US-NC", "1.0")
    async with act.context(team.franchise.manager).reading() as session:
        (rule,) = await store.scope_rules(session)
    assert (rule.jurisdiction_code, str(rule.max_needle_depth_mm)) == ("US-NC", "1.00")
    assert rule.verified_by == team.lead.id


async def test_rows_are_what_the_rules_ask_for(act: Acting, team: Team) -> None:
    await verify(act, team.lead, "US", "0.5")
    await verify(act, team.lead, "US-NC", "1.0")
    async with act.context(team.franchise.manager).reading() as session:
        ana = await store.practitioner(session, EVERYWHERE, "ANA")
        assert ana is not None
        held = await store.credentials_by_practitioner(session, [ana.id], EVERYWHERE)
        rules = await store.scope_rules(session)
    for chain, depth in ((("US-NC", "US"), "1.0"), (("US-FL", "US"), None)):
        expected = None if depth is None else Decimal(depth)
        assert depth_allowed(rules, held[ana.id], chain, date(2026, 3, 1)) == expected
    after_expiry = types_held(held[ana.id], date(2035, 1, 2), ("US-NC", "US"))
    assert after_expiry == {CredentialType.AESTHETICIAN}


async def test_a_scope_of_no_clinic_finds_nobody(act: Acting, team: Team) -> None:
    async with act.context(team.franchise.hq).reading() as session:
        assert await store.practitioner(session, Scope(frozenset()), "ANA") is None
