"""Changes of practitioners: by whom, within which rules, and what is left when one is refused."""

from datetime import date, timedelta
from typing import Any

import pytest
from strawberry import relay

from schema.access import actions as access
from schema.access.rules import Actor, Role, ScopeKind
from schema.practitioners import actions, store
from schema.scope import EVERYWHERE
from tests.actors import NOBODY, everywhere, person_in
from tests.asking import Acting, Asking
from tests.practitioners.team import INPUTS, Team, asked, change, train

RALEIGH, LONDON = {"code": "RALEIGH"}, {"code": "LONDON"}
ANA, BEA, LIZ = {"code": "ANA"}, {"code": "BEA"}, {"code": "LIZ"}
NEW = {"clinic": RALEIGH, "code": "eve", "name": "Eve", "fromOn": "2026-01-01"}
LICENCE = {
    "credentialType": "PHLEBOTOMIST",
    "jurisdictionCode": "us-nc",
    "number": " P-1 ",
    "expiresOn": "2030-01-01",
}
MONDAY = {"weekday": 0, "starts": 540, "ends": 1020}
NOON, ONE = "2031-05-01T12:00:00Z", "2031-05-01T13:00:00Z"
RULE = {
    "jurisdictionCode": "US-NC",
    "credentialType": "AESTHETICIAN",
    "maxNeedleDepthMm": "1.0",
    "supervision": "NONE",
    "source": "21 NCAC 14",
}


async def assignment_id(act: Acting, practitioner: str, clinic_id: Any) -> str:
    async with act.work() as work:
        who = await store.practitioner(work.session, EVERYWHERE, practitioner)
        assert who is not None
        (row,) = await store.assignments_of(work.session, who.id, clinic_id)
    return str(relay.GlobalID("PractitionerAssignment", str(row.id)))


async def time_off_id(act: Acting, practitioner: str) -> str:
    async with act.work() as work:
        row = await actions.add_time_off(
            work,
            practitioner=practitioner,
            starts_at=work.now + timedelta(days=1),
            ends_at=work.now + timedelta(days=2),
            reason="Holiday",
        )
    return str(relay.GlobalID("TimeOff", str(row.id)))


async def qualification_ids(act: Acting, practitioner: str) -> tuple[str, str]:
    """A credential's and a certification's."""
    async with act.work() as work:
        await train(work, practitioner)
        who = await store.practitioner(work.session, EVERYWHERE, practitioner)
        assert who is not None
        held = await store.credentials_by_practitioner(work.session, [who.id], EVERYWHERE)
        trained = await store.certifications_by_practitioner(work.session, [who.id], EVERYWHERE)
    credential, certification = held[who.id][0].id, trained[who.id][0].id
    return (
        str(relay.GlobalID("Credential", str(credential))),
        str(relay.GlobalID("Certification", str(certification))),
    )


async def names_of_events(ask: Asking, actor: Actor) -> list[str]:
    query = "{ auditLog { edges { node { name } } } }"
    return [each["node"]["name"] for each in (await ask.data(actor, query))["auditLog"]["edges"]]


@pytest.mark.isolation
async def test_a_manager_registers_in_her_clinic_and_no_other(ask: Asking, team: Team) -> None:
    made = await change(
        ask,
        team.franchise.manager,
        "registerPractitioner",
        """... on Practitioner { code name status assignments { fromOn toOn clinic { code } }
            credentials { credentialType number expiresOn jurisdiction { code } } }""",
        **NEW,
        credentials=[LICENCE],
    )
    assert made == {
        "__typename": "Practitioner",
        "code": "EVE",
        "name": "Eve",
        "status": "ACTIVE",
        "assignments": [{"fromOn": "2026-01-01", "toOn": None, "clinic": {"code": "RALEIGH"}}],
        "credentials": [
            {
                "credentialType": "PHLEBOTOMIST",
                "number": "P-1",
                "expiresOn": "2030-01-01",
                "jurisdiction": {"code": "US-NC"},
            }
        ],
    }
    before = await ask.counts()
    foreign = {**NEW, "code": "ZOE", "clinic": LONDON}
    refused = await change(ask, team.franchise.manager, "registerPractitioner", **foreign)
    assert (refused["code"], refused["field"]) == ("NOT_FOUND", "clinic")
    assert await ask.counts() == before


