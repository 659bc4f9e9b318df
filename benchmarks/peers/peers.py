"""The four peers: each a process of its own that says where it listens."""

import asyncio
import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from api.database import API_ROLE, STATEMENT_TIMEOUT, Database
from api.errors import CannotProceed
from api.settings import ROOT, Settings
from schema.secrets import Secrets

HERE = Path(__file__).parent
NODE = HERE / "node_modules" / "node" / "bin" / "node"
INSTALLED = HERE / "node_modules" / ".installed"
ADDRESS = re.compile(rb" at (http://[^/\s]+)/")
START_SECONDS = 60.0
PEERS = ("ours", "stock", "postgraphile", "statement")


@dataclass(frozen=True, slots=True)
class Peer:
    """A running peer; `kind` is what it is asked in."""

    name: str
    process: int
    url: str

    @property
    def kind(self) -> str:
        return "ours" if self.name == "stock" else self.name

    def address(self, question: str) -> str:
        """Where a question is posted to."""
        return f"{self.url}/{question if self.kind == 'statement' else 'graphql'}"


@dataclass(frozen=True, slots=True)
class Place:
    """What peers are started with: the database, and by caller what row-level security reads."""

    database: Database
    secrets: Secrets
    callers: Mapping[str, Mapping[str, str]]

    def environment(self, name: str) -> dict[str, str]:
        """A peer's own environment, beside what is not ours."""
        own = {each.upper() for each in Settings.model_fields}
        others = {each: value for each, value in os.environ.items() if each not in own}
        given = self._ours() if name in ("ours", "stock") else self._peers()
        return {**others, "PYTHONUNBUFFERED": "1", **given}

    def _ours(self) -> dict[str, str]:
        keys = (base64.b64encode(each).decode() for each in self.secrets.signing_keys)
        return {
            "DATABASE_URL": self.database.owner.set(drivername="postgresql").render_as_string(
                False
            ),
            "SIGNING_KEYS": ",".join(keys),
            "MASTER_KEY": base64.b64encode(self.secrets.master_key).decode(),
            "PORT": "0",
        }

    def _peers(self) -> dict[str, str]:
        url = self.database.api
        settings = {
            "role": API_ROLE, "jit": "off", "timezone": "UTC",
            "statement_timeout": STATEMENT_TIMEOUT,
        }  # fmt: skip
        database = {
            "host": url.query["host"],
            "user": url.username,
            "database": url.database,
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        }
        return {
            "NODE_ENV": "production",
            "PEER_DATABASE": json.dumps(database),
            "PEER_CALLERS": json.dumps(self.callers),
        }


@asynccontextmanager
async def started(name: str, place: Place) -> AsyncIterator[Peer]:
    """A peer, until the end of the block. Raises: CannotProceed where it does not come up."""
    if name == "postgraphile":
        install()
    process = await asyncio.create_subprocess_exec(
        *_command(name), cwd=ROOT, env=place.environment(name), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield Peer(name, process.pid, await _address(name, process.stdout))
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _address(name: str, said: asyncio.StreamReader) -> str:
    """Where the peer says that it listens. Raises: CannotProceed."""
    try:
        async with asyncio.timeout(START_SECONDS):
            while line := await said.readline():
                if found := ADDRESS.search(line):
                    return found[1].decode()
    except TimeoutError:
        raise CannotProceed(f"{name} did not serve within {START_SECONDS:.0f} s.") from None
    raise CannotProceed(f"{name} ended before it served: see above.")


def _command(name: str) -> Sequence[str | Path]:
    if name == "postgraphile":
        return [NODE, HERE / "postgraphile.mjs"]
    if name == "statement":
        return [sys.executable, "-m", "benchmarks.peers.statement"]
    return [sys.executable, "-m", "benchmarks.peers.starting", name]


def install() -> None:
    """PostGraphile and its Node, as package-lock.json has them. Raises: CannotProceed."""
    lock = (HERE / "package-lock.json").read_text()
    if INSTALLED.exists() and INSTALLED.read_text() == lock:
        return
    if shutil.which("npm") is None:
        raise CannotProceed(
            "npm is missing: `apt-get install npm`, or leave PostGraphile out with"
            " --peers ours,stock,statement."
        )
    typer.echo("Installing PostGraphile and Node 22 with npm (once; a minute) ...")
    # What only Node 20 is too old for is said as a warning: it runs under its own Node 22.
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=HERE, check=False
    )
    if done.returncode or not NODE.exists():
        raise CannotProceed(
            f"`npm ci` in {HERE.relative_to(ROOT)} failed: see above. Is npm's registry reachable?"
        )
    INSTALLED.write_text(lock)


def described(value: Any) -> str:
    """A value as the start of its JSON: enough to recognise it in a message."""
    return json.dumps(value, default=str)[:300]
