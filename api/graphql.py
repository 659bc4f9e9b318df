"""The GraphQL endpoint, after the specification of GraphQL over HTTP; one Context per request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.browser import wants_page
from api.errors import RequestRefused
from api.operations import Operations, formatted_refusal, in_time, is_subscription, refusal_of
from api.requests import JSON, RESPONSE_JSON, GraphQLRequest, headers_of, negotiate, read

#: What every answer of a media type says in its head, made once.
HEADS = {
    media: [
        (b"content-type", f"{media}; charset=utf-8".encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept"),
    ]
    for media in (JSON, RESPONSE_JSON)
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to a caller."""

    content: Any
    media: str
    status: int = 200
    headers: Mapping[str, str] | None = None

    async def send(self, send: Send) -> None:
        body = orjson.dumps(self.content, default=str)
        head = [*HEADS[self.media], (b"content-length", b"%d" % len(body))]
        if self.headers:
            head += [(name.lower().encode(), each.encode()) for name, each in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": head})
        await send({"type": "http.response.body", "body": body})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Answers `POST /graphql`; `GET` shows GraphiQL to browsers where `page` is given."""

    operations: Operations
    page: Response | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        if self.page and scope["method"] == "GET" and wants_page(headers):
            await self.page(scope, receive, send)
        else:
            answer = await self._answer(scope, headers, receive)
            await answer.send(send)

    async def _answer(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> Answer:
        try:
            media = negotiate(headers.get("accept"))
        except RequestRefused as refusal:
            return refused(refusal, JSON)
        try:
            content = await self._content(scope, headers, receive)
        except Exception as error:
            return refused(refusal_of(error), media)
        failed = "data" not in content and media == RESPONSE_JSON
        return Answer(content, media, 400 if failed else 200)

    async def _content(
        self, scope: Scope, headers: Mapping[str, str], receive: Receive
    ) -> dict[str, Any]:
        if scope["method"] != "POST":
            raise RequestRefused(
                "BAD_REQUEST", "Send GraphQL by POST.", status=405, headers={"Allow": "POST"}
            )
        asked = await read(headers, receive)
        return await in_time(self._asked(asked, headers, scope["state"]["request_id"]))

    async def _asked(
        self, asked: GraphQLRequest, headers: Mapping[str, str], request_id: str
    ) -> dict[str, Any]:
        actor = await self.operations.actor_of(headers)
        operation = self.operations.admit(asked, actor)
        if is_subscription(operation):
            raise RequestRefused(
                "BAD_REQUEST",
                "Subscriptions are not served over HTTP: open a WebSocket at this address,"
                " with the subprotocol graphql-transport-ws.",
                of_document=True,
            )
        result = await self.operations.execute(asked, operation, actor, request_id)
        return self.operations.content(result, actor)


def refused(refusal: RequestRefused, media: str) -> Answer:
    legacy = refusal.of_document and media == JSON
    status = 200 if legacy else refusal.status
    return Answer({"errors": [formatted_refusal(refusal)]}, media, status, refusal.headers)
