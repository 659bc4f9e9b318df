"""The README's commands and queries, run as written against a served instance over HTTP.

`make serve` and `make test` are run by `.ci/run`.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from api.seed.words import API_KEY
from tests.database import Template
from tests.serving import ROOT, SECRETS, dsn, environment, serving

README = (ROOT / "README.md").read_text()
SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { ... on SignedIn { accessToken } } }"""


def tours() -> Iterator[tuple[str, list[tuple[tuple[str, str] | None, str]]]]:
    """Each tour with its queries and who asks them: address and password, or None for the key."""
    text = README[README.index("## Four tours") :]
    for name, tour in re.findall(r"^### ([^\n]+)\n(.*?)(?=^##|\Z)", text, re.M | re.S):
        caller, asked = None, []
        step = r"in as `(\S+)` \(password `(\S+)`\)|^```graphql\n(.*?)^```$"
        for found in re.finditer(step, tour, re.M | re.S):
            if found[1]:
                caller = (found[1], found[2])
            else:
                asked.append((caller, found[3]))
        yield name, asked


def commands() -> list[str]:
    (block,) = re.findall(r"^```sh\n(.*?)^```$", README, re.M | re.S)
    return [line for line in block.splitlines() if line]


def typed(command: str, **settings: str) -> tuple[int, str]:
    """A command's exit status, and what it says."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@dataclass
class Reader:
    """Somebody who pastes queries, and takes a `$variable` from an earlier answer."""

    url: str
    known: dict[str, Any] = field(default_factory=dict)

    def token(self, caller: tuple[str, str] | None) -> str:
        if caller is None:
            return API_KEY.text
        answer = self.post(SIGN_IN, {"email": caller[0], "password": caller[1]})
        token: str = answer["data"]["signIn"]["accessToken"]
        return token

    def post(self, query: str, variables: dict[str, Any], token: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables}
        return httpx.post(f"{self.url}/graphql", json=body, headers=headers, timeout=30).json()

    def paste(self, caller: tuple[str, str] | None, query: str) -> Any:
        wanted = re.findall(r"\$(\w+):", query)
        variables = {name: self.known[name] for name in wanted}
        answer = self.post(query, variables, self.token(caller))
        assert "errors" not in answer, (query, answer)
        self.remember(answer["data"])
        return answer["data"]

    def remember(self, value: Any) -> None:
        """Every field by its name; of a list of values, the first."""
        if isinstance(value, list):
            for each in reversed(value):
                self.remember(each)
        if isinstance(value, dict):
            for name, each in value.items():
                plain = each[0] if isinstance(each, list) and each else each
                if isinstance(plain, str | int):
                    self.known[name] = plain
                self.remember(each)


async def test_the_readmes_commands_and_tours_do_as_they_say(template: Template) -> None:
    async with template.cloned("readme") as clone:
        address = {"DATABASE_URL": dsn(clone.admin.set(username="franchise_owner")), **SECRETS}
        with serving("--demo", **address) as served:
            reader = Reader(served.url)
            asked = 0
            for name, steps in tours():
                assert steps, f"the tour of {name} asks nothing"
                for caller, query in steps:
                    data = reader.paste(caller, query)
                    for answer in data.values():
                        assert "message" not in answer, (name, query, data)
                    asked += 1
            assert asked >= 16
            assert reader.known["appointment"], "the partner has booked"
            assert reader.known["preferredDays"] == 47, "London has decided, and upgraded"
        for command in commands():
            status, output = typed(command, **address)
            assert status == 0, (command, output)
