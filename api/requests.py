"""HTTP request → GraphQL request, refusing whatever is not one."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
from starlette.types import Receive, Scope

from api.errors import RequestRefused

LARGEST_BODY = 256 * 1024
BODY_SECONDS = 10.0
JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
LIST = 500  # a protocol's evidence is the longest that anybody has reason to send
NAMED = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """`query` is a document's text, `trusted` the hash of a trusted one: either, or both."""

    query: str | None
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    trusted: str | None = None


def headers_of(scope: Scope) -> dict[str, str]:
    """A request's headers by their names in lower case; of several, the first."""
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in reversed(scope["headers"])
    }


async def read(headers: Mapping[str, str], receive: Receive) -> GraphQLRequest:
    """What is asked. Raises: RequestRefused."""
    check_headers(headers)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _body(headers, receive)
    except TimeoutError:
        raise RequestRefused(
            "TIMEOUT", f"The body did not arrive within {BODY_SECONDS:.0f} s.", status=408
        ) from None
    return parse_body(body)


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise RequestRefused unless the body is plain JSON, by its headers."""
    if not is_json(headers.get("content-type", "")):
        raise RequestRefused("BAD_REQUEST", f"Send the request as {JSON}, in UTF-8.", status=415)
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise RequestRefused("BAD_REQUEST", "Send the body uncompressed.", status=415)


def is_json(content_type: str) -> bool:
    media, _, parameters = content_type.lower().replace(" ", "").partition(";")
    return media == JSON and parameters in ("", "charset=utf-8", 'charset="utf-8"')


async def _body(headers: Mapping[str, str], receive: Receive) -> bytearray:
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > LARGEST_BODY:
        raise _too_large()
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestRefused("BAD_REQUEST", "The body ended early.")
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise _too_large()
        more = message.get("more_body", False)
    return body


def parse_body(body: bytes | bytearray) -> GraphQLRequest:
    """The request in a JSON body. Raises: RequestRefused."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestRefused("BAD_REQUEST", f"The body is not JSON: {error}.") from None
    if not isinstance(content, dict):
        raise RequestRefused("BAD_REQUEST", "The body must be one JSON object; no batches.")
    return checked(shaped(content))


def shaped(content: Mapping[str, Any]) -> GraphQLRequest:
    """The request in a JSON object. Raises: RequestRefused where a member is of another type."""
    query, name = content.get("query"), content.get("operationName")
    variables, extensions = content.get("variables"), content.get("extensions")
    if not isinstance(name, str | None):
        raise RequestRefused("BAD_REQUEST", "`operationName` must be a string or null.")
    if not isinstance(variables, dict | None):
        raise RequestRefused("BAD_REQUEST", "`variables` must be an object or null.")
    if not isinstance(extensions, dict | None):
        raise RequestRefused("BAD_REQUEST", "`extensions` must be an object or null.")
    trusted = _trusted(content.get("documentId"), extensions)
    if not isinstance(query, str) and not (query is None and trusted):
        raise RequestRefused("BAD_REQUEST", "`query` must be a GraphQL document.")
    return GraphQLRequest(query, name or None, variables or {}, trusted)


def _trusted(named: object, extensions: Mapping[str, Any] | None) -> str | None:
    """The hash that names a trusted document: by `documentId`, or as Apollo's clients send it."""
    persisted = extensions.get("persistedQuery") if extensions else None
    if named is None and persisted is None:
        return None
    if named is None and isinstance(persisted, dict):
        named = f"sha256:{persisted.get('sha256Hash')}"
    found = NAMED.fullmatch(named) if isinstance(named, str) else None
    if found is None:
        raise RequestRefused(
            "BAD_REQUEST",
            "A trusted document is named by `documentId`, sha256: and then 64 hexadecimal digits in"
            " lower case, or by these digits in `extensions.persistedQuery.sha256Hash`.",
        )
    return found[1]


def checked(asked: GraphQLRequest) -> GraphQLRequest:
    """The same request. Raises: RequestRefused for values that nobody can have meant."""
    if asked.query is not None and not asked.query.strip():
        raise RequestRefused("BAD_REQUEST", "`query` must be a GraphQL document.")
    if any("\0" in each for each in texts([asked.query, asked.operation_name, asked.variables])):
        raise RequestRefused("BAD_REQUEST", "A string must not hold the character NUL.")
    if longest_list(asked.variables) > LIST:
        raise RequestRefused("BAD_REQUEST", f"A list in `variables` has at most {LIST} items.")
    return asked


def texts(content: Any) -> Iterator[str]:
    """Every string in a JSON value, names of members too."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value


@lru_cache(maxsize=64)
def negotiate(accept: str | None) -> str:
    """The media type of the answer: the preferred one of the two that GraphQL over HTTP knows.

    Raises: RequestRefused (406) where neither is accepted.
    """
    weights = dict(_weights(accept or "*/*"))
    wildcard = max(weights.get("*/*", 0.0), weights.get("application/*", 0.0))
    plain = weights.get(JSON, wildcard)
    proper = weights.get(RESPONSE_JSON, wildcard if plain <= 0 else 0.0)
    if max(plain, proper) <= 0:
        raise RequestRefused("BAD_REQUEST", f"Accept {RESPONSE_JSON} or {JSON}.", status=406)
    return RESPONSE_JSON if proper >= plain else JSON


def _weights(accept: str) -> Iterator[tuple[str, float]]:
    for each in accept.lower().split(","):
        media, *parameters = (part.strip() for part in each.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        try:
            yield media, float(weight)
        except ValueError:
            yield media, 0.0


def _too_large() -> RequestRefused:
    return RequestRefused(
        "LIMIT_EXCEEDED",
        f"The body is too large: at most {LARGEST_BODY} bytes.",
        status=413,
        headers={"Connection": "close"},
    )


def longest_list(value: object) -> int:
    """How many items the longest list inside `value` has, at any depth."""
    longest, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            longest = max(longest, len(each))
            waiting += each
    return longest
