"""Registering clients and finding them again: sealed, and each clinic its own."""

from typing import Any

import pytest
from sqlalchemy import text

from schema.access.rules import SYSTEM, Actor, Role
from tests.actors import NOBODY, everywhere
from tests.asking import Asking
from tests.clients.people import ANNA, Clinics, change, register

CLIENT = """query ($by: By!) { client(by: $by) { id code externalReference reviewNeeded
    clinic { code } identity { givenName familyName email phone bornOn } } }"""
LIST = """query ($filter: ClientFilter) { clients(filter: $filter, first: 100) {
    edges { node { id code clinic { code } identity { familyName } } } } }"""
CROSSINGS = """{ clinics { edges { node { code clients { edges { node { code
    reviewNeeded identity { familyName } links { agreedOn } clinic { code } } } } } } } }"""


async def listed(ask: Asking, actor: Actor, **filter: Any) -> list[str]:
    data = await ask.data(actor, LIST, filter=filter)
    return [each["node"]["id"] for each in data["clients"]["edges"]]


async def test_a_client_is_registered_and_read_again(ask: Asking, clinics: Clinics) -> None:
    registered = await register(ask, clinics.desk())
    assert registered["__typename"] == "Client"
    for by in ({"id": registered["id"]}, {"code": registered["code"].lower()}):
        shown = (await ask.data(clinics.desk(), CLIENT, by=by))["client"]
        assert shown["identity"] == {**ANNA, "email": "anna@quillfeather.example"}
        assert shown["clinic"] == {"code": "RALEIGH"}
        assert shown["reviewNeeded"] is False


async def test_identity_is_ciphertext_in_every_table(ask: Asking, clinics: Clinics) -> None:
    await register(ask, clinics.desk())
    tables = ("clients", "events", "client_links", "client_persons")
    async with ask.engine.execution_options(actor=SYSTEM).connect() as connection:
        for table in tables:
            dump = text(f"select t::text from {table} t")
            stored = " ".join((await connection.execute(dump)).scalars()).lower()
            for value in ("annabelle", "quillfeather", "555 0100", "1990-02-03"):
                assert value not in stored
                assert value.encode().hex() not in stored
        row = (await connection.execute(text("select * from clients"))).mappings().one()
    assert isinstance(row["identity"], bytes)
    assert isinstance(row["data_key"], bytes)


async def test_an_erased_client_has_no_identity(ask: Asking, clinics: Clinics) -> None:
    registered = await register(ask, clinics.desk())
    async with ask.engine.execution_options(actor=SYSTEM).begin() as connection:
        erase = text("update clients set data_key = null, email_index = null")
        await connection.execute(erase)
    shown = await ask.data(clinics.desk(), CLIENT, by={"id": registered["id"]})
    assert shown["client"]["identity"] is None
    named = {"client": {"id": registered["id"]}, "expectedRevision": 1, "identity": ANNA}
    assert (await change(ask, clinics.desk(), "updateClient", **named))["code"] == "CLIENT_ERASED"


async def test_clients_are_found_by_exact_address_code_or_reference(
    ask: Asking, clinics: Clinics
) -> None:
    desk = clinics.desk()
    one = await register(ask, desk, externalReference="till 7")
    other = await register(ask, desk, identity={"givenName": "B", "familyName": "C"})
    here = {"code": "RALEIGH"}
    assert set(await listed(ask, desk)) == {one["id"], other["id"]}
    address = " ANNA@quillfeather.example"
    assert await listed(ask, desk, clinic=here, email=address) == [one["id"]]
    assert await listed(ask, desk, clinic=here, email="anna@quillfeather.exampl") == []
    assert await listed(ask, desk, code=other["code"]) == [other["id"]]
    assert await listed(ask, desk, externalReference="till 7") == [one["id"]]
    assert await listed(ask, desk, clinic={"code": "LONDON"}) == []


async def test_an_address_is_looked_for_in_one_clinic(ask: Asking, clinics: Clinics) -> None:
    for wanted in ({"email": "a@b.org"}, {"email": "x", "clinic": {"code": "RALEIGH"}}):
        assert (await ask(clinics.desk(), LIST, filter=wanted)).codes == ["BAD_REQUEST"]


async def test_pages_go_by_code(ask: Asking, clinics: Clinics) -> None:
    desk = clinics.desk()
    codes = sorted([(await register(ask, desk))["code"] for _ in range(5)])
    query = """query ($after: String) { clients(first: 2, after: $after) {
        edges { node { code } } pageInfo { endCursor hasNextPage } } }"""
    seen, after, more = [], None, True
    while more:
        page = (await ask.data(desk, query, after=after))["clients"]
        seen += [each["node"]["code"] for each in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == codes


async def test_updates_need_the_revision_that_was_read(ask: Asking, clinics: Clinics) -> None:
    desk = clinics.desk()
    client = await register(ask, desk)
    named = {"client": {"id": client["id"]}, "identity": {**ANNA, "givenName": "Bella"}}
    changed = await change(ask, desk, "updateClient", expectedRevision=1, **named)
    assert (changed["revision"], changed["identity"]["givenName"]) == (2, "Bella")
    before = await ask.counts()
    stale = await change(ask, desk, "updateClient", expectedRevision=1, **named)
    assert (stale["__typename"], stale["code"]) == ("ConflictProblem", "STALE_REVISION")
    assert await ask.counts() == before
    assert await listed(ask, desk, clinic={"code": "RALEIGH"}, email=ANNA["email"]) == [
        client["id"]
    ]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"clinic": "LONDON"}, "NOT_FOUND", None),
        ({"identity": {**ANNA, "givenName": ""}}, "INVALID_IDENTITY", "identity.givenName"),
        ({"identity": {**ANNA, "bornOn": "2199-01-01"}}, "INVALID_IDENTITY", "identity.bornOn"),
        ({"identity": {**ANNA, "email": "nowhere"}}, "INVALID_EMAIL", "identity.email"),
        ({"externalReference": "a\u0000b"}, "INVALID_REFERENCE", "externalReference"),
    ],
)
async def test_nothing_is_written_of_a_registration_refused(
    ask: Asking, clinics: Clinics, fields: dict[str, Any], code: str, field: str | None
) -> None:
    before = await ask.counts()
    problem = await register(ask, clinics.desk(), **fields)
    assert problem["code"] == code
    assert problem.get("field") == field
    assert await ask.counts() == before


