"""A server on a real socket, in this process, with subscriptions of the tests' own; a client."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any

import orjson
import strawberry
from graphql.execution import Executor
from sqlalchemy.ext.asyncio import AsyncEngine
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from api.app import create_app
from api.documents import Documents
from api.messages import PROTOCOL
from api.serving import Server, listening
from schema.access.rules import Permission
from schema.context import Context, Info
from schema.errors import NotFound
from schema.execution import under
from schema.fields import Open, Watches
from schema.root import Schema, build
from tests.asking import SECRETS
from tests.serving import Served

UpTo = Annotated[int, strawberry.argument(description="How far to count.")]
Name = Annotated[str, strawberry.argument(description="Of what is followed.")]


@dataclass
class Followed:
    """What the subscriptions see: how many follow a name now, and events for whoever does."""

    following: Counter[str] = field(default_factory=Counter)
    happened: asyncio.Event = field(default_factory=asyncio.Event)
    contexts: list[Context] = field(default_factory=list)

    def happen(self) -> None:
        self.happened.set()
        self.happened = asyncio.Event()

    async def until(self, name: str, count: int) -> None:
        """Wait until so many follow."""
        async with asyncio.timeout(5):
            while self.following[name] != count:  # noqa: ASYNC110  # it is the server's
                await asyncio.sleep(0.005)


@strawberry.type(description="What tests subscribe to.")
class Subscription:
    @strawberry.subscription(extensions=[Open("it is a test.")])
    async def counted(self, up_to: UpTo) -> AsyncGenerator[int, None]:
        """Numbers from one."""
        for number in range(1, up_to + 1):
            yield number

    @strawberry.subscription(extensions=[Open("it is a test.")])
    async def followed(self, info: Info, name: Name) -> AsyncGenerator[str, None]:
        """At once, then whenever something happens."""
        world = info.context.kept.get(Followed)
        world.following[name] += 1
        world.contexts.append(info.context)
        try:
            while True:
                happened = world.happened
                yield name
                await happened.wait()
        finally:
            world.following[name] -= 1

    @strawberry.subscription(extensions=[Watches(Permission.AVAILABILITY_READ)])
    async def watched(self, name: Name) -> AsyncGenerator[str, None]:
        """An event, then what is not found, or wrong with us."""
        yield name
        if name == "missing":
            raise NotFound("thing", name)
        if name == "broken":
            raise RuntimeError("the client's name")


@cache
def schema() -> Schema:
    return build(subscription=Subscription)


@dataclass(frozen=True)
class At:
    """Where a server is."""

    url: str

    @asynccontextmanager
    async def connected(
        self, *protocols: str, init: Any = None, **headers: str
    ) -> AsyncIterator["Client"]:
        """A client; introduced where `init` is given."""
        offered = [Subprotocol(each) for each in protocols or (PROTOCOL,)]
        async with connect(
            self.url, subprotocols=offered, additional_headers=headers, proxy=None, max_size=None
        ) as connection:
            client = Client(connection)
            if init is not None:
                await client.send(type="connection_init", payload=init)
                assert await client.next() == {"type": "connection_ack"}
            yield client


@dataclass(frozen=True)
class Serving(At):
    """A server in this process; `world` is what its subscriptions see."""

    server: Server
    world: Followed
    documents: Documents


@dataclass(frozen=True)
class Client:
    """Speaks the protocol by hand, so that it can speak it wrong."""

    connection: ClientConnection

    async def raw(self, message: str | bytes) -> None:
        await self.connection.send(message)

    async def send(self, **message: Any) -> None:
        await self.raw(orjson.dumps(message).decode())

    async def subscribe(self, key: str, query: str, **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await self.send(id=key, type="subscribe", payload=payload)

    async def next(self) -> Any:
        async with asyncio.timeout(5):
            return orjson.loads(await self.connection.recv())

    async def data(self, key: str) -> Any:
        """The data of the next message, which is an answer without errors to this operation."""
        message = await self.next()
        assert (message["type"], message["id"]) == ("next", key), message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]

    async def asked(self, query: str, **variables: Any) -> Any:
        """The data of an operation that has one answer."""
        await self.subscribe("asked", query, **variables)
        data = await self.data("asked")
        assert await self.next() == {"id": "asked", "type": "complete"}
        return data

    async def errors(self, key: str) -> list[dict[str, Any]]:
        """The errors that end this operation."""
        message = await self.next()
        assert (message["type"], message["id"]) == ("error", key), message
        found: list[dict[str, Any]] = message["payload"]
        assert all(each["extensions"]["requestId"] for each in found)
        return found

    async def code(self, key: str) -> str:
        (error,) = await self.errors(key)
        found: str = error["extensions"]["code"]
        return found

    async def closed(self) -> tuple[int | None, str]:
        """The code and reason with which the server closes, whatever it sends before."""
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        return self.connection.close_code, self.connection.close_reason or ""


def at(served: Served) -> At:
    """Where a server in a process of its own is."""
    return At(f"{served.url.replace('http:', 'ws:')}/graphql")


@asynccontextmanager
async def serving(
    engine: AsyncEngine, executor: type[Executor], **given: Any
) -> AsyncIterator[Serving]:
    """The application as `serve` runs it, but for the subscriptions, until the end of the block."""
    app = create_app(engine, SECRETS, served=under(schema(), executor), **given)
    taken = listening("127.0.0.1", 0)
    server = Server(app)
    running = asyncio.create_task(server.serve(sockets=[taken]))
    try:
        while not server.started:  # uvicorn has no event for it
            assert not running.done()
            await asyncio.sleep(0.005)
        host, port = taken.getsockname()
        operations = app.state.operations
        world = operations.kept.get(Followed)
        yield Serving(f"ws://{host}:{port}/graphql", server, world, operations.documents)
    finally:
        server.should_exit = True
        await running
