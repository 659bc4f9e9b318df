"""What `serve` prints: where it is, who may sign in, and commands that work when pasted."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from shlex import quote

SIGN_IN = (
    "mutation ($email: String!, $password: String!) {"
    " signIn(input: {email: $email, password: $password}) { ... on SignedIn { accessToken } } }"
)
TOKEN = """sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/'"""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody of the demo. A person has an email address and a password, a partner a key."""

    label: str
    query: str
    email: str | None = None
    password: str | None = None
    api_key: str | None = None


def greeting(url: str, callers: Sequence[Caller], *, page: bool) -> Iterator[str]:
    """The lines that a start ends with."""
    yield f"GraphQL at {url}" + (" (GraphiQL in a browser)" if page else "")
    for each in callers:
        yield ""
        if each.api_key:
            yield f"{each.label}, by API key {each.api_key}"
        else:
            yield f"{each.label}: {each.email}, password {each.password}"
        yield f"  {curl(url, each)}"
    if not callers:
        yield "Nobody may sign in yet? `python -m api create-admin` makes the first administrator."
    yield ""
    yield "Ctrl-C stops it."


def curl(url: str, caller: Caller) -> str:
    """One line for a shell: signs in where the caller is a person, and asks."""
    asked = _post(url, {"query": caller.query})
    if caller.api_key:
        return f"{asked} -H {quote(f'Authorization: Bearer {caller.api_key}')}"
    variables = {"email": caller.email, "password": caller.password}
    signed_in = _post(url, {"query": SIGN_IN, "variables": variables})
    return f'{asked} -H "Authorization: Bearer $({signed_in} | {TOKEN})"'


def _post(url: str, body: object) -> str:
    return f"curl -s {url} -H 'Content-Type: application/json' -d {quote(json.dumps(body))}"
