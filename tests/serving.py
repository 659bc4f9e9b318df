"""A server as its users meet it: a process of its own, asked over HTTP."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import URL

from api.settings import Settings

ROOT = Path(__file__).parent.parent
#: 32 bytes in base64, twice: no secrets.
SECRETS = {
    "SIGNING_KEYS": "c2lnbmluZ3NpZ25pbmdzaWduaW5nc2lnbmluZ3NpZ24=",
    "MASTER_KEY": "bWFzdGVybWFzdGVybWFzdGVybWFzdGVybWFzdGVybWE=",
}
ADDRESS = re.compile(r"GraphQL at (http://\S+)/graphql")


@dataclass(frozen=True)
class Served:
    """A running server: where it is, and what it has printed before it said so."""

    url: str
    process: subprocess.Popen[str]

    def ask(self, query: str, **headers: str) -> httpx.Response:
        """What it answers; a proxy of the environment is not for this machine's own servers."""
        with httpx.Client(trust_env=False, headers=headers, timeout=20) as client:
            return client.post(f"{self.url}/graphql", json={"query": query})

    def rest(self) -> str:
        """What it prints until it ends."""
        return self.process.communicate(timeout=60)[0]


def environment(**settings: str) -> Mapping[str, str]:
    """Ours, but for the settings: those are the test's alone."""
    names = {each.upper() for each in Settings.model_fields}
    others = {name: value for name, value in os.environ.items() if name not in names}
    return {**others, "PYTHONUNBUFFERED": "1", "PORT": "0", **settings}


def start(*arguments: str, **settings: str) -> subprocess.Popen[str]:
    """`python -m api` with arguments, in an environment with settings."""
    return subprocess.Popen(
        [sys.executable, "-m", "api", *arguments],
        cwd=ROOT,
        env=environment(**settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(*arguments: str, **settings: str) -> tuple[int, str, str]:
    """A command's exit status, output and errors."""
    process = start(*arguments, **settings)
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def shell(command: str) -> str:
    """The output of a line that a user pastes."""
    return subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


@contextmanager
def serving(*arguments: str, **settings: str) -> Iterator[Served]:
    """`python -m api serve` on a free port, from the line that says where, until the end."""
    process = start("serve", *arguments, **settings)
    assert process.stdout
    try:
        for line in process.stdout:
            if found := ADDRESS.match(line):
                yield Served(found[1], process)
                return
        raise AssertionError(process.communicate()[1])
    finally:
        ended = process.poll()
        process.terminate()
        output, errors = process.communicate(timeout=60)
        sys.stderr.write(f"{output}{errors}(ended itself: {ended})\n")  # shown beside a failure


def dsn(url: URL) -> str:
    """A test database's address as DATABASE_URL."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
