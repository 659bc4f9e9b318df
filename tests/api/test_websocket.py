"""Subscriptions over WebSocket, by the protocol graphql-transport-ws, from a server on a socket."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from graphql.execution import Executor
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.types import ExecutionResult
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api import operations, websocket
from api import serving as api_serving
from api.messages import LARGEST_MESSAGE
from schema.access import actions
from schema.access.models import PersonRow
from schema.access.rules import Permission, Role, ScopeKind
from schema.access.tokens import LIFETIME, issue_token
from schema.context import Work
from schema.fields import Watches
from tests.actors import everywhere
from tests.api.sockets import At, Serving, at, serving
from tests.asking import SECRETS, Acting
from tests.database import Clone
from tests.executors import EXECUTORS
from tests.serving import SECRETS as SECRETS_GIVEN
from tests.serving import dsn
from tests.serving import serving as process

VIEWER = "{ viewer { kind } }"
COUNT = "subscription ($upTo: Int!) { counted(upTo: $upTo) }"
FOLLOW = "subscription ($name: String!) { followed(name: $name) }"
CHANGE = 'mutation { signIn(input: {email: "a@b.example", password: "a"}) { __typename } }'
WATCH = "subscription ($name: String!) { watched(name: $name) }"


@pytest.fixture(scope="module")
async def servers(
    worker_engines: tuple[AsyncEngine, AsyncEngine], anyio_backend: str
) -> AsyncIterator[dict[type[Executor], Serving]]:
    """One under each executor, for all; what needs rows takes `ask`, which leaves none."""
    async with contextlib.AsyncExitStack() as stack:
        yield {
            each: await stack.enter_async_context(serving(worker_engines[1], each))
            for each in EXECUTORS.values()
        }


@pytest.fixture
def served(servers: dict[type[Executor], Serving], executor: type[Executor]) -> Serving:
    return servers[executor]


async def test_subscription_sends_its_events_and_completes(served: Serving) -> None:
    async with served.connected(init={}) as client:
        await client.subscribe("1", COUNT, upTo=3)
        assert [await client.data("1") for _ in range(3)] == [{"counted": n} for n in (1, 2, 3)]
        assert await client.next() == {"id": "1", "type": "complete"}
        assert client.connection.subprotocol == "graphql-transport-ws"


async def test_queries_are_answered_too_and_their_id_is_free_at_once(served: Serving) -> None:
    async with served.connected(init={}) as client:
        for _ in range(30):
            assert await client.asked(VIEWER) == {"viewer": {"kind": "NOBODY"}}


async def test_http_says_where_subscriptions_go(served: Serving) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        url = served.url.replace("ws:", "http:")
        answer = await client.post(url, json={"query": "subscription { counted(upTo: 1) }"})
    (error,) = answer.json()["errors"]
    assert "graphql-transport-ws" in error["message"]
    assert error["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "null",
        "7",
        "[]",
        "[" * 50_000,
        b'{"type": "ping"}',
        "{}",
        '{"type": null}',
        '{"type": ["ping"]}',
        '{"type": "start"}',
        '{"type": "ping", "payload": 1}',
        '{"type": "connection_init", "payload": []}',
        '{"type": "connection_init", "payload": {"authorization": 1}}',
        '{"type": "subscribe", "payload": {"query": "{ viewer { kind } }"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ viewer { kind } }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ viewer { kind } }"}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": "{ viewer { kind } }"}',
        '{"type": "subscribe", "id": "1", "payload": {}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "variables": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "operationName": 1}}',
        '{"type": "complete"}',
        '{"type": "ping", "payload": {"a": "\\ud800"}}',
    ],
    ids=lambda message: message[:60],
)
async def test_what_is_no_message_ends_the_socket(served: Serving, message: str | bytes) -> None:
    async with served.connected() as client:
        await client.raw(message)
        code, reason = await client.closed()
        assert code == 4400
        assert reason


@pytest.mark.parametrize("size", [LARGEST_MESSAGE + 1, 8 * LARGEST_MESSAGE])
async def test_message_has_a_limit(served: Serving, size: int) -> None:
    async with served.connected() as client:
        await client.raw('{"type": "ping", "payload": {"a": "' + "x" * size + '"}}')
        assert (await client.closed())[0] == 1009


async def test_text_that_is_not_utf_8_ends_the_socket_and_is_not_logged(
    served: Serving, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("uvicorn"), "propagate", True)
    async with served.connected(init={}) as client:
        await client.connection.send([b"\xc3", b"\xa4"], text=True)  # a letter in two frames
        assert (await client.closed())[0] == 4400
    async with served.connected(init={}) as client:
        await client.connection.send(b"\xff", text=True)
        assert (await client.closed())[0] == 1007
    assert caplog.records == []


async def test_only_this_protocol_is_spoken(served: Serving) -> None:
    async with served.connected("graphql-ws") as client:
        assert (await client.closed())[0] == 4406
    with pytest.raises(InvalidStatus):
        async with At(f"{served.url}/other").connected():
            pass


async def test_socket_must_be_introduced_in_time(
    served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "INIT_SECONDS", 0.05)
    async with served.connected() as silent, served.connected(init={}) as introduced:
        assert (await silent.closed())[0] == 4408
        assert await introduced.asked(VIEWER) == {"viewer": {"kind": "NOBODY"}}


async def test_subscribing_before_the_introduction_ends_the_socket(served: Serving) -> None:
    async with served.connected() as client:
        await client.subscribe("1", VIEWER)
        assert await client.closed() == (4401, "Unauthorized")


async def test_second_introduction_ends_the_socket(served: Serving) -> None:
    async with served.connected(init={}) as client:
        await client.send(type="connection_init")
        assert (await client.closed())[0] == 4429


async def test_id_in_use_ends_the_socket(served: Serving) -> None:
    async with served.connected(init={}) as client:
        await client.subscribe("1", FOLLOW, name="a")
        await client.subscribe("1", VIEWER)
        assert await client.closed() == (4409, "Subscriber for 1 already exists")
        await served.world.until("a", 0)


async def test_ping_is_answered(served: Serving) -> None:
    async with served.connected() as client:
        await client.send(type="pong")
        await client.send(type="ping", payload={"a": 1})
        assert await client.next() == {"type": "pong"}


async def test_completed_subscription_is_let_go_and_its_id_is_free(served: Serving) -> None:
    async with served.connected(init={}) as client:
        await client.subscribe("1", FOLLOW, name="a")
        assert await client.data("1") == {"followed": "a"}
        await client.send(id="1", type="complete")
        await client.send(id="never", type="complete")
        await client.subscribe("1", FOLLOW, name="b")
        assert await client.data("1") == {"followed": "b"}
        await served.world.until("a", 0)
        await served.world.until("b", 1)


async def test_two_subscribers_each_get_what_happens(served: Serving) -> None:
    served.world.contexts.clear()
    async with served.connected(init={}) as one, served.connected(init={}) as other:
        for client in (one, other):
            await client.subscribe("1", FOLLOW, name="a")
            assert await client.data("1") == {"followed": "a"}
        await one.subscribe("2", FOLLOW, name="b")
        assert await one.data("2") == {"followed": "b"}
        await asyncio.sleep(0.02)
        served.world.happen()
        assert await other.data("1") == {"followed": "a"}
        told = {(await one.next())["id"] for _ in range(2)}
        assert told == {"1", "2"}
        contexts = served.world.contexts
        assert len({id(each) for each in contexts}) == 3
        assert len({id(each.kept) for each in contexts}) == 1


@pytest.mark.parametrize("politely", [True, False])
async def test_client_that_vanishes_is_followed_no_more(served: Serving, politely: bool) -> None:
    async with served.connected(init={}) as client:
        await client.subscribe("1", FOLLOW, name="a")
        assert await client.data("1") == {"followed": "a"}
        if politely:
            await client.connection.close()
        else:
            client.connection.transport.abort()
        await served.world.until("a", 0)


@pytest.mark.parametrize("amid_events", [False, True], ids=["idle", "amid events"])
async def test_client_that_does_not_read_is_let_go(
    api_engine: AsyncEngine,
    executor: type[Executor],
    monkeypatch: pytest.MonkeyPatch,
    amid_events: bool,
) -> None:
    monkeypatch.setattr(api_serving, "PING_SECONDS", 0.1)
    name = "a" * 100_000
    async with serving(api_engine, executor) as served, served.connected(init={}) as client:
        await client.subscribe("1", FOLLOW, name=name)
        await served.world.until(name, 1)
        client.connection.transport.pause_reading()
        for _ in range(200 if amid_events else 0):
            served.world.happen()
            await asyncio.sleep(0)
        await served.world.until(name, 0)
        client.connection.transport.abort()


async def test_client_that_reads_is_kept(
    api_engine: AsyncEngine, executor: type[Executor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_serving, "PING_SECONDS", 0.05)
    async with serving(api_engine, executor) as served, served.connected(init={}) as client:
        await client.subscribe("1", FOLLOW, name="a")
        assert await client.data("1") == {"followed": "a"}
        await asyncio.sleep(0.3)
        served.world.happen()
        assert await client.data("1") == {"followed": "a"}


async def test_shutdown_tells_subscribers_and_waits_for_nobody(
    api_engine: AsyncEngine, executor: type[Executor]
) -> None:
    async with serving(api_engine, executor) as served, served.connected(init={}) as client:
        await client.subscribe("1", FOLLOW, name="a")
        assert await client.data("1") == {"followed": "a"}
        began = asyncio.get_running_loop().time()
        served.server.should_exit = True
        assert (await client.closed())[0] == 1012
        await served.world.until("a", 0)
        async with httpx.AsyncClient(trust_env=False) as other:
            with pytest.raises(httpx.ConnectError):
                await other.get(served.url.replace("ws:", "http:"))
        assert asyncio.get_running_loop().time() - began < 3


async def test_shutdown_answers_what_is_under_way(
    api_engine: AsyncEngine, executor: type[Executor], monkeypatch: pytest.MonkeyPatch
) -> None:
    began, goes_on = asyncio.Event(), asyncio.Event()

    async def execute(*_: object, **__: object) -> ExecutionResult:
        began.set()
        await goes_on.wait()
        return ExecutionResult({"made": True}, None)

    async with serving(api_engine, executor) as served, served.connected(init={}) as client:
        await client.subscribe("other", FOLLOW, name="a")
        assert await client.data("other") == {"followed": "a"}
        monkeypatch.setattr(operations.Schema, "answer", execute)
        await client.subscribe("1", CHANGE)
        await began.wait()
        served.server.should_exit = True
        await served.world.until("a", 0)
        goes_on.set()
        assert await client.data("1") == {"made": True}
        assert await client.next() == {"id": "1", "type": "complete"}
        assert (await client.closed())[0] == 1012


async def test_shutdown_does_not_wait_for_who_sleeps(
    api_engine: AsyncEngine, executor: type[Executor]
) -> None:
    loop = asyncio.get_running_loop()
    async with serving(api_engine, executor) as served, served.connected(init={}) as client:
        client.connection.transport.pause_reading()
        began = loop.time()
        served.server.should_exit = True
        while served.server.server_state.connections:  # noqa: ASYNC110  # uvicorn has no event
            await asyncio.sleep(0.01)
        client.connection.transport.abort()
        assert loop.time() - began < 4


async def test_flood_of_operations_is_refused(served: Serving) -> None:
    async with served.connected(init={}) as client:
        for number in range(websocket.OPERATIONS):
            await client.subscribe(str(number), FOLLOW, name="a")
            assert await client.data(str(number)) == {"followed": "a"}
        await client.subscribe("more", FOLLOW, name="a")
        assert await client.code("more") == "LIMIT_EXCEEDED"
        await client.send(id="0", type="complete")
        await client.subscribe("more", FOLLOW, name="a")
        assert await client.data("more") == {"followed": "a"}


async def test_sockets_have_a_limit(served: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "SOCKETS", 1)
    async with served.connected(init={}), served.connected() as second:
        assert (await second.closed())[0] == 1013
    async with served.connected(init={}) as third:
        assert await third.asked(VIEWER)


@pytest.mark.parametrize("limit", ["SOCKETS_OF_A_CALLER", "SOCKETS_OF_STRANGERS"])
async def test_sockets_of_a_caller_have_a_limit(
    served: Serving, act: Acting, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """Whoever else comes has room; whoever left may come again."""
    monkeypatch.setattr(websocket, limit, 2)
    token, _ = await token_of(act)
    known = {"Authorization": f"Bearer {token}"}
    mine, others = (known, {}) if limit == "SOCKETS_OF_A_CALLER" else ({}, known)
    async with served.connected(init=mine):
        async with served.connected(init=mine), served.connected() as third:
            await third.send(type="connection_init", payload=mine)
            assert (await third.closed())[0] == 1013
            async with served.connected(init=others) as other:
                assert await other.asked(VIEWER)
        await until_room(served, mine)


async def until_room(served: Serving, init: Any) -> None:
    async with asyncio.timeout(5):
        while True:
            async with served.connected() as client:
                await client.send(type="connection_init", payload=init)
                with contextlib.suppress(ConnectionClosed):
                    if await client.next() == {"type": "connection_ack"}:
                        return
            await asyncio.sleep(0.01)  # the server notices that somebody left


async def test_subscriptions_of_a_caller_have_a_limit(
    served: Serving, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over all of its sockets."""
    monkeypatch.setattr(websocket, "SUBSCRIPTIONS_OF_A_CALLER", 1)
    token, _ = await token_of(act)
    init = {"Authorization": f"Bearer {token}"}
    async with served.connected(init=init) as one, served.connected(init=init) as other:
        await one.subscribe("1", FOLLOW, name="a")
        assert await one.data("1") == {"followed": "a"}
        await other.subscribe("1", FOLLOW, name="a")
        assert await other.code("1") == "LIMIT_EXCEEDED"
        await one.send(id="1", type="complete")
        await served.world.until("a", 0)
        await other.subscribe("1", FOLLOW, name="a")
        assert await other.data("1") == {"followed": "a"}


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("", {}, "BAD_REQUEST"),
        ("{ viewer { kindly } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query A { a } query B { a }", {}, "OPERATION_RESOLUTION_FAILURE"),
        ("{ " + "viewer { kind } " * 1_000 + "}", {}, "LIMIT_EXCEEDED"),
        ("{ " + " ".join(f"a{n}: viewer" for n in range(40)) + " }", {}, "LIMIT_EXCEEDED"),
        (COUNT, {}, "GRAPHQL_VALIDATION_FAILED"),
        (VIEWER, {"a": "\0"}, "BAD_REQUEST"),
        (VIEWER, {"a": [0] * 501}, "BAD_REQUEST"),
        ("{ __schema { queryType { name } } }", {}, "UNAUTHENTICATED"),
        (WATCH, {"name": "a"}, "UNAUTHENTICATED"),
    ],
)  # fmt: skip
async def test_operations_pass_the_gate_of_http(
    served: Serving, query: str, variables: dict[str, Any], code: str
) -> None:
    async with served.connected(init={}) as client:
        await client.subscribe("1", query, **variables)
        (error,) = await client.errors("1")
        assert error["extensions"]["code"] == code
        assert "Did you mean" not in error["message"]
        assert await client.asked(VIEWER) == {"viewer": {"kind": "NOBODY"}}


