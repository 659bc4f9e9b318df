"""What is not a GraphQL request gets a 4xx with errors, never a 500."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import requests
from api.requests import JSON, LARGEST_BODY, RESPONSE_JSON, negotiate
from api.serving import LARGEST_HEAD
from schema.execution import STOCK
from tests.api.sockets import serving

VIEWER = b'{"query": "{ viewer { __typename } }"}'


async def post(
    http: httpx.AsyncClient, body: bytes, media: str = JSON, **headers: str
) -> httpx.Response:
    return await http.post("/graphql", content=body, headers={"Content-Type": media, **headers})


def code(response: httpx.Response) -> str:
    assert "data" not in response.json()
    (error,) = response.json()["errors"]
    assert error["message"]
    found: str = error["extensions"]["code"]
    return found


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"7",
        b'"text"',
        b"[]",
        b"[" + VIEWER + b"]",
        b"{",
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"query": ' + b"[" * 50_000,
        b'{"query": ' + b"9" * 6_000 + b"}",
        b'{"query": "\\ud800"}',
        b"{}",
        b'{"query": null}',
        b'{"query": ""}',
        b'{"query": ["{ viewer { __typename } }"]}',
        b'{"query": "{ viewer { __typename } }", "variables": []}',
        b'{"query": "{ viewer { __typename } }", "variables": {"a": "\\u0000"}}',
        b'{"query": "{ viewer { __typename } }", "variables": {"a": [' + b"0," * 500 + b"0]}}",
        b'{"query": "{ viewer { __typename } }", "variables": {"a": '
        + b"[" * 900
        + b"0," * 500
        + b"0"
        + b"]" * 900
        + b"}}",
        b'{"query": "{ viewer { __typename } }", "operationName": 1}',
        b'{"query": "{ viewer { __typename } }", "extensions": "x"}',
    ],
    ids=lambda body: body[:40].decode(errors="replace"),
)
async def test_malformed_body_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    response = await post(http, body)
    assert response.status_code == 400
    assert code(response) == "BAD_REQUEST"


async def test_compressed_body_is_refused(http: httpx.AsyncClient) -> None:
    headers = {"Content-Encoding": "gzip"}
    assert (await post(http, gzip.compress(VIEWER), **headers)).status_code == 415
    assert (await post(http, gzip.compress(VIEWER))).status_code == 400


@pytest.mark.parametrize(
    "media", ["text/plain", "multipart/form-data; boundary=x", f"{JSON}; charset=utf-16", ""]
)
async def test_only_json_in_utf_8_is_read(http: httpx.AsyncClient, media: str) -> None:
    assert (await post(http, VIEWER, media)).status_code == 415


async def test_charset_may_be_said(http: httpx.AsyncClient) -> None:
    assert (await post(http, VIEWER, "Application/JSON; charset=UTF-8")).status_code == 200


async def test_large_body_is_refused_by_its_head_and_by_its_size(http: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(1 + LARGEST_BODY // 1024):
            yield b" " * 1024

    told = await post(http, b" " * (LARGEST_BODY + 1))
    untold = await http.post("/graphql", content=chunks(), headers={"Content-Type": JSON})
    assert [told.status_code, untold.status_code] == [413, 413]
    assert code(told) == code(untold) == "LIMIT_EXCEEDED"


async def test_get_is_not_graphql(http: httpx.AsyncClient) -> None:
    response = await http.get("/graphql", params={"query": "{ viewer { __typename } }"})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (RESPONSE_JSON, RESPONSE_JSON),
        (f"{RESPONSE_JSON}, {JSON}", RESPONSE_JSON),
        (f"{JSON}, {RESPONSE_JSON};q=0.9", JSON),
        (f"{RESPONSE_JSON};q=0, */*", JSON),
        (f"{JSON};q=0, */*", RESPONSE_JSON),
        (f"text/event-stream, {JSON}", JSON),
        (f"{RESPONSE_JSON}; charset=utf-8, {JSON}; charset=utf-8", RESPONSE_JSON),
    ],
)
def test_negotiation(accept: str | None, media: str) -> None:
    assert negotiate(accept) == media


async def test_neither_media_type_accepted(http: httpx.AsyncClient) -> None:
    assert (await post(http, VIEWER, Accept="text/html")).status_code == 406


async def test_stalled_body_has_a_deadline(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stalling() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    monkeypatch.setattr(requests, "BODY_SECONDS", 0.01)
    response = await http.post("/graphql", content=stalling(), headers={"Content-Type": JSON})
    assert (response.status_code, code(response)) == (408, "TIMEOUT")


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (RESPONSE_JSON, 400)])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID!) { node(id: $id) { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { viewer }", "BAD_REQUEST"),
        ("query A { viewer { name } } query B { viewer { name } }", "OPERATION_RESOLUTION_FAILURE"),
        ("{ __schema { queryType { name } } }", "UNAUTHENTICATED"),
    ],
)
async def test_refused_document_has_no_data(
    http: httpx.AsyncClient, accept: str, status: int, query: str, expected: str
) -> None:
    response = await post(http, orjson.dumps({"query": query}), Accept=accept)
    assert response.status_code == status
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert code(response) == expected


async def test_named_operation_runs(http: httpx.AsyncClient) -> None:
    query = "query A { viewer { name } } query B { viewer { __typename } }"
    response = await post(http, orjson.dumps({"query": query, "operationName": "B"}))
    assert response.json() == {"data": {"viewer": {"__typename": "Viewer"}}}


async def test_nobody_is_told_names_of_fields(http: httpx.AsyncClient) -> None:
    response = await post(http, b'{"query": "{ viewr { name } }"}')
    assert "viewer" not in response.text


async def test_answer_carries_the_callers_request_id_if_harmless(http: httpx.AsyncClient) -> None:
    assert (await post(http, VIEWER, **{"X-Request-Id": "a-1"})).headers["x-request-id"] == "a-1"
    assert (await post(http, VIEWER, **{"X-Request-Id": "a b"})).headers["x-request-id"] != "a b"


async def test_head_without_end_is_not_kept(api_engine: AsyncEngine) -> None:
    async with serving(api_engine, STOCK) as served:
        host, port = urlsplit(served.url).netloc.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /livez HTTP/1.1\r\nHost: a\r\nX: ")
        sent = 0
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof() and sent < 8 * LARGEST_HEAD:
                writer.write(b"x" * 8192)
                await writer.drain()
                sent += 8192
                await asyncio.sleep(0.001)
        assert sent < 8 * LARGEST_HEAD
        writer.transport.abort()