async def test_a_practitioner_may_be_somebody_who_signs_in(ask: Asking, team: Team) -> None:
    async with ask.work() as work:
        await access.create_person(
            work, email="eve@example.org", name="Eve", password="correct horse battery"
        )
        await access.assign_role(
            work,
            person="eve@example.org",
            role=Role.PRACTITIONER,
            scope_kind=ScopeKind.CLINIC,
            scope="RALEIGH",
        )
    person = {"code": "eve@example.org"}
    made = await change(
        ask,
        team.franchise.hq,
        "registerPractitioner",
        "... on Practitioner { person { email } }",
        **NEW,
        person=person,
    )
    assert made["person"] == {"email": "eve@example.org"}
    before = await ask.counts()
    again = await change(
        ask,
        team.franchise.manager,
        "registerPractitioner",
        **{**NEW, "code": "EVE-2", "person": person},
    )
    assert again["__typename"] == "ConflictProblem"
    stranger = await change(
        ask,
        team.franchise.other_manager,
        "registerPractitioner",
        **{**NEW, "clinic": LONDON, "code": "EVE-3", "person": person},
    )
    assert (stranger["code"], stranger["field"]) == ("NOT_FOUND", "person")
    assert await ask.counts() == before


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"code": "ana"}, "CONFLICT", "code"),
        ({"code": "liz"}, "CONFLICT", "code"),
        ({"code": "?"}, "INVALID_CODE", "code"),
        ({"name": " "}, "INVALID_NAME", "name"),
        ({"person": {"code": "nobody@example.org"}}, "NOT_FOUND", "person"),
        (
            {"credentials": [LICENCE, {**LICENCE, "number": " "}]},
            "INVALID_CREDENTIAL",
            "credentials.1.number",
        ),
        ({"credentials": [LICENCE, LICENCE]}, "CONFLICT", "credentials.1.number"),
        (
            {"credentials": [{**LICENCE, "jurisdictionCode": "MOON"}]},
            "NOT_FOUND",
            "credentials.0.jurisdictionCode",
        ),
    ],
)
async def test_a_practitioner_is_registered_whole_or_not_at_all(
    ask: Asking, team: Team, fields: dict[str, Any], code: str, field: str
) -> None:
    before = await ask.counts()
    refused = await change(ask, team.franchise.manager, "registerPractitioner", **{**NEW, **fields})
    assert (refused["code"], refused["field"]) == (code, field)
    assert await ask.counts() == before


@pytest.mark.isolation
async def test_only_who_manages_both_lends_a_practitioner(ask: Asking, team: Team) -> None:
    ids = [team.franchise.raleigh.id, team.franchise.london.id]
    for actor, refused in (
        (team.franchise.manager, "clinic"),
        (team.franchise.other_manager, "practitioner"),
        (person_in(Role.CLINIC_MANAGER, ids), None),
    ):
        before = await ask.counts()
        answer = await change(
            ask,
            actor,
            "assignPractitioner",
            practitioner=ANA,
            clinic=LONDON,
            fromOn="2026-03-01",
            toOn="2026-03-31",
        )
        if refused:
            assert (answer["code"], answer["field"]) == ("NOT_FOUND", refused)
            assert await ask.counts() == before
        else:
            assert answer["__typename"] == "PractitionerAssignment"