async def test_where_graphiql_is_on_anybody_may_ask_about_the_schema(
    api_engine: AsyncEngine, executor: type[Executor]
) -> None:
    async with (
        serving(api_engine, executor, page=True) as served,
        served.connected(init={}) as client,
    ):
        asked = await client.asked("{ __schema { subscriptionType { name } } }")
        assert asked == {"__schema": {"subscriptionType": {"name": "Subscription"}}}


async def test_operation_has_a_deadline(served: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served.connected(init={}) as client:

        async def never(*_: object, **__: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(operations.Schema, "answer", never)
        monkeypatch.setattr(operations, "REQUEST_SECONDS", 0.02)
        await client.subscribe("1", VIEWER)
        assert await client.code("1") == "TIMEOUT"


async def test_change_is_made_although_its_caller_leaves(
    served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, goes_on, made = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def execute(*_: object, **__: object) -> None:
        began.set()
        await goes_on.wait()
        made.set()

    monkeypatch.setattr(operations.Schema, "answer", execute)
    async with asyncio.timeout(5):
        async with served.connected(init={}) as client:
            await client.subscribe("1", CHANGE)
            await began.wait()
        goes_on.set()
        await made.wait()


async def assign(work: Work, person: PersonRow, role: Role) -> None:
    await actions.assign_role(
        work, person=person.id, role=role, scope_kind=ScopeKind.FRANCHISE, scope=None
    )


async def token_of(act: Acting, **lasts: int) -> tuple[str, PersonRow]:
    """The access token of a person who may read availability."""
    async with act.work() as work:
        person = await actions.create_person(
            work, email="ada@hq.example", name="Ada", password="long enough for anybody"
        )
        await assign(work, person, Role.HQ_ANALYST)
    issued = datetime.now(UTC) - LIFETIME + timedelta(seconds=lasts.get("seconds", 300))
    return issue_token(SECRETS.signing_keys, person.id, issued)[0], person


@pytest.mark.parametrize("name", ["authorization", "Authorization"])
async def test_credentials_come_with_the_introduction(
    served: Serving, act: Acting, name: str
) -> None:
    token, _ = await token_of(act)
    async with served.connected(init={name: f"Bearer {token}", "other": 1}) as client:
        assert await client.asked(VIEWER) == {"viewer": {"kind": "PERSON"}}
        await client.subscribe("1", WATCH, name="a")
        assert await client.data("1") == {"watched": "a"}


async def test_credentials_may_come_with_the_handshake(served: Serving, act: Acting) -> None:
    token, _ = await token_of(act)
    headers = {"Authorization": f"Bearer {token}"}
    async with served.connected(init={}, **headers) as client:
        assert await client.asked(VIEWER) == {"viewer": {"kind": "PERSON"}}
    async with served.connected(**headers) as client:  # the introduction's are the later word
        await client.send(type="connection_init", payload={"authorization": "Bearer wrong"})
        assert (await client.closed())[0] == 4403


async def test_wrong_credentials_end_the_socket(served: Serving) -> None:
    async with served.connected() as client:
        await client.send(type="connection_init", payload={"x-api-key": "frn_live_a_b"})
        assert await client.closed() == (4403, "The API key is wrong, expired or revoked.")


async def test_database_that_is_down_is_no_refusal_of_credentials(
    served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(operations, "actor_of", down)
    async with served.connected() as client:
        await client.send(type="connection_init")
        assert (await client.closed())[0] == 1013


async def deactivate(act: Acting, person: PersonRow) -> None:
    async with act.work() as work:
        row = await work.session.get_one(PersonRow, person.id)
        row.deactivated_at = work.now


async def test_rights_are_read_again_before_an_operation(served: Serving, act: Acting) -> None:
    token, person = await token_of(act)
    async with served.connected(init={"authorization": f"Bearer {token}"}) as client:
        assert await client.asked(VIEWER) == {"viewer": {"kind": "PERSON"}}
        await deactivate(act, person)
        await client.subscribe("1", VIEWER)
        assert await client.closed() == (4403, "This person no longer signs in here.")


async def test_rights_are_read_again_before_an_event(
    served: Serving, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "CONFIRMED_SECONDS", 0)
    token, person = await token_of(act)
    async with served.connected(init={"authorization": f"Bearer {token}"}) as client:
        await client.subscribe("1", FOLLOW, name="a")
        assert await client.data("1") == {"followed": "a"}
        async with act.work() as work:
            await assign(work, person, Role.HQ_ADMINISTRATOR)
        served.world.happen()
        assert await client.closed() == (4403, "Your rights have changed: connect again.")


async def test_rights_are_read_again_where_nothing_happens(
    served: Serving, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "IDLE_SECONDS", 0.05)
    token, person = await token_of(act)
    async with served.connected(init={"authorization": f"Bearer {token}"}) as client:
        await client.subscribe("1", FOLLOW, name="a")
        assert await client.data("1") == {"followed": "a"}
        await asyncio.sleep(0.15)
        await deactivate(act, person)
        assert (await client.closed())[0] == 4403
        await served.world.until("a", 0)


async def test_token_that_expires_ends_the_socket(
    served: Serving, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "IDLE_SECONDS", 0.05)
    token, _ = await token_of(act, seconds=2)
    async with served.connected(init={"authorization": f"Bearer {token}"}) as client:
        assert (await client.closed())[0] == 4403


@pytest.mark.parametrize(
    ("name", "code"), [("missing", "BAD_REQUEST"), ("broken", "INTERNAL_ERROR")]
)
async def test_subscription_that_fails_ends_with_its_error(
    served: Serving, act: Acting, name: str, code: str
) -> None:
    token, _ = await token_of(act)
    async with served.connected(init={"authorization": f"Bearer {token}"}) as client:
        await client.subscribe("1", WATCH, name=name)
        assert await client.data("1") == {"watched": name}
        (error,) = await client.errors("1")
        assert error["extensions"]["code"] == code
        assert "client's" not in error["message"]
        assert (await client.asked(VIEWER))["viewer"]


async def test_each_event_is_resolved_anew(served: Serving, act: Acting) -> None:
    """An open subscription sees the visits of its clinic as they are, not as first loaded."""
    loaded: list[int] = []

    async def batch(_session: object, keys: list[int], _scope: object) -> dict[int, int]:
        loaded.append(len(loaded))
        return dict.fromkeys(keys, loaded[-1])

    watches = Watches(Permission.AVAILABILITY_READ)
    context = act.context(everywhere(Role.HQ_ANALYST))

    async def events() -> AsyncIterator[str]:
        yield "a"
        yield "b"

    seen = [
        await context.load(batch, 1, Permission.AVAILABILITY_READ)
        async for _ in watches.following(events(), context)
    ]
    assert seen == [0, 1]


async def test_signal_ends_the_process_and_its_sockets(database: Clone) -> None:
    with process(DATABASE_URL=dsn(database.admin), **SECRETS_GIVEN) as running:
        async with at(running).connected(init={}) as client:
            assert await client.asked(VIEWER) == {"viewer": {"kind": "NOBODY"}}
            running.process.send_signal(signal.SIGINT)
            assert (await client.closed())[0] == 1012
        output, errors = await asyncio.to_thread(running.process.communicate, timeout=20)
        assert "Stopped." in output
        assert errors == ""
        assert running.process.returncode == 0
