"""Servers and callers as benchmarks need them: real processes, asked over HTTP."""

import asyncio
import base64
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from secrets import token_urlsafe
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import Database
from api.settings import ROOT, Settings
from schema.access import actions
from schema.access.rules import SYSTEM, Role, ScopeKind
from schema.context import begin
from schema.scope import EVERYWHERE
from schema.secrets import Secrets

ADDRESS = re.compile(rb"GraphQL at (http://\S+)/graphql")
SIGN_IN = """mutation ($input: SignInInput!) { signIn(input: $input) {
    __typename ... on SignedIn { accessToken } ... on Problem { message } } }"""


@asynccontextmanager
async def served(database: Database, secrets: Secrets) -> AsyncIterator[str]:
    """The address of a server of its own process on this database."""
    own = {each.upper() for each in Settings.model_fields}
    settings = {
        "DATABASE_URL": database.owner.set(drivername="postgresql").render_as_string(False),
        "SIGNING_KEYS": ",".join(base64.b64encode(each).decode() for each in secrets.signing_keys),
        "MASTER_KEY": base64.b64encode(secrets.master_key).decode(),
        "PORT": "0",
        "PYTHONUNBUFFERED": "1",
    }
    others = {name: value for name, value in os.environ.items() if name not in own}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api", "serve",
        cwd=ROOT, env={**others, **settings}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        while True:
            line = await process.stdout.readline()
            assert line, "the server ended before it served"
            if found := ADDRESS.search(line):
                break
        yield found[1].decode()
    finally:
        process.terminate()
        await process.wait()


class Caller:
    """An HQ administrator, on one connection."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    @classmethod
    @asynccontextmanager
    async def signed_in(
        cls, engine: AsyncEngine, secrets: Secrets, url: str
    ) -> AsyncIterator["Caller"]:
        """Somebody new, of `engine`'s database, signed in at `url`."""
        email, password = f"{token_urlsafe(6)}@bench.example".lower(), token_urlsafe(24)
        async with begin(engine, SYSTEM, EVERYWHERE, secrets) as work:
            person = await actions.create_person(work, email=email, name="B", password=password)
            await actions.assign_role(
                work,
                person=person.id,
                role=Role.HQ_ADMINISTRATOR,
                scope_kind=ScopeKind.FRANCHISE,
                scope=None,
            )
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
            caller = cls(client)
            given = await caller.ask(SIGN_IN, {"input": {"email": email, "password": password}})
            client.headers["Authorization"] = f"Bearer {given['signIn']['accessToken']}"
            yield caller

    async def ask(self, query: str, variables: Mapping[str, Any]) -> Any:
        """The data of an answer without errors."""
        asked = {"query": query, "variables": variables}
        answer = (await self.client.post("/graphql", json=asked)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]
