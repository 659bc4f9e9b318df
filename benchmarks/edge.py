"""What the way from the socket to the schema and back costs: `python -m benchmarks.edge [rounds]`.

The application on a schema without a database, served by one process each of uvicorn and granian,
with and without uvloop and httptools, asked by wrk on 8 connections that stay open (Debian: apt-get
install wrk). All are asked once a round, one after another; a ratio is of the same round. What is
printed first, the CPU that the server's process took for a request, is steadier than requests a
second where a machine is shared. Granian is measured where it is installed, which it is not here:
`pip install --target /tmp/granian granian`, then `PYTHONPATH=/tmp/granian python -m …`.
"""

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any

import httpx
import orjson
import strawberry
import typer
import uvloop
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette

from api.app import create_app
from api.serving import Server, listening
from api.settings import ROOT
from schema.execution import BreadthFirstExecutor
from schema.root import Schema
from schema.secrets import Secrets

ROUNDS, SECONDS, CONNECTIONS = 7, 2, 8
QUERIES = {"trivial": "{ small }", "100 kB": "{ large { name code } }"}
SECRETS = Secrets(signing_keys=(b"s" * 32,), master_key=b"m" * 32)
TICKS = os.sysconf("SC_CLK_TCK")


@strawberry.type
class Thing:
    name: str
    code: str


THINGS = [Thing(name=f"What number {n} is called. " * 35, code=f"C{n:08}") for n in range(100)]


@strawberry.type
class Query:
    @strawberry.field
    def small(self) -> str:
        return "small"

    @strawberry.field
    def large(self) -> list[Thing]:
        return THINGS


def application() -> Starlette:
    nowhere = create_async_engine("postgresql+asyncpg://nobody@/nowhere")
    schema = Schema(query=Query, execution_context_class=BreadthFirstExecutor)
    return create_app(nowhere, SECRETS, served=schema)


async def serve_uvicorn(port: int, http: str) -> None:
    server = Server(application())
    server.config.http = http
    with listening("127.0.0.1", port) as taken:
        await server.serve(sockets=[taken])


async def serve_granian(port: int) -> None:
    from granian.constants import HTTPModes, Interfaces  # noqa: PLC0415  # where it is installed
    from granian.server.embed import Server as Granian  # noqa: PLC0415

    await Granian(
        application(),
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        log_enabled=False,
    ).serve()


SERVERS: dict[str, tuple[bool, Callable[[int], Any]]] = {
    "uvicorn, httptools, uvloop": (True, lambda port: serve_uvicorn(port, "httptools")),
    "uvicorn, httptools": (False, lambda port: serve_uvicorn(port, "httptools")),
    "uvicorn, h11, uvloop": (True, lambda port: serve_uvicorn(port, "h11")),
    "uvicorn, h11": (False, lambda port: serve_uvicorn(port, "h11")),
    "granian, uvloop": (True, serve_granian),
    "granian": (False, serve_granian),
}


def serve(name: str, port: int) -> None:
    fast, server = SERVERS[name]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop if fast else None) as runner:
        runner.run(server(port))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@dataclass(frozen=True)
class Served:
    """A server in a process of its own."""

    process: subprocess.Popen[bytes]
    url: str

    def cpu(self) -> float:
        """The seconds of CPU that it has taken."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / TICKS

    def ask(self, script: Path, query: str) -> tuple[float, float]:
        """Requests a second, and milliseconds of CPU for one."""
        body = orjson.dumps({"query": query}).decode()
        script.write_text(
            f"wrk.method = 'POST' wrk.body = [==[{body}]==]"
            " wrk.headers['Content-Type'] = 'application/json'"
        )
        before = self.cpu()
        said = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", script, self.url],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert not re.search("Non-2xx|Socket errors", said), said
        requests = re.search(r"(\d+) requests in", said)
        assert requests, said
        count = int(requests[1])
        return count / SECONDS, 1000 * (self.cpu() - before) / count


@contextmanager
def served(name: str) -> Iterator[Served]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.edge", "--serve", name, str(port)], cwd=ROOT
    )
    try:
        url = f"http://127.0.0.1:{port}/graphql"
        until = monotonic() + 120
        while True:
            try:
                answer = httpx.post(url, json={"query": QUERIES["trivial"]}, trust_env=False)
                break
            except httpx.HTTPError:
                if process.poll() is not None or monotonic() > until:
                    raise
                sleep(0.1)
        assert answer.json() == {"data": {"small": "small"}}, answer.text
        yield Served(process, url)
    finally:
        process.kill()
        process.wait()


def spread(figures: list[float]) -> str:
    return f"{min(figures):7.3f} {median(figures):7.3f} {max(figures):7.3f}"


def main(rounds: int) -> None:
    names = [each for each in SERVERS if "granian" not in each or find_spec("granian")]
    if len(names) < len(SERVERS):
        typer.echo("granian is not installed, so it is left out: see the head of this file.")
    with ExitStack() as stack:
        script = Path(stack.enter_context(TemporaryDirectory())) / "ask.lua"
        all_served = {name: stack.enter_context(served(name)) for name in names}
        for label, query in QUERIES.items():
            found: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
            for _ in range(rounds):
                for name in names:
                    found[name].append(all_served[name].ask(script, query))
            typer.echo(f"\n{label}: minimum, median, maximum of {rounds} rounds")
            typer.echo(f"  {'':24}{'ms of CPU':26}{'of the first':26}requests/s, of the first")
            first = found[names[0]]
            for name, figures in found.items():
                cpu = [each[1] for each in figures]
                dearer = [mine / its[1] for mine, its in zip(cpu, first, strict=True)]
                faster = [each[0] / its[0] for each, its in zip(figures, first, strict=True)]
                typer.echo(f"  {name:24}{spread(cpu)} {spread(dearer)} {spread(faster)}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
