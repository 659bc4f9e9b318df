"""What is about a practitioner, by its own id: for whom the links that lead to it show it."""

from typing import Any

import pytest

from schema.access.rules import Actor, Role
from tests.actors import NOBODY, person_in
from tests.asking import Acting, Asking
from tests.practitioners.team import Team, absence, train

PARTS = """query ($code: String!) { practitioner(by: {code: $code}) {
    assignments { id clinic { code } } credentials { id } certifications { id }
    timeOff { id } } }"""
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
TYPES = {
    "assignments": "PractitionerAssignment",
    "credentials": "Credential",
    "certifications": "Certification",
    "timeOff": "TimeOff",
}


@pytest.fixture
async def furnished(act: Acting, team: Team) -> Team:
    async with act.work() as work:
        for code in ("BEA", "LIZ"):
            await absence(work, code)
            await train(work, code)
    return team


async def parts(ask: Asking, actor: Actor, code: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = (await ask.data(actor, PARTS, code=code))[
        "practitioner"
    ]
    assert all(found[part] for part in TYPES)
    return found


async def nodes(ask: Asking, actor: Actor, ids: list[str]) -> list[Any]:
    found: list[Any] = (await ask.data(actor, NODES, ids=ids))["nodes"]
    return found


@pytest.mark.isolation
async def test_an_id_leads_back_to_what_gave_it(ask: Asking, furnished: Team) -> None:
    franchise = furnished.franchise
    liz = await parts(ask, franchise.other_manager, "LIZ")
    expected = [
        {"__typename": name, "id": each["id"]} for part, name in TYPES.items() for each in liz[part]
    ]
    ids = [each["id"] for each in expected]
    for actor in (
        franchise.hq,
        franchise.other_manager,
        person_in(Role.FRONT_DESK, [franchise.london.id]),
    ):
        assert await nodes(ask, actor, ids) == expected
    for actor in (franchise.manager, franchise.partner, NOBODY):
        assert await nodes(ask, actor, ids) == [None] * len(ids)


@pytest.mark.isolation
async def test_of_a_shared_practitioner_only_the_other_clinics_assignment_is_hidden(
    ask: Asking, furnished: Team
) -> None:
    bea = await parts(ask, furnished.franchise.hq, "BEA")
    for actor, clinic in (
        (furnished.franchise.manager, "RALEIGH"),
        (furnished.franchise.other_manager, "LONDON"),
    ):
        shown = await nodes(ask, actor, [each["id"] for each in bea["assignments"]])
        assert [each is not None for each in shown] == [
            each["clinic"]["code"] == clinic for each in bea["assignments"]
        ]
        others = [each["id"] for part in list(TYPES)[1:] for each in bea[part]]
        assert None not in await nodes(ask, actor, others)


async def test_numbers_and_reasons_stay_with_who_manages_by_id_too(
    ask: Asking, furnished: Team
) -> None:
    franchise = furnished.franchise
    liz = await parts(ask, franchise.hq, "LIZ")
    query = """query ($credential: ID!, $timeOff: ID!) {
        credential: node(id: $credential) { ... on Credential { number } }
        timeOff: node(id: $timeOff) { ... on TimeOff { reason } } }"""
    keys = {"credential": liz["credentials"][0]["id"], "timeOff": liz["timeOff"][0]["id"]}
    for actor in (franchise.hq, franchise.other_manager):
        data = await ask.data(actor, query, **keys)
        assert data == {"credential": {"number": "E-1"}, "timeOff": {"reason": "Dentist"}}
    answer = await ask(person_in(Role.FRONT_DESK, [franchise.london.id]), query, **keys)
    assert answer.codes == ["FORBIDDEN", "FORBIDDEN"]
    assert answer.data == {"credential": {"number": None}, "timeOff": {"reason": None}}


async def test_many_ids_take_a_statement_per_type(ask: Asking, furnished: Team) -> None:
    few = await parts(ask, furnished.franchise.hq, "LIZ")
    many = await parts(ask, furnished.franchise.hq, "BEA")
    ids = [each["id"] for part in TYPES for each in few[part]]
    with ask.statements() as once:
        await nodes(ask, furnished.franchise.hq, ids)
    ids += [each["id"] for part in TYPES for each in many[part]]
    with ask.statements() as again:
        await nodes(ask, furnished.franchise.hq, ids)
    assert len(once) == len(again) == len(TYPES)
