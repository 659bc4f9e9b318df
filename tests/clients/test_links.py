"""Two clinics know that their clients are one person, and neither learns the other's client."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from schema.access.rules import SYSTEM, Actor, Role
from schema.clients.actions import link_client
from schema.clients.rules import LinkCodeRefused
from tests.actors import person_in
from tests.asking import Acting, Asking
from tests.clients.people import Clinics, link, link_code, register
from tests.franchise import add_clinic

CLIENTS = "{ clients { edges { node { id links { agreement } } } } }"


async def one_of_each(ask: Asking, clinics: Clinics) -> tuple[Any, Any]:
    here = await register(ask, clinics.desk())
    there = await register(ask, clinics.desk("london"), clinic="LONDON")
    return here, there


async def numbers(act: Acting) -> list[int]:
    async with act.engine.execution_options(actor=SYSTEM).connect() as connection:
        query = text("select resource_no from clients order by id")
        return list((await connection.execute(query)).scalars())


async def test_linked_clients_are_one_person(ask: Asking, clinics: Clinics) -> None:
    here, there = await one_of_each(ask, clinics)
    assert len(set(await numbers(ask))) == 2
    code = await link_code(ask, clinics.desk(), here)
    linked = await link(ask, clinics.desk("london"), there, code["code"].lower())
    assert linked["id"] == there["id"]
    assert linked["links"] == [{"agreedOn": "2026-01-06", "agreement": "Ordner 9"}]
    assert len(set(await numbers(ask))) == 1


@pytest.mark.isolation
async def test_neither_clinic_sees_the_others_client(ask: Asking, clinics: Clinics) -> None:
    here, there = await one_of_each(ask, clinics)
    code = await link_code(ask, clinics.desk(), here)
    await link(ask, clinics.desk("london"), there, code["code"])
    for actor, mine in ((clinics.desk(), here), (clinics.desk("london"), there)):
        edges = (await ask.data(actor, CLIENTS))["clients"]["edges"]
        assert [each["node"]["id"] for each in edges] == [mine["id"]]
        assert len(edges[0]["node"]["links"]) == 1


async def refused(ask: Asking, actor: Actor, client: Any, code: str, expected: str) -> None:
    before = await ask.counts(), await numbers(ask)
    assert (await link(ask, actor, client, code))["code"] == expected
    assert (await ask.counts(), await numbers(ask)) == before


async def test_a_code_works_once(ask: Asking, clinics: Clinics) -> None:
    here, there = await one_of_each(ask, clinics)
    code = (await link_code(ask, clinics.desk(), here))["code"]
    await refused(ask, clinics.desk("london"), there, "0000-0000-0000", "LINK_CODE_REFUSED")
    await link(ask, clinics.desk("london"), there, code)
    other = await register(ask, clinics.desk("london"), clinic="LONDON")
    await refused(ask, clinics.desk("london"), other, code, "LINK_CODE_REFUSED")


async def test_a_code_is_not_for_the_same_client_or_clinic(ask: Asking, clinics: Clinics) -> None:
    here, _ = await one_of_each(ask, clinics)
    code = (await link_code(ask, clinics.desk(), here))["code"]
    await refused(ask, clinics.desk(), here, code, "LINK_CODE_REFUSED")
    twin = await register(ask, clinics.desk())
    await refused(ask, clinics.desk(), twin, code, "ALREADY_LINKED")


async def test_a_later_code_ends_the_earlier(ask: Asking, clinics: Clinics) -> None:
    here, there = await one_of_each(ask, clinics)
    first = (await link_code(ask, clinics.desk(), here))["code"]
    second = (await link_code(ask, clinics.desk(), here))["code"]
    await refused(ask, clinics.desk("london"), there, first, "LINK_CODE_REFUSED")
    assert (await link(ask, clinics.desk("london"), there, second))["__typename"] == "Client"


async def test_a_code_expires(ask: Asking, clinics: Clinics) -> None:
    here, there = await one_of_each(ask, clinics)
    code = (await link_code(ask, clinics.desk(), here))["code"]
    context = ask.context(clinics.desk("london"))
    context.clock_offset = timedelta(days=8)
    with pytest.raises(LinkCodeRefused):
        async with context.writing(next(iter(context.actor.grants[0].permissions))) as work:
            await link_client(
                work, client=there["code"], code=code, agreed_on=work.now.date(), agreement="A"
            )


async def test_a_third_clinic_joins_and_two_persons_do_not_merge(
    ask: Asking, clinics: Clinics
) -> None:
    here, there = await one_of_each(ask, clinics)
    async with ask.work() as work:
        durham = await add_clinic(work, "DURHAM")
    desk = person_in(Role.FRONT_DESK, [durham.id])
    third = await register(ask, desk, clinic="DURHAM")
    unused = (await link_code(ask, desk, third))["code"]
    code = (await link_code(ask, clinics.desk(), here))["code"]
    await link(ask, clinics.desk("london"), there, code)
    await refused(ask, clinics.desk("london"), there, unused, "ALREADY_LINKED")
    again = (await link_code(ask, clinics.desk("london"), there))["code"]
    assert (await link(ask, desk, third, again))["__typename"] == "Client"
    assert len(set(await numbers(ask))) == 1
    another = await register(ask, clinics.desk())
    await refused(ask, clinics.desk(), another, unused, "LINK_CODE_REFUSED")


async def test_of_two_who_use_a_code_at_once_one_succeeds(ask: Asking, clinics: Clinics) -> None:
    here, there = await one_of_each(ask, clinics)
    other = await register(ask, clinics.desk("london"), clinic="LONDON")
    code = (await link_code(ask, clinics.desk(), here))["code"]
    answers = await asyncio.gather(
        *(link(ask, clinics.desk("london"), each, code) for each in (there, other))
    )
    kinds = sorted(each["__typename"] for each in answers)
    assert kinds[0] == "Client"
    assert kinds[1] in {"ConflictProblem", "RuleProblem"}


async def test_agreements_are_not_of_tomorrow(ask: Asking, clinics: Clinics) -> None:
    here, _ = await one_of_each(ask, clinics)
    before = await ask.counts()
    query = """mutation ($input: CreateLinkCodeInput!) { createLinkCode(input: $input) {
        ... on RuleProblem { code field } } }"""
    late = {"client": {"id": here["id"]}, "agreedOn": "2199-01-01", "agreement": "A"}
    problem = await ask.change(clinics.desk(), query, input=late)
    assert problem == {"code": "INVALID_AGREEMENT", "field": "agreedOn"}
    assert await ask.counts() == before


@pytest.mark.isolation
async def test_another_clinics_client_gets_no_code(ask: Asking, clinics: Clinics) -> None:
    here, there = await one_of_each(ask, clinics)
    before = await ask.counts()
    assert (await link_code(ask, clinics.desk("london"), here))["code"] == "NOT_FOUND"
    assert (await link(ask, clinics.desk(), there, "X"))["code"] == "NOT_FOUND"
    assert await ask.counts() == before


async def test_a_person_is_changed_by_its_own_clinics_alone(ask: Asking, clinics: Clinics) -> None:
    here, _ = await one_of_each(ask, clinics)
    await link_code(ask, clinics.desk(), here)
    change = text("update client_persons set link_code_expires_at = null")
    for actor, changed in ((clinics.desk("london"), 0), (clinics.desk(), 1)):
        async with ask.engine.execution_options(actor=actor).connect() as connection:
            assert (await connection.execute(change)).rowcount == changed
            await connection.rollback()