@pytest.mark.parametrize(
    ("from_on", "to_on", "code"),
    [
        ("2023-01-01", "2022-12-31", "INVALID_PERIOD"),
        ("2026-01-01", None, "ASSIGNMENT_OVERLAPS"),
        ("2023-01-01", "2024-01-01", "ASSIGNMENT_OVERLAPS"),
        ("2023-01-01", "2023-12-31", None),
    ],
)
async def test_assignments_to_a_clinic_do_not_overlap(
    ask: Asking, team: Team, from_on: str, to_on: str | None, code: str | None
) -> None:
    before = await ask.counts()
    answer = await change(
        ask,
        team.franchise.manager,
        "assignPractitioner",
        practitioner=ANA,
        clinic=RALEIGH,
        fromOn=from_on,
        toOn=to_on,
    )
    assert answer.get("code") == code
    assert (await ask.counts() == before) is (code is not None)


async def test_an_assignment_ends_and_does_not_grow_again(ask: Asking, team: Team) -> None:
    assignment = await assignment_id(ask, "ANA", team.franchise.raleigh.id)
    ending = "... on PractitionerAssignment { toOn }"
    for to_on, code in (
        ("2023-12-31", "ASSIGNMENT_ENDED"),
        ("2026-06-30", None),
        ("2026-07-31", "ASSIGNMENT_ENDED"),
        ("2026-05-31", None),
    ):
        answer = await change(
            ask, team.franchise.manager, "endAssignment", ending, id=assignment, toOn=to_on
        )
        assert answer.get("code") == code
        assert code or answer["toOn"] == to_on
    seen = await ask.data(team.franchise.manager, '{ practitioner(by: {code: "ANA"}) { code } }')
    assert seen == {"practitioner": {"code": "ANA"}}


async def test_a_renewal_is_noted_beside_what_it_renews(ask: Asking, team: Team) -> None:
    for expires_on, typename in (
        ("2030-01-01", "Credential"),
        ("2032-01-01", "Credential"),
        ("2032-01-01", "ConflictProblem"),
        (None, "Credential"),
        (None, "ConflictProblem"),
    ):
        before = await ask.counts()
        answer = await change(
            ask,
            team.franchise.manager,
            "addCredential",
            practitioner=ANA,
            credential={**LICENCE, "expiresOn": expires_on},
        )
        assert answer["__typename"] == typename
        assert (await ask.counts() == before) is (typename == "ConflictProblem")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"kind": "PROTOCOL_TEMPLATE", "code": "face-standard"}, None, None),
        ({"kind": "PROTOCOL_TEMPLATE", "code": "!"}, "INVALID_CODE", "code"),
        ({"kind": "DEVICE_MODEL", "code": "NO-SUCH-PEN"}, "NOT_FOUND", "code"),
    ],
)
async def test_training_is_for_something_known(
    ask: Asking, team: Team, fields: dict[str, str], code: str | None, field: str | None
) -> None:
    before = await ask.counts()
    answer = await change(
        ask, team.franchise.manager, "addCertification", practitioner=ANA, **fields
    )
    assert (answer.get("code"), answer.get("field")) == (code, field)
    assert (await ask.counts() == before) is (code is not None)


async def test_a_week_replaces_the_one_before_in_that_clinic(ask: Asking, team: Team) -> None:
    night = {"weekday": 6, "starts": 1320, "ends": 60}
    shown = "... on Practitioner { workingHours { weekday starts ends } }"
    for week in ([MONDAY, {**MONDAY, "starts": 1080, "ends": 1440}], [MONDAY, night], []):
        answer = await change(
            ask,
            team.franchise.manager,
            "setWorkingHours",
            shown,
            clinic=RALEIGH,
            practitioner=BEA,
            week=week,
        )
        assert answer["workingHours"] == week


@pytest.mark.parametrize(
    ("week", "field"),
    [
        ([{**MONDAY, "starts": 541}], "week.0"),
        ([MONDAY, {**MONDAY, "starts": 1000}], "week.1"),
        ([{**MONDAY, "weekday": 7}], "week.0"),
    ],
)
async def test_hours_that_cannot_be_leave_the_week_as_it_was(
    ask: Asking, team: Team, week: list[dict[str, int]], field: str
) -> None:
    fields = {"clinic": RALEIGH, "practitioner": ANA}
    await change(ask, team.franchise.manager, "setWorkingHours", **fields, week=[MONDAY])
    before = await ask.counts()
    refused = await change(ask, team.franchise.manager, "setWorkingHours", **fields, week=week)
    assert (refused["code"], refused["field"]) == ("INVALID_HOURS", field)
    assert await ask.counts() == before


