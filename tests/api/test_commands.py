"""The commands that prepare what `serve` serves."""

import pytest

from api.greeting import Caller, curl
from tests.database import Clone
from tests.serving import SECRETS, dsn, run, serving, shell, start

COMMANDS = [
    "serve",
    "migrate",
    "seed",
    "create-admin",
    "issue-api-key",
    "trust-documents",
    "export-schema",
]
PASSWORD = "a long enough pass'word"


@pytest.fixture
def given(database: Clone) -> dict[str, str]:
    return {"DATABASE_URL": dsn(database.admin), **SECRETS}


def test_help_lists_the_commands() -> None:
    status, output, _ = run("--help")
    assert status == 0
    assert all(f" {each} " in output for each in COMMANDS)


def test_administrator_signs_in_by_the_printed_curl_line(given: dict[str, str]) -> None:
    creating = start("create-admin", "--email", "ada@hq.example", "--name", "Ada", **given)
    output, errors = creating.communicate(f"{PASSWORD}\n", timeout=60)
    assert (creating.returncode, errors) == (0, "")
    assert "ada@hq.example is an HQ administrator" in output
    ada = Caller("Ada", "{ viewer { name } }", email="ada@hq.example", password=PASSWORD)
    with serving(**given) as served:
        answer = shell(curl(f"{served.url}/graphql", ada))
    assert answer == '{"data":{"viewer":{"name":"Ada"}}}'


def test_refused_command_says_why_in_one_line(given: dict[str, str]) -> None:
    creating = start("create-admin", "--email", "ada@hq.example", "--name", "Ada", **given)
    _, errors = creating.communicate("short\n", timeout=60)
    assert creating.returncode == 1
    assert errors == "A password has 12 to 256 characters.\n"
