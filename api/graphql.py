"""The GraphQL endpoint, after the specification of GraphQL over HTTP; one Context per request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.browser import wants_page
from api.errors import RequestRefused
from api.operations import Operations, formatted_refusal, in_time, is_subscription, refusal_of
from api.requests import JSON, RESPONSE_JSON, negotiate, read


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Answers `POST /graphql`; `GET` shows GraphiQL to browsers where `page` is given."""

    operations: Operations
    page: Response | None = None

    async def __call__(self, request: Request) -> Response:
        if request.method == "GET" and self.page and wants_page(request):
            return self.page
        try:
            media = negotiate(request.headers.get("accept"))
        except RequestRefused as refusal:
            return refusal_response(refusal, JSON)
        try:
            content = await self._answer(request)
        except Exception as error:
            return refusal_response(refusal_of(error), media)
        failed = "data" not in content and media == RESPONSE_JSON
        return respond(content, media, status=400 if failed else 200)

    async def _answer(self, request: Request) -> dict[str, Any]:
        if request.method != "POST":
            raise RequestRefused(
                "BAD_REQUEST", "Send GraphQL by POST.", status=405, headers={"Allow": "POST"}
            )
        asked = await read(request)
        async with in_time():
            actor = await self.operations.actor_of(request.headers)
            if is_subscription(self.operations.admit(asked, actor)):
                raise RequestRefused(
                    "BAD_REQUEST",
                    "Subscriptions are not served over HTTP: open a WebSocket at this address,"
                    " with the subprotocol graphql-transport-ws.",
                    of_document=True,
                )
            result = await self.operations.execute(asked, actor, request.state.request_id)
        return self.operations.content(result, actor)


def refusal_response(refusal: RequestRefused, media: str) -> Response:
    legacy = refusal.of_document and media == JSON
    status = 200 if legacy else refusal.status
    return respond({"errors": [formatted_refusal(refusal)]}, media, status, refusal.headers)


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
