"""The application: routes, middleware, lifespan."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.browser import graphiql
from api.documents import Document, Documents
from api.graphql import Endpoint
from api.listening import kept_fresh
from api.metrics import Figures
from api.migrations import state
from api.operations import Operations
from api.websocket import Sockets
from schema.access.rules import ActorKind
from schema.base import new_id
from schema.root import Schema, schema
from schema.scheduling.store.live import LiveCalendars
from schema.secrets import Secrets

GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def create_app(
    engine: AsyncEngine,
    secrets: Secrets,
    *,
    page: bool = False,
    served: Schema = schema,
    listening: AsyncEngine | None = None,
    asking: AsyncEngine | None = None,
    trusted: Mapping[str, Document] | None = None,
    trusted_only: frozenset[ActorKind] = frozenset(),
    metrics_token: str | None = None,
) -> Starlette:
    """The API on an engine that introduces its actors (`schema.context.guard`).

    `page` shows GraphiQL to browsers, and lets anybody ask about the schema. `listening` is an
    engine for hearing what other processes do; without it, each search asks. `asking` is one for
    finding out who asks (`Database.asking_engine`); without it, that takes a transaction.
    `trusted` are documents by their hashes; callers of the kinds in `trusted_only` ask by these
    alone. Whoever shows `metrics_token` is told the process's figures; without it, nobody is.
    """

    async def ready(request: Request) -> Response:
        return await readiness(engine)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            running.push_async_callback(engine.dispose)
            if listening is not None:
                live = operations.kept.get(LiveCalendars)
                await running.enter_async_context(kept_fresh(listening, live))
            yield

    documents = Documents(served, trusted or {})
    operations = Operations(engine, secrets, documents, page, trusted_only, asking)
    endpoint = Endpoint(operations, graphiql() if page else None)
    app = Application(
        RequestId(endpoint),
        routes=[
            Route("/graphql", endpoint, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", Sockets(operations).__call__),
            Route("/livez", alive),
            Route("/readyz", ready),
            *([Route("/metrics", Figures(documents, metrics_token))] if metrics_token else []),
        ],
        middleware=[Middleware(RequestId)],
        lifespan=lifespan,
    )
    app.state.operations = operations
    return app


class Application(Starlette):
    """Starlette, but for GraphQL sent by POST: as that is nearly all that comes, it goes straight
    to `graphql`, which raises nothing of its own that Starlette would answer.
    """

    def __init__(self, graphql: ASGIApp, **others: Any) -> None:
        super().__init__(**others)
        self.graphql = graphql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        direct = scope["type"] == "http" and scope["path"] == "/graphql"
        if direct and scope["method"] == "POST":
            await self.graphql(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


async def alive(request: Request) -> Response:
    return PlainTextResponse("alive")


async def readiness(engine: AsyncEngine) -> Response:
    """Whether requests can be served: the database answers and is at the code's revision."""
    try:
        async with engine.connect() as connection:
            current = (await connection.run_sync(state)).ready
    except (OSError, SQLAlchemyError):
        return JSONResponse({"database": "unreachable"}, 503)
    if not current:
        return JSONResponse({"database": "reachable", "migrations": "pending"}, 503)
    return JSONResponse({"database": "reachable", "migrations": "current"})


class RequestId:
    """Gives each request an id, the caller's own if it is harmless, and says it in the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = given if GIVEN_ID.fullmatch(given) else str(new_id()).encode()
        scope.setdefault("state", {})["request_id"] = request_id.decode()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", request_id)]
            await send(message)

        await self.app(scope, receive, send_with_id)
