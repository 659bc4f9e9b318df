"""Credentials and certifications that are taken back: by whom, and what stays."""

from asyncio import gather
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from schema.access.rules import SYSTEM, Actor, Role
from schema.events.models import EventRow
from tests.actors import person_in
from tests.asking import Acting, Asking
from tests.practitioners.team import Team, asked, change, train

HELD = """query ($code: String!) { practitioner(by: {code: $code}) {
    credentials { id credentialType } certifications { id code } } }"""
REMOVALS = {"removeCredential": "credentials", "removeCertification": "certifications"}


async def held(ask: Asking, actor: Actor, code: str, mutation: str) -> list[str]:
    """The ids of what a practitioner holds of what the mutation takes back."""
    found = (await ask.data(actor, HELD, code=code))["practitioner"]
    return [each["id"] for each in found[REMOVALS[mutation]]]


@pytest.fixture
async def trained(act: Acting, team: Team) -> Team:
    async with act.work() as work:
        for code in ("ANA", "BEA", "LIZ"):
            await train(work, code)
    return team


@pytest.mark.parametrize("mutation", REMOVALS)
async def test_what_was_noted_is_taken_back_once(ask: Asking, trained: Team, mutation: str) -> None:
    manager = trained.franchise.manager
    first, *others = await held(ask, manager, "ANA", mutation)
    shown = f"... on {mutation.removeprefix('remove')} {{ id }}"
    removed = await change(ask, manager, mutation, shown, id=first)
    assert removed["id"] == first
    assert await held(ask, manager, "ANA", mutation) == others
    gone = await ask.data(manager, "query ($id: ID!) { node(id: $id) { id } }", id=first)
    assert gone == {"node": None}
    before = await ask.counts()
    again = await change(ask, manager, mutation, id=first)
    assert (again["code"], again["field"]) == ("NOT_FOUND", "id")
    assert await ask.counts() == before


async def test_the_number_goes_with_the_credential(ask: Asking, trained: Team) -> None:
    manager = trained.franchise.manager
    (first, *_) = await held(ask, manager, "ANA", "removeCredential")
    shown = "... on Credential { credentialType number }"
    removed = await change(ask, manager, "removeCredential", shown, id=first)
    assert (removed["credentialType"], removed["number"]) == ("AESTHETICIAN", None)


async def test_what_was_taken_back_can_be_noted_again(ask: Asking, trained: Team) -> None:
    manager = trained.franchise.manager
    (training,) = await held(ask, manager, "ANA", "removeCertification")
    noted = {"practitioner": {"code": "ANA"}, "kind": "PROTOCOL_TEMPLATE", "code": "FACE"}
    assert (await change(ask, manager, "addCertification", **noted))["code"] == "CONFLICT"
    await change(ask, manager, "removeCertification", id=training)
    answer = await change(ask, manager, "addCertification", **noted)
    assert answer["__typename"] == "Certification"


@pytest.mark.isolation
@pytest.mark.parametrize("mutation", REMOVALS)
async def test_another_clinics_practitioner_keeps_what_she_holds(
    ask: Asking, trained: Team, mutation: str
) -> None:
    ids = await held(ask, trained.franchise.hq, "LIZ", mutation)
    before = await ask.counts()
    refused = await change(ask, trained.franchise.manager, mutation, id=ids[0])
    assert (refused["code"], refused["field"]) == ("NOT_FOUND", "id")
    assert await ask.counts() == before
    assert await held(ask, trained.franchise.hq, "LIZ", mutation) == ids


@pytest.mark.parametrize("mutation", REMOVALS)
async def test_who_does_not_manage_takes_nothing_back(
    ask: Asking, trained: Team, mutation: str
) -> None:
    """Though the front desk of her own clinic sees it."""
    desk = person_in(Role.FRONT_DESK, [trained.franchise.raleigh.id])
    ids = await held(ask, desk, "ANA", mutation)
    before = await ask.counts()
    for actor in (desk, trained.franchise.partner):
        answer = await ask(actor, asked(mutation), input={"id": ids[0]})
        assert answer.codes == ["FORBIDDEN"]
    assert await ask.counts() == before


