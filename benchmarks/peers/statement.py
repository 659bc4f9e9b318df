"""A Starlette route for each query, whose answer is made by one hand-written statement.

`python -m benchmarks.peers.statement` serves them with our own HTTP server and event loop. What a
transaction needs is sent in one message before the statement: begin and settings.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.serving import Server, listening
from schema.reading import quoted

POOL = 8
QUERIES = Path(__file__).parent / "queries"
#: Of each query, the parameters of its statement.
PARAMETERS: Mapping[str, Callable[[Mapping[str, Any]], Sequence[Any]]] = {
    "catalogue": lambda given: [given["first"]],
    "day": lambda given: [
        given["clinic"],
        datetime.fromisoformat(given["from"]),
        datetime.fromisoformat(given["to"]),
    ],
    "node": lambda given: [given["id"]],
}


def opening(settings: Mapping[str, str]) -> str:
    """What begins a transaction with these settings."""
    calls = ", ".join(
        f"set_config({quoted(name)}, {quoted(value)}, true)" for name, value in settings.items()
    )
    return f"begin read only; select {calls}"


def answering(
    name: str, pool: asyncpg.Pool, openings: Mapping[str, str]
) -> Callable[[Request], Awaitable[Response]]:
    """The route of one query."""
    statement = (QUERIES / f"{name}.sql").read_text()

    async def answer(request: Request) -> Response:
        given = PARAMETERS[name](orjson.loads(await request.body()))
        async with pool.acquire() as connection:
            await connection.execute(openings[request.headers["x-caller"]])
            found = await connection.fetchval(statement, *given)
            await connection.execute("commit")
        return Response(found, media_type="application/json")

    return answer


async def main() -> None:
    database = json.loads(os.environ["PEER_DATABASE"])
    callers = json.loads(os.environ["PEER_CALLERS"])
    settings = dict(
        each.removeprefix("-c ").split("=") for each in database["options"].split(" -c ")
    )
    pool = await asyncpg.create_pool(
        host=database["host"], user=database["user"], database=database["database"],
        min_size=POOL, max_size=POOL, server_settings=settings, reset=_keep,
    )  # fmt: skip
    openings = {caller: opening(settings) for caller, settings in callers.items()}
    app = Starlette(
        routes=[
            Route(f"/{each}", answering(each, pool, openings), methods=["POST"])
            for each in PARAMETERS
        ]
    )
    with listening("127.0.0.1", 0) as taken:
        print(f"Statements at http://127.0.0.1:{taken.getsockname()[1]}/", flush=True)  # noqa: T201
        await Server(app).serve(sockets=[taken])


async def _keep(connection: asyncpg.Connection) -> None:
    """Nothing is left on a connection that would have to be reset, a round trip saved."""


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