async def test_hours_are_for_who_is_assigned(ask: Asking, team: Team) -> None:
    before = await ask.counts()
    refused = await change(
        ask,
        team.franchise.hq,
        "setWorkingHours",
        clinic=LONDON,
        practitioner=ANA,
        week=[MONDAY],
    )
    assert (refused["code"], refused["field"]) == ("NOT_ASSIGNED", "practitioner")
    assert await ask.counts() == before


async def test_time_off_comes_and_goes(ask: Asking, team: Team) -> None:
    shown = "... on TimeOff { id startsAt endsAt reason }"
    fields = {"practitioner": ANA, "startsAt": NOON, "endsAt": ONE, "reason": " Dentist "}
    added = await change(ask, team.franchise.manager, "addTimeOff", shown, **fields)
    assert added["reason"] == "Dentist"
    listed = '{ practitioner(by: {code: "ANA"}) { timeOff { id } } }'
    found = (await ask.data(team.franchise.manager, listed))["practitioner"]
    assert found == {"timeOff": [{"id": added["id"]}]}
    removed = await change(ask, team.franchise.manager, "removeTimeOff", id=added["id"])
    assert removed["__typename"] == "TimeOff"
    found = (await ask.data(team.franchise.manager, listed))["practitioner"]
    assert found == {"timeOff": []}
    again = await change(ask, team.franchise.manager, "removeTimeOff", id=added["id"])
    assert again["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [(NOON, NOON), (ONE, NOON)],
)
async def test_time_off_that_cannot_be_is_not_written(
    ask: Asking, team: Team, starts_at: str, ends_at: str
) -> None:
    before = await ask.counts()
    refused = await change(
        ask,
        team.franchise.manager,
        "addTimeOff",
        practitioner=ANA,
        startsAt=starts_at,
        endsAt=ends_at,
    )
    assert refused["code"] == "INVALID_TIME_OFF"
    assert await ask.counts() == before


async def foreign(act: Acting, team: Team) -> dict[str, dict[str, Any]]:
    """Each change, of LIZ of London."""
    credential, certification = await qualification_ids(act, "LIZ")
    return {
        "assignPractitioner": {"practitioner": LIZ, "clinic": LONDON, "fromOn": "2020-01-01"},
        "endAssignment": {
            "id": await assignment_id(act, "LIZ", team.franchise.london.id),
            "toOn": "2040-01-01",
        },
        "addCredential": {"practitioner": LIZ, "credential": LICENCE},
        "addCertification": {"practitioner": LIZ, "kind": "PROTOCOL_TEMPLATE", "code": "LASH"},
        "setWorkingHours": {"practitioner": LIZ, "clinic": LONDON, "week": [MONDAY]},
        "addTimeOff": {"practitioner": LIZ, "startsAt": NOON, "endsAt": ONE},
        "removeTimeOff": {"id": await time_off_id(act, "LIZ")},
        "removeCredential": {"id": credential},
        "removeCertification": {"id": certification},
    }


@pytest.mark.isolation
async def test_a_foreign_practitioner_is_not_found_by_any_change(ask: Asking, team: Team) -> None:
    changes = await foreign(ask, team)
    before = await ask.counts()
    for name, fields in changes.items():
        answer = await change(ask, team.franchise.manager, name, **fields)
        assert answer["code"] == "NOT_FOUND", name
    assert await ask.counts() == before
    del changes["assignPractitioner"]
    for name, fields in changes.items():
        answer = await change(ask, team.franchise.other_manager, name, **fields)
        assert "code" not in answer, name