@pytest.mark.scope_only
@pytest.mark.parametrize("mutation", REMOVALS)
async def test_to_see_her_in_one_clinic_and_manage_another_is_not_enough(
    ask: Asking, trained: Team, mutation: str
) -> None:
    """The scope of the change is that of its own permission, whatever else the caller reads."""
    raleigh, london = trained.franchise.raleigh.id, trained.franchise.london.id
    manages, sees = person_in(Role.CLINIC_MANAGER, [raleigh]), person_in(Role.FRONT_DESK, [london])
    both = Actor(manages.kind, manages.name, manages.id, manages.grants + sees.grants)
    (first, *_) = await held(ask, both, "LIZ", mutation)
    before = await ask.counts()
    assert (await change(ask, both, mutation, id=first))["code"] == "NOT_FOUND"
    assert await ask.counts() == before


@pytest.mark.parametrize("mutation", REMOVALS)
@pytest.mark.parametrize(
    ("who", "clinic"), [("manager", "raleigh"), ("other_manager", "london"), ("hq", None)]
)
async def test_a_shared_practitioners_managers_and_headquarters_take_back(
    ask: Asking, trained: Team, mutation: str, who: str, clinic: str | None
) -> None:
    actor = getattr(trained.franchise, who)
    (first, *_) = await held(ask, actor, "BEA", mutation)
    assert "code" not in await change(ask, actor, mutation, id=first)
    event = await last_event(ask)
    expected = getattr(trained.franchise, clinic).id if clinic else None
    assert (event.clinic_id, event.actor_id) == (expected, actor.id)


async def last_event(act: Acting) -> Any:
    query = select(EventRow.__table__).order_by(col(EventRow.id).desc()).limit(1)  # type: ignore[attr-defined]
    async with act.engine.execution_options(actor=SYSTEM).connect() as connection:
        return (await connection.execute(query)).one()


async def test_the_event_says_what_was_taken_back_and_no_number(ask: Asking, trained: Team) -> None:
    manager = trained.franchise.manager
    for mutation, name, payload in (
        (
            "removeCredential",
            "practitioner.credential_removed",
            {
                "code": "ANA",
                "credential_type": "AESTHETICIAN",
                "jurisdiction": "US-NC",
                "expires_on": None,
            },
        ),
        (
            "removeCertification",
            "practitioner.certification_removed",
            {
                "code": "ANA",
                "kind": "PROTOCOL_TEMPLATE",
                "certified_for": "FACE",
                "expires_on": None,
            },
        ),
    ):
        (first, *_) = await held(ask, manager, "ANA", mutation)
        await change(ask, manager, mutation, id=first)
        event = await last_event(ask)
        assert (event.name, event.payload) == (name, payload)


async def test_an_id_of_something_else_is_not_found(ask: Asking, trained: Team) -> None:
    manager = trained.franchise.manager
    (credential, *_) = await held(ask, manager, "ANA", "removeCredential")
    (certification,) = await held(ask, manager, "ANA", "removeCertification")
    before = await ask.counts()
    for mutation, key in (
        ("removeCredential", certification),
        ("removeCertification", credential),
    ):
        assert (await change(ask, manager, mutation, id=key))["code"] == "NOT_FOUND"
    assert await ask.counts() == before


@pytest.mark.parametrize("mutation", REMOVALS)
async def test_of_two_who_take_back_at_once_one_finds_nothing(
    ask: Asking, trained: Team, mutation: str
) -> None:
    manager = trained.franchise.manager
    (first, *_) = await held(ask, manager, "ANA", mutation)
    answers = await gather(*(change(ask, manager, mutation, id=first) for _ in range(2)))
    assert sorted(each.get("code", "") for each in answers) == ["", "NOT_FOUND"]
