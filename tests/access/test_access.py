"""Sign-in, roles, scopes and partner keys, through the API and in the rules."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from strawberry import relay

from schema.access import actions
from schema.access.api_keys import new_api_key, parse_api_key
from schema.access.rules import (
    GRANTED,
    NOBODY,
    InvalidEmail,
    Permission,
    Role,
    ScopeKind,
    normal_email,
)
from schema.access.tokens import TokenRefused, issue_token, person_of_token
from schema.base import new_id
from schema.clinics import actions as clinics
from tests.actors import everywhere, partner_of, person_in
from tests.asking import SECRETS, Acting, Asking
from tests.franchise import build

SIGN_IN = """
mutation ($input: SignInInput!) {
  signIn(input: $input) {
    __typename
    ... on SignedIn { accessToken expiresAt }
    ... on SignInProblem { code retry retryAfterSeconds }
  }
}
"""
PASSWORD = "a long enough password"


async def add_person(act: Acting, email: str = "ann@clinic.test") -> actions.PersonRow:
    async with act.work() as work:
        return await actions.create_person(work, email=email, name="Ann", password=PASSWORD)


async def test_signing_in_gives_a_token_of_that_person(ask: Asking) -> None:
    person = await add_person(ask)
    answer = await ask.change(
        NOBODY, SIGN_IN, input={"email": " Ann@Clinic.test ", "password": PASSWORD}
    )
    assert answer["__typename"] == "SignedIn"
    assert person_of_token(SECRETS.signing_keys, answer["accessToken"]) == person.id
    lifetime = datetime.fromisoformat(answer["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=9) < lifetime <= timedelta(minutes=10)


@pytest.mark.parametrize("email", ["ann@clinic.test", "nobody@clinic.test"])
async def test_a_wrong_password_and_an_unknown_name_read_the_same(ask: Asking, email: str) -> None:
    await add_person(ask)
    answer = await ask.change(NOBODY, SIGN_IN, input={"email": email, "password": "wrong"})
    assert answer == {
        "__typename": "SignInProblem",
        "code": "SIGN_IN_REFUSED",
        "retry": "NEVER",
        "retryAfterSeconds": None,
    }


async def test_after_ten_failures_the_right_password_has_to_wait(ask: Asking) -> None:
    await add_person(ask)
    for _ in range(10):
        await ask.change(NOBODY, SIGN_IN, input={"email": "ann@clinic.test", "password": "wrong"})
    answer = await ask.change(
        NOBODY, SIGN_IN, input={"email": "ann@clinic.test", "password": PASSWORD}
    )
    assert (answer["code"], answer["retry"]) == ("TOO_MANY_ATTEMPTS", "AFTER")
    assert answer["retryAfterSeconds"] == 900


async def test_a_burst_of_attempts_is_counted_one_by_one(ask: Asking) -> None:
    guess = {"email": "ann@clinic.test", "password": "wrong"}
    burst = [ask.change(NOBODY, SIGN_IN, input=guess) for _ in range(actions.MOST_ATTEMPTS + 5)]
    codes = [each["code"] for each in await asyncio.gather(*burst)]
    assert codes.count("SIGN_IN_REFUSED") == actions.MOST_ATTEMPTS


async def test_a_person_reaches_the_clinics_of_region_owner_and_clinic(act: Acting) -> None:
    person = await add_person(act)
    async with act.work() as work:
        franchise = await build(work)
        for role, kind, scope in (
            (Role.HQ_ANALYST, ScopeKind.REGION, "AMERICAS"),  # Raleigh's region lies inside
            (Role.CLINIC_MANAGER, ScopeKind.OWNER, "ALBION"),
            (Role.FRONT_DESK, ScopeKind.CLINIC, "LONDON"),
            (Role.HQ_ADMINISTRATOR, ScopeKind.FRANCHISE, None),
        ):
            await actions.assign_role(
                work, person=person.id, role=role, scope_kind=kind, scope=scope
            )
    async with act.work() as work:
        actor = await actions.actor_of_person(work, person.id)
    assert actor is not None
    reached = {each.role: each.clinic_ids for each in actor.grants}
    assert reached == {
        Role.HQ_ANALYST: {franchise.raleigh.id},
        Role.CLINIC_MANAGER: {franchise.london.id},
        Role.FRONT_DESK: {franchise.london.id},
        Role.HQ_ADMINISTRATOR: None,
    }


async def test_an_owners_people_lose_a_clinic_that_is_sold(act: Acting) -> None:
    person = await add_person(act)
    async with act.work() as work:
        franchise = await build(work)
        await actions.assign_role(
            work,
            person="ann@clinic.test",
            role=Role.CLINIC_MANAGER,
            scope_kind=ScopeKind.OWNER,
            scope="CAROLINA",
        )
        await clinics.transfer_clinic(
            work, clinic=franchise.raleigh.id, owner="ALBION", from_on=date(2021, 1, 1)
        )
    async with act.work() as work:
        actor = await actions.actor_of_person(work, person.id)
    assert actor is not None
    assert [each.clinic_ids for each in actor.grants] == [frozenset()]
    assert not actor.scope(Permission.CLINICS_READ)


async def test_a_key_is_its_partner_until_revoked_or_expired(act: Acting) -> None:
    async with act.work() as work:
        franchise = await build(work)
        await actions.create_partner_app(work, code="finder", name="Clinic Finder")
        row, key = await actions.issue_api_key(
            work,
            partner_app="FINDER",
            permissions=[Permission.AVAILABILITY_READ],
            clinic_keys=["RALEIGH"],
        )
        _, old = await actions.issue_api_key(
            work,
            partner_app="FINDER",
            permissions=[Permission.AVAILABILITY_READ],
            clinic_keys=None,
            expires_at=work.now,
        )
    async with act.work() as work:
        actor = await actions.actor_of_api_key(work, key.text)
        assert actor is not None
        assert actor.scope(Permission.AVAILABILITY_READ).clinic_ids == {franchise.raleigh.id}
        assert not actor.scope(Permission.CLINICS_READ)
        assert await actions.actor_of_api_key(work, old.text) is None
        assert await actions.actor_of_api_key(work, new_api_key().text) is None
        await actions.revoke_api_key(work, api_key_id=row.id)
    async with act.work() as work:
        assert await actions.actor_of_api_key(work, key.text) is None


ISSUE = """
mutation ($input: IssueApiKeyInput!) {
  issueApiKey(input: $input) {
    __typename
    ... on IssuedApiKey { text apiKey { keyId permissions clinicIds lastUsedAt } }
    ... on Problem { code }
    ... on NotFoundProblem { field }
  }
}
"""


async def test_only_the_hash_of_a_secret_is_stored(ask: Asking) -> None:
    async with ask.work() as work:
        await build(work)
        await actions.create_partner_app(work, code="FINDER", name="Clinic Finder")
    issued = await ask.change(
        everywhere(Role.HQ_ADMINISTRATOR),
        ISSUE,
        input={
            "partnerApp": {"code": "finder"},
            "permissions": ["AVAILABILITY_READ"],
            "clinics": [{"code": "RALEIGH"}],
        },
    )
    key = parse_api_key(issued["text"])
    assert key is not None
    async with ask.work() as work:
        row = await actions.store.api_key(work.session, key.key_id)
        assert row is not None
        assert key.secret not in str(row)


@pytest.mark.parametrize(
    ("given_input", "typename", "code"),
    [
        ({"permissions": ["CLINICS_MANAGE"]}, "RuleProblem", "SCOPES_NOT_ALLOWED"),
        ({"permissions": []}, "RuleProblem", "SCOPES_NOT_ALLOWED"),
        ({"partnerApp": {"code": "NOBODY"}}, "NotFoundProblem", "NOT_FOUND"),
        ({"clinics": [{"code": "NOWHERE"}]}, "NotFoundProblem", "NOT_FOUND"),
    ],
)
async def test_a_key_that_may_not_be_is_not_written(
    ask: Asking, given_input: dict[str, object], typename: str, code: str
) -> None:
    async with ask.work() as work:
        await actions.create_partner_app(work, code="FINDER", name="Clinic Finder")
    before = await ask.counts()
    sound = {"partnerApp": {"code": "FINDER"}, "permissions": ["CLINICS_READ"]}
    answer = await ask.change(
        everywhere(Role.HQ_ADMINISTRATOR), ISSUE, input={**sound, **given_input}
    )
    assert (answer["__typename"], answer["code"]) == (typename, code)
    assert await ask.counts() == before


CREATE = """
mutation ($input: CreatePersonInput!) {
  createPerson(input: $input) {
    __typename ... on Person { email } ... on Problem { code } ... on RuleProblem { field }
  }
}
"""


@pytest.mark.parametrize(
    ("email", "password", "code"),
    [
        ("ann@clinic.test", PASSWORD, "CONFLICT"),
        ("ANN@clinic.test", PASSWORD, "CONFLICT"),
        ("bob@clinic.test", "short", "WEAK_PASSWORD"),
        ("not an address", PASSWORD, "INVALID_EMAIL"),
    ],
)
async def test_a_person_that_may_not_be_is_not_written(
    ask: Asking, email: str, password: str, code: str
) -> None:
    await add_person(ask)
    before = await ask.counts()
    answer = await ask.change(
        everywhere(Role.HQ_ADMINISTRATOR),
        CREATE,
        input={"email": email, "name": "X", "password": password},
    )
    assert answer["code"] == code
    assert await ask.counts() == before


async def test_viewer_tells_who_may_do_what_where(ask: Asking) -> None:
    async with ask.work() as work:
        franchise = await build(work)
    manager = person_in(Role.CLINIC_MANAGER, [franchise.raleigh.id])
    query = "{ viewer { kind grants { role everywhere permissions clinicIds } } }"
    viewer = (await ask.data(manager, query))["viewer"]
    (grant,) = viewer["grants"]
    assert (viewer["kind"], grant["role"], grant["everywhere"]) == (
        "PERSON",
        "CLINIC_MANAGER",
        False,
    )
    assert grant["permissions"] == sorted(each.name for each in GRANTED[Role.CLINIC_MANAGER])
    answer = await ask.data(manager, "query ($id: ID!) { node(id: $id) { __typename } }",
                            id=grant["clinicIds"][0])  # fmt: skip
    assert answer["node"] == {"__typename": "Clinic"}
    nobody = (await ask.data(NOBODY, query))["viewer"]
    assert nobody == {"kind": "NOBODY", "grants": []}


async def test_people_learn_their_own_id_and_others_none(ask: Asking) -> None:
    query = "{ viewer { personId } }"
    ann = person_in(Role.FRONT_DESK, [new_id()])
    told = {"personId": str(relay.GlobalID("Person", str(ann.id)))}
    assert (await ask.data(ann, query))["viewer"] == told
    for nobody in (NOBODY, partner_of(None)):
        assert (await ask.data(nobody, query))["viewer"] == {"personId": None}


@given(st.integers(0, 10_000))
def test_a_mistyped_key_is_told_without_a_database(seed: int) -> None:
    text = new_api_key().text
    position = len("frn_live_") + seed % (len(text) - len("frn_live_"))
    wrong = "a" if text[position] != "a" else "b"
    assert parse_api_key(text) is not None
    assert parse_api_key(text[:position] + wrong + text[position + 1 :]) is None
    assert parse_api_key(text[:-1]) is None
    assert parse_api_key(text + "x") is None


def test_a_token_ends_and_is_nobodys_but_ours() -> None:
    now = datetime.now(UTC)
    token, _ = issue_token([b"a" * 32], new_id(), now)
    expired, _ = issue_token([b"a" * 32], new_id(), now - timedelta(minutes=11))
    person_of_token([b"b" * 32, b"a" * 32], token)  # signed with the key before the present one
    for seeds, refused in (([b"b" * 32], token), ([b"a" * 32], expired), ([b"a" * 32], "x.y.z")):
        with pytest.raises(TokenRefused):
            person_of_token(seeds, refused)


@pytest.mark.parametrize("email", ["", "a", "a@b", "a b@c.de", "@c.de"])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(InvalidEmail):
        normal_email(email)


def test_permissions_are_alphabetical_and_every_role_has_some() -> None:
    assert list(Permission) == sorted(Permission)
    assert set(GRANTED) == set(Role)
    assert all(GRANTED.values())


@pytest.mark.parametrize(
    ("role", "kind", "scope", "field"),
    [
        ("HQ_ADMINISTRATOR", "CLINIC", {"code": "RALEIGH"}, "scopeKind"),
        ("HQ_CLINICAL_LEAD", "REGION", {"code": "AMERICAS"}, "scopeKind"),
        ("CLINIC_MANAGER", "FRANCHISE", {"code": "RALEIGH"}, "scope"),
    ],
)
async def test_a_role_reaches_no_further_than_its_scope(
    ask: Asking, role: str, kind: str, scope: dict[str, str], field: str
) -> None:
    """Whoever managed access in one clinic could give themselves all the others."""
    person = await add_person(ask)
    async with ask.work() as work:
        franchise = await build(work)
    before = await ask.counts()
    given = {"person": {"code": person.email}, "role": role, "scopeKind": kind, "scope": scope}
    query = """mutation ($input: AssignRoleInput!) {
        assignRole(input: $input) { ... on RuleProblem { code field } } }"""
    problem = await ask.change(franchise.hq, query, input=given)
    assert problem == {"code": "SCOPE_NOT_FOR_ROLE", "field": field}
    assert await ask.counts() == before


async def test_nobody_but_the_system_sees_a_password_hash(act: Acting) -> None:
    person = await add_person(act)
    async with act.work() as work:
        franchise = await build(work)
        await actions.assign_role(
            work,
            person=person.id,
            role=Role.FRONT_DESK,
            scope_kind=ScopeKind.CLINIC,
            scope="RALEIGH",
        )
    for query, seen in (("select email from people", 1), ("select * from passwords", 0)):
        acting = act.engine.execution_options(actor=franchise.manager)
        async with acting.connect() as connection:
            assert len((await connection.execute(text(query))).all()) == seen