@pytest.mark.parametrize("name", INPUTS)
async def test_who_may_not_manage_changes_nothing(ask: Asking, team: Team, name: str) -> None:
    changes = {
        **await foreign(ask, team),
        "registerPractitioner": NEW,
        "verifyScopeRule": RULE,
    }
    before = await ask.counts()
    for actor, code in (
        (NOBODY, "UNAUTHENTICATED"),
        (team.franchise.partner, "FORBIDDEN"),
        (person_in(Role.FRONT_DESK, [team.franchise.london.id]), "FORBIDDEN"),
        (person_in(Role.PRACTITIONER, [team.franchise.london.id]), "FORBIDDEN"),
        (everywhere(Role.HQ_ANALYST), "FORBIDDEN"),
    ):
        answer = await ask(actor, asked(name), input=changes[name])
        assert answer.codes == [code]
    assert await ask.counts() == before


async def test_headquarters_verifies_and_verifies_again(ask: Asking, team: Team) -> None:
    shown = """... on ScopeRule { id maxNeedleDepthMm verifiedOn supervision }"""
    first = await change(ask, team.lead, "verifyScopeRule", shown, **RULE)
    second = await change(
        ask,
        team.lead,
        "verifyScopeRule",
        shown,
        **{**RULE, "maxNeedleDepthMm": "0.5", "supervision": "ON_SITE"},
    )
    assert first["id"] == second["id"]
    assert (first["maxNeedleDepthMm"], second["maxNeedleDepthMm"]) == ("1.00", "0.50")
    assert second["supervision"] == "ON_SITE"
    assert date.fromisoformat(second["verifiedOn"])
    assert (await names_of_events(ask, team.franchise.hq))[:2] == ["scope_rule.verified"] * 2


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"maxNeedleDepthMm": "-1"}, "INVALID_SCOPE_RULE", "maxNeedleDepthMm"),
        ({"maxNeedleDepthMm": "10.5"}, "INVALID_SCOPE_RULE", "maxNeedleDepthMm"),
        ({"source": ""}, "INVALID_SCOPE_RULE", "source"),
        ({"jurisdictionCode": "MOON"}, "NOT_FOUND", "jurisdictionCode"),
    ],
)
async def test_a_scope_rule_that_cannot_be_is_not_written(
    ask: Asking, team: Team, fields: dict[str, str], code: str, field: str
) -> None:
    before = await ask.counts()
    refused = await change(ask, team.lead, "verifyScopeRule", **{**RULE, **fields})
    assert (refused["code"], refused["field"]) == (code, field)
    assert await ask.counts() == before


async def test_a_clinic_does_not_verify_the_law(ask: Asking, team: Team) -> None:
    before = await ask.counts()
    answer = await ask(team.franchise.manager, asked("verifyScopeRule"), input=RULE)
    assert answer.codes == ["FORBIDDEN"]
    local_lead = person_in(Role.HQ_CLINICAL_LEAD, [team.franchise.raleigh.id], team.lead.id)
    refused = await change(ask, local_lead, "verifyScopeRule", **RULE)
    assert refused["code"] == "NOT_FOUND"
    assert await ask.counts() == before


async def test_every_change_records_its_event(ask: Asking, team: Team) -> None:
    changes = await foreign(ask, team)
    del changes["assignPractitioner"]
    for name, fields in changes.items():
        await change(ask, team.franchise.other_manager, name, **fields)
    assert (await names_of_events(ask, team.franchise.hq))[: len(changes)] == [
        "practitioner.certification_removed",
        "practitioner.credential_removed",
        "practitioner.time_off_removed",
        "practitioner.time_off_added",
        "practitioner.hours_set",
        "practitioner.certification_added",
        "practitioner.credential_added",
        "practitioner.assignment_ended",
    ]
    local = await names_of_events(ask, team.franchise.other_manager)
    assert local[:6] == [
        "practitioner.certification_removed",
        "practitioner.credential_removed",
        "practitioner.time_off_removed",
        "practitioner.time_off_added",
        "practitioner.hours_set",
        "practitioner.certification_added",
    ]
    assert "practitioner.hours_set" not in await names_of_events(ask, team.franchise.manager)
