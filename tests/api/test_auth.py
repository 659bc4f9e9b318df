"""Who a request comes from."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.database import disposing
from schema.access import actions, store
from schema.access.api_keys import ApiKey, new_api_key
from schema.access.models import PersonRow
from schema.access.rules import GRANTED, SYSTEM, Role
from schema.access.tokens import issue_token
from schema.reading import reading_of, standing
from tests.api.conftest import ClientOf
from tests.asking import SECRETS, Acting
from tests.database import Clone


@pytest.fixture(params=["as the product", "without an engine of its own"])
async def http(
    request: pytest.FixtureRequest, client_of: ClientOf, database: Clone
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that finds out who asks in either way."""
    async with disposing(database.served.asking_engine()) as engine:
        yield client_of(asking=engine if request.param == "as the product" else None)


WHO = {"query": "{ viewer { kind name } }"}
OTHER_KEYS = (b"o" * 32,)


async def person(act: Acting) -> PersonRow:
    async with act.work() as work:
        return await actions.create_person(
            work, email="ada@hq.example", name="Ada", password="long enough for anybody"
        )


async def api_key(act: Acting, expires_at: datetime | None = None) -> ApiKey:
    async with act.work() as work:
        await actions.create_partner_app(work, code="PORTAL", name="Portal")
        _, key = await actions.issue_api_key(
            work,
            partner_app="PORTAL",
            permissions=GRANTED[Role.PARTNER],
            clinic_keys=None,
            expires_at=expires_at,
        )
        return key


async def who(http: httpx.AsyncClient, **headers: str) -> tuple[str, str]:
    response = await http.post("/graphql", json=WHO, headers=headers)
    assert response.status_code == 200, response.text
    viewer = response.json()["data"]["viewer"]
    return viewer["kind"], viewer["name"]


async def refusal(http: httpx.AsyncClient, **headers: str) -> str:
    response = await http.post("/graphql", json=WHO, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    message: str = error["message"]
    return message


async def test_what_finds_out_who_asks_reads_all_and_writes_nothing(
    act: Acting, database: Clone
) -> None:
    ada = await person(act)
    async with disposing(database.served.asking_engine()) as engine:
        sent: list[str] = []
        reading_of(engine).listeners.append(lambda statement, _: sent.append(statement))
        async with standing(engine, SYSTEM) as reading:
            assert await store.actor_of_person(reading, ada.id) is not None
            with pytest.raises(DBAPIError, match="read-only transaction"):
                await reading.execute(text("delete from people"))
        assert len(sent) == 2
        async with standing(engine, SYSTEM) as reading:  # what failed is forgotten
            assert await store.actor_of_person(reading, ada.id) is not None


async def test_without_credentials_it_is_nobody(http: httpx.AsyncClient) -> None:
    assert await who(http) == ("NOBODY", "nobody")


async def test_access_token_is_its_person(http: httpx.AsyncClient, act: Acting) -> None:
    ada = await person(act)
    token, _ = issue_token(SECRETS.signing_keys, ada.id, datetime.now(UTC))
    assert await who(http, Authorization=f"Bearer {token}") == ("PERSON", "Ada")
    assert await who(http, Authorization=f"bearer {token}") == ("PERSON", "Ada")


async def test_api_key_is_its_partner(http: httpx.AsyncClient, act: Acting) -> None:
    key = await api_key(act)
    assert (await who(http, Authorization=f"Bearer {key.text}"))[0] == "PARTNER"
    assert (await who(http, **{"X-Api-Key": key.text}))[0] == "PARTNER"


async def test_bad_tokens_are_refused(http: httpx.AsyncClient, act: Acting) -> None:
    ada, now = await person(act), datetime.now(UTC)
    expired, _ = issue_token(SECRETS.signing_keys, ada.id, now - timedelta(hours=1))
    forged, _ = issue_token(OTHER_KEYS, ada.id, now)
    nobodys, _ = issue_token(SECRETS.signing_keys, uuid4(), now)
    assert "expired" in await refusal(http, Authorization=f"Bearer {expired}")
    assert "another key" in await refusal(http, Authorization=f"Bearer {forged}")
    assert "no longer" in await refusal(http, Authorization=f"Bearer {nobodys}")
    assert "not an access token" in await refusal(http, Authorization="Bearer nonsense")


async def test_deactivated_person_is_refused_at_once(http: httpx.AsyncClient, act: Acting) -> None:
    ada = await person(act)
    token, _ = issue_token(SECRETS.signing_keys, ada.id, datetime.now(UTC))
    async with act.work() as work:
        await (await work.session.connection()).execute(
            text("update people set deactivated_at = clock_timestamp()")
        )
    assert "no longer" in await refusal(http, Authorization=f"Bearer {token}")


async def test_bad_keys_are_refused(http: httpx.AsyncClient, act: Acting) -> None:
    key = await api_key(act, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    for each in (key, new_api_key(), ApiKey(key.key_id, new_api_key().secret)):
        assert "wrong, expired or revoked" in await refusal(http, **{"X-Api-Key": each.text})


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"X-Api-Key": "something"},
        {"X-Api-Key": "frn_live_a_b", "Authorization": "Bearer frn_live_a_b"},
    ],
    ids=str,
)
async def test_malformed_credentials_are_not_nobodys(
    http: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    assert await refusal(http, **headers)
