"""The GraphQL endpoint, after the specification of GraphQL over HTTP; one Context per request."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLError, OperationType
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import Response
from strawberry.types import ExecutionResult

from api.auth import actor_of
from api.browser import wants_page
from api.errors import RequestRefused
from api.limits import admit
from api.requests import JSON, RESPONSE_JSON, GraphQLRequest, negotiate, read
from schema.access.rules import NOBODY, Actor
from schema.context import Context, Kept
from schema.root import MASKED, schema
from schema.secrets import Secrets

REQUEST_SECONDS = 10.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Answers `POST /graphql`; `GET` shows GraphiQL to browsers where `page` is given.

    Where there is no page, nobody learns of the schema without signing in either.
    """

    engine: AsyncEngine
    secrets: Secrets
    page: Response | None = None
    kept: Kept = field(default_factory=Kept)

    async def __call__(self, request: Request) -> Response:
        if request.method == "GET" and self.page and wants_page(request):
            return self.page
        try:
            media = negotiate(request.headers.get("accept"))
        except RequestRefused as refusal:
            return refusal_response(refusal, JSON)
        try:
            return await self._answer(request, media)
        except RequestRefused as refusal:
            return refusal_response(refusal, media)
        except (OSError, DBAPIError, PoolExhausted):
            log.exception("the database does not answer")
            unavailable = RequestRefused(
                "UNAVAILABLE", "The database does not answer; try again shortly.", status=503
            )
            return refusal_response(unavailable, media)
        except Exception:
            log.exception("bug in the endpoint")
            return refusal_response(RequestRefused("INTERNAL_ERROR", MASKED, status=500), media)

    async def _answer(self, request: Request, media: str) -> Response:
        if request.method != "POST":
            raise RequestRefused(
                "BAD_REQUEST", "Send GraphQL by POST.", status=405, headers={"Allow": "POST"}
            )
        asked = await read(request)
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                actor = await actor_of(request.headers, self.engine, self.secrets)
                result = await self._execute(asked, actor, request.state.request_id)
        except TimeoutError:
            raise RequestRefused(
                "TIMEOUT",
                f"The request took longer than {REQUEST_SECONDS:.0f} s: ask for less at once.",
                status=503,
            ) from None
        return result_response(result, media, plainly=actor is not NOBODY or self.page is not None)

    async def _execute(
        self, asked: GraphQLRequest, actor: Actor, request_id: str
    ) -> ExecutionResult:
        operation = admit(asked.query, asked.operation_name)
        if operation.kind is OperationType.SUBSCRIPTION:
            raise RequestRefused(
                "BAD_REQUEST", "Subscriptions are not served over HTTP.", of_document=True
            )
        if operation.introspects and actor is NOBODY and self.page is None:
            raise RequestRefused(
                "UNAUTHENTICATED", "Sign in to ask about the schema.", of_document=True
            )
        return await schema.execute(
            asked.query,
            variable_values=dict(asked.variables),
            operation_name=asked.operation_name,
            context_value=Context(actor, self.engine, self.secrets, request_id, kept=self.kept),
        )


def result_response(result: ExecutionResult, media: str, *, plainly: bool) -> Response:
    """The answer to an operation; without `data` where it failed before its first field.

    `plainly` lets suggestions ("Did you mean …?") through, which tell of the schema.
    """
    found = result.errors or []
    errors = [_formatted(each, plainly) for each in found]
    if result.data is None and not any(each.path for each in found):
        return respond({"errors": errors}, media, status=400 if media == RESPONSE_JSON else 200)
    content: dict[str, Any] = {"data": result.data}
    if errors:
        content = {"errors": errors, **content}
    if result.extensions:
        content["extensions"] = result.extensions
    return respond(content, media)


def _formatted(error: GraphQLError, plainly: bool) -> dict[str, Any]:
    formatted = dict(error.formatted)
    if not plainly:
        formatted["message"] = error.message.partition(" Did you mean")[0]
    if not error.extensions:
        formatted["extensions"] = {"code": "GRAPHQL_VALIDATION_FAILED"}
    return formatted


def refusal_response(refusal: RequestRefused, media: str) -> Response:
    error = {"message": refusal.message, "extensions": {"code": refusal.code}}
    legacy = refusal.of_document and media == JSON
    return respond({"errors": [error]}, media, 200 if legacy else refusal.status, refusal.headers)


def respond(
    content: Any, media: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    body = orjson.dumps(content, default=str)
    return Response(
        body,
        status,
        {"Cache-Control": "no-store", "Vary": "Accept", **(headers or {})},
        media_type=f"{media}; charset=utf-8",
    )