async def test_a_partner_registers_under_its_own_reference(ask: Asking, clinics: Clinics) -> None:
    before = await ask.counts()
    assert (await register(ask, clinics.partner))["code"] == "EXTERNAL_REFERENCE_NEEDED"
    assert await ask.counts() == before
    client = await register(ask, clinics.partner, externalReference="B-1")
    assert client["externalReference"] == "B-1"
    before = await ask.counts()
    again = await register(ask, clinics.partner, externalReference="B-1")
    assert (again["__typename"], again["code"]) == ("ConflictProblem", "REFERENCE_TAKEN")
    assert await ask.counts() == before
    for actor in (clinics.other_partner, clinics.desk()):
        theirs = await register(ask, actor, externalReference="B-1")
        assert theirs["__typename"] == "Client"


async def test_a_partner_sees_no_client_and_changes_only_its_own(
    ask: Asking, clinics: Clinics
) -> None:
    client = await register(ask, clinics.partner, externalReference="B-1")
    await register(ask, clinics.desk())
    for query, variables in (
        (CLIENT, {"by": {"id": client["id"]}}),
        (LIST, {}),
    ):
        assert (await ask(clinics.partner, query, **variables)).codes == ["FORBIDDEN"]
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await ask.data(clinics.partner, node, id=client["id"]))["node"] is None
    named = {"client": {"id": client["id"]}, "expectedRevision": 1, "identity": ANNA}
    before = await ask.counts()
    refused = await change(ask, clinics.other_partner, "updateClient", **named)
    assert refused["code"] == "NOT_FOUND"
    assert await ask.counts() == before
    query = """mutation ($input: UpdateClientInput!) { updateClient(input: $input) {
        ... on Client { id revision reviewNeeded identity { givenName } } } }"""
    answer = await ask(clinics.partner, query, input=named)
    assert answer.data is not None
    assert answer.data["updateClient"] == {
        "id": client["id"],
        "revision": 2,
        "reviewNeeded": None,
        "identity": None,
    }
    assert set(answer.codes) == {"FORBIDDEN"}


@pytest.mark.isolation
async def test_another_clinics_client_is_not_found(ask: Asking, clinics: Clinics) -> None:
    client = await register(ask, clinics.desk())
    theirs = clinics.desk("london")
    assert (await ask.data(theirs, CLIENT, by={"id": client["id"]}))["client"] is None
    assert (await ask.data(theirs, CLIENT, by={"code": client["code"]}))["client"] is None
    assert await listed(ask, theirs) == []
    assert await listed(ask, theirs, externalReference="x", clinic={"code": "RALEIGH"}) == []
    named = {"client": {"id": client["id"]}, "expectedRevision": 1, "identity": ANNA}
    before = await ask.counts()
    assert (await change(ask, theirs, "updateClient", **named))["code"] == "NOT_FOUND"
    assert await ask.counts() == before


async def test_nobody_and_the_analyst_are_refused(ask: Asking, clinics: Clinics) -> None:
    before = await ask.counts()
    for actor, code in ((NOBODY, "UNAUTHENTICATED"), (everywhere(Role.HQ_ANALYST), "FORBIDDEN")):
        assert (await ask(actor, LIST)).codes == [code]
        assert (await ask(actor, CLIENT, by={"code": "C-1"})).codes == [code]
    assert await ask.counts() == before


async def test_headquarters_sees_the_clients_of_all_clinics(ask: Asking, clinics: Clinics) -> None:
    mine = await register(ask, clinics.desk())
    theirs = await register(ask, clinics.desk("london"), clinic="LONDON")
    hq = everywhere(Role.HQ_ADMINISTRATOR)
    assert set(await listed(ask, hq)) == {mine["id"], theirs["id"]}


async def test_statements_do_not_grow_with_clients(ask: Asking, clinics: Clinics) -> None:
    hq = everywhere(Role.HQ_ADMINISTRATOR)
    await register(ask, clinics.desk())
    with ask.statements() as few:
        await ask.data(hq, CROSSINGS)
    for _ in range(3):
        await register(ask, clinics.desk())
        await register(ask, clinics.desk("london"), clinic="LONDON")
    with ask.statements() as many:
        data = await ask.data(hq, CROSSINGS)
    assert len(data["clinics"]["edges"]) == 2
    assert len(few) == len(many) == 5  # clinics, clients, reviews, links, their clinics
