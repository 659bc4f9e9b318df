"""HTTP request → Actor: a person's access token, a partner's API key, or nobody."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncEngine

from api.errors import RequestRefused
from schema.access import actions, store
from schema.access.api_keys import PREFIX
from schema.access.rules import NOBODY, SYSTEM, Actor
from schema.access.tokens import TokenRefused, person_of_token
from schema.context import begin
from schema.reading import Within, snapshot, standing
from schema.scope import EVERYWHERE
from schema.secrets import Secrets


async def actor_of(
    headers: Mapping[str, str],
    engine: AsyncEngine,
    secrets: Secrets,
    asking: AsyncEngine | None = None,
) -> Actor:
    """Who sends the request; nobody where it carries no credentials. Found out anew each time, so
    that what is taken back is gone at once; by `asking`, whose connections are the system's.

    Raises: RequestRefused (401) for credentials that are wrong, so that nobody mistakes an expired
    session for an empty clinic.
    """
    credentials = credentials_in(headers)
    if credentials is None:
        return NOBODY
    reading = standing(asking, SYSTEM) if asking else snapshot(engine, SYSTEM)
    if credentials.startswith(PREFIX):
        return await _partner(credentials, reading, engine, secrets)
    return await _person(credentials, reading, secrets)


def credentials_in(headers: Mapping[str, str]) -> str | None:
    """The token or key in the headers. Raises: RequestRefused."""
    key, authorization = headers.get("x-api-key"), headers.get("authorization")
    if key and authorization:
        raise refused("Send either Authorization or X-Api-Key.")
    if key is not None:
        if not key.startswith(PREFIX):
            raise refused(f"An API key begins with {PREFIX}.")
        return key
    if authorization is None:
        return None
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "bearer" or not credentials.strip():
        raise refused("Authorization must read: Bearer, then an access token or an API key.")
    return credentials.strip()


async def _partner(key: str, reading: Within, engine: AsyncEngine, secrets: Secrets) -> Actor:
    async with reading as session:
        found = await actions.partner_of_key(session, key)
    if found is None:
        raise refused("The API key is wrong, expired or revoked.")
    if not found.noted:
        async with begin(engine, SYSTEM, EVERYWHERE, secrets) as work:
            await actions.note_use(work, found)
    return found.actor


async def _person(token: str, reading: Within, secrets: Secrets) -> Actor:
    try:
        person_id = person_of_token(secrets.signing_keys, token)
    except TokenRefused as error:
        raise refused(str(error)) from None
    async with reading as session:
        actor = await store.actor_of_person(session, person_id)
    if actor is None:
        raise refused("This person no longer signs in here.")
    return actor


def refused(message: str) -> RequestRefused:
    return RequestRefused(
        "UNAUTHENTICATED", message, status=401, headers={"WWW-Authenticate": "Bearer"}
    )
