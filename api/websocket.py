"""Subscriptions, and whatever else is asked, over WebSocket: the protocol graphql-transport-ws.

A socket is one caller's, introduced once. Rights end while sockets last: who asks is read again
before each operation, before an event when that was longer ago than CONFIRMED_SECONDS, and every
IDLE_SECONDS where nothing happens. Where it comes out different, the socket ends.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import orjson
from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.types import ExecutionResult

from api.crowd import Crowd, Crowded
from api.documents import Operation
from api.errors import RequestRefused
from api.messages import (
    PROTOCOL,
    Close,
    CloseCode,
    Gone,
    Kind,
    Message,
    Stopping,
    credentials,
    received,
)
from api.operations import Operations, formatted_refusal, in_time, is_subscription, refusal_of
from api.requests import GraphQLRequest, checked
from schema.access.rules import Actor
from schema.base import new_id
from schema.root import MASKED

INIT_SECONDS = 10.0
CONFIRMED_SECONDS = 5.0
IDLE_SECONDS = 30.0
OPERATIONS = 20
SOCKETS = 2_000
#: Of one caller, and of all together whom nobody knows; each change of a calendar wakes them all.
SOCKETS_OF_A_CALLER, SOCKETS_OF_STRANGERS = 50, 500
SUBSCRIPTIONS_OF_A_CALLER = 100

T = TypeVar("T")
Following = AbstractAsyncContextManager[AsyncIterator[ExecutionResult]]

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Sockets:
    """Answers handshakes at `/graphql`."""

    operations: Operations
    crowd: Crowd = field(default_factory=Crowd)
    _open: int = 0

    async def __call__(self, websocket: WebSocket) -> None:
        if PROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(CloseCode.NO_SUBPROTOCOL, "Subprotocol not acceptable")
            return
        await websocket.accept(PROTOCOL)
        if self._open >= SOCKETS:
            await websocket.close(CloseCode.TRY_AGAIN, "Too many sockets: try again later.")
            return
        self._open += 1
        try:
            await Socket(websocket, self.operations, self.crowd).serve()
        finally:
            self._open -= 1


@dataclass(eq=False, slots=True)
class Caller:
    """Who introduced a socket, by what."""

    operations: Operations
    headers: dict[str, str]
    actor: Actor
    read_at: float
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    async def of(cls, operations: Operations, headers: dict[str, str]) -> "Caller":
        """Raises: Close."""
        read_at = asyncio.get_running_loop().time()
        return cls(operations, headers, await _actor_of(operations, headers), read_at)

    @property
    def name(self) -> tuple[str, UUID | None]:
        """Who it is, whichever socket it comes by."""
        return self.actor.kind, self.actor.id

    async def confirm(self, within: float = 0.0) -> None:
        """Read again who asks, unless that was done `within` seconds. Raises: Close."""
        async with self._reading:
            now = asyncio.get_running_loop().time()
            if now - self.read_at < within:
                return
            actor = await _actor_of(self.operations, self.headers)
            if _rights(actor) != _rights(self.actor):
                raise Close(CloseCode.FORBIDDEN, "Your rights have changed: connect again.")
            self.read_at = now


async def _actor_of(operations: Operations, headers: dict[str, str]) -> Actor:
    try:
        return await in_time(operations.actor_of(headers))
    except Exception as error:
        refusal = refusal_of(error)
        code = CloseCode.FORBIDDEN if refusal.status == 401 else CloseCode.TRY_AGAIN
        raise Close(code, refusal.message) from None


def _rights(actor: Actor) -> object:
    return actor.kind, actor.id, frozenset(actor.grants)


@dataclass(eq=False, slots=True)
class Socket:
    """One connection: its operations run beside each other, each under the id its caller gave."""

    websocket: WebSocket
    operations: Operations
    crowd: Crowd
    _caller: Caller | None = None
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _ending: set[asyncio.Task[None]] = field(default_factory=set)
    _lasting: set[asyncio.Task[Any]] = field(default_factory=set)
    _leaving: ExitStack = field(default_factory=ExitStack)
    _stopping: bool = False

    async def serve(self) -> None:
        """Until either side ends it; then nothing of it runs any more."""
        with self._leaving:
            await self._serve()

    async def _serve(self) -> None:
        """Where the server stops, queries and mutations under way are answered first."""
        ends: list[Close] = []
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._listen(tasks)
                self._stop()
            ends.append(Close(CloseCode.STOPPING, "The server stops: connect again."))
        except* Gone:
            log.debug("the peer left")
        except* Close as group:
            ends += [each for each in group.exceptions if isinstance(each, Close)]
        except* Exception:
            log.exception("bug in a socket")
            ends.append(Close(CloseCode.FAILED, MASKED))
        if ends:
            await self._close(ends[0])

    async def _close(self, end: Close) -> None:
        try:
            await self.websocket.close(end.code, end.reason)
        except (WebSocketDisconnect, RuntimeError, OSError):
            log.debug("the peer left before it was told why")

    def _stop(self) -> None:
        self._stopping = True
        for each in self._lasting:
            each.cancel()

    async def _listen(self, tasks: asyncio.TaskGroup) -> None:
        """Until the server stops. Raises: Gone, Close."""
        try:
            async with asyncio.timeout(INIT_SECONDS) as waiting:
                while True:
                    message = received(await self.websocket.receive())
                    if message.kind is Kind.CONNECTION_INIT:
                        waiting.reschedule(None)
                    await self._handle(message, tasks)
                    await asyncio.sleep(0)  # one socket's flood is not the others' wait
        except Stopping:
            return
        except TimeoutError:
            raise Close(CloseCode.NO_INIT, "Connection initialisation timeout") from None

    async def _handle(self, message: Message, tasks: asyncio.TaskGroup) -> None:
        if message.kind is Kind.CONNECTION_INIT:
            await self._begin(message, tasks)
        elif message.kind is Kind.PING:
            await self._send({"type": "pong"})
        elif message.kind is Kind.SUBSCRIBE:
            await self._subscribe(message, tasks)
        elif message.kind is Kind.COMPLETE and message.id in self._running:
            task = self._running.pop(message.id)
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            task.cancel()

    async def _begin(self, message: Message, tasks: asyncio.TaskGroup) -> None:
        if self._caller is not None:
            raise Close(CloseCode.SECOND_INIT, "Too many initialisation requests")
        headers = credentials(message.payload, self.websocket.headers)
        self._caller = await Caller.of(self.operations, headers)
        known = self._caller.actor.id is not None
        most = SOCKETS_OF_A_CALLER if known else SOCKETS_OF_STRANGERS
        try:
            self._leaving.enter_context(self.crowd.joined(("socket", self._caller.name), most))
        except Crowded:
            raise Close(CloseCode.TRY_AGAIN, "You have too many sockets open.") from None
        self._lasting.add(tasks.create_task(_confirming(self._caller)))
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, message: Message, tasks: asyncio.TaskGroup) -> None:
        if self._caller is None:
            raise Close(CloseCode.UNAUTHORIZED, "Unauthorized")
        if message.id in self._running:
            raise Close(CloseCode.ID_IN_USE, f"Subscriber for {message.id} already exists")
        if max(len(self._running), len(self._ending)) >= OPERATIONS:
            over = RequestRefused(
                "LIMIT_EXCEEDED", f"A socket has at most {OPERATIONS} operations at once."
            )
            await self._send(_error(message.id, [formatted_refusal(over)], str(new_id())))
            return
        assert message.asked is not None, "of a subscribe"
        run = self._run(message.id, message.asked, self._caller)
        self._running[message.id] = task = tasks.create_task(run)
        task.add_done_callback(self._lasting.discard)

    async def _run(self, key: str, asked: GraphQLRequest, caller: Caller) -> None:
        request_id = str(new_id())
        try:
            last = await self._answer(key, asked, caller, request_id)
        except (Close, Gone):
            raise
        except Exception as error:
            last = _error(key, [formatted_refusal(refusal_of(error))], request_id)
        del self._running[key]  # first: the id is free once its client reads the last message
        await self._send(last)

    async def _answer(
        self, key: str, asked: GraphQLRequest, caller: Caller, request_id: str
    ) -> dict[str, Any]:
        """Send the answers to an operation; the message that ends it is yet to be sent."""
        await caller.confirm()
        operation = self.operations.admit(checked(asked), caller.actor)
        if is_subscription(operation):
            self._lasting.add(self._running[key])
            return await self._follow(key, asked, operation, caller, request_id)
        answering = self._execute(asked, operation, caller.actor, request_id)
        if operation.kind is OperationType.MUTATION:
            result = await to_its_end(answering)
        else:
            result = await answering
        return await self._next(key, result, caller.actor, request_id) or _complete(key)

    async def _execute(
        self, asked: GraphQLRequest, operation: Operation, actor: Actor, request_id: str
    ) -> ExecutionResult:
        return await in_time(self.operations.execute(asked, operation, actor, request_id))

    async def _follow(
        self,
        key: str,
        asked: GraphQLRequest,
        operation: Operation,
        caller: Caller,
        request_id: str,
    ) -> dict[str, Any]:
        who, most = ("subscription", caller.name), SUBSCRIPTIONS_OF_A_CALLER
        if caller.actor.id is None:
            most = SOCKETS_OF_STRANGERS
        try:
            with self.crowd.joined(who, most):
                following = self.operations.subscribe(asked, operation, caller.actor, request_id)
                return await self._followed(key, following, caller, request_id)
        except Crowded:
            raise RequestRefused(
                "LIMIT_EXCEEDED", f"A caller has at most {most} subscriptions at once."
            ) from None

    async def _followed(
        self, key: str, following: Following, caller: Caller, request_id: str
    ) -> dict[str, Any]:
        async with following as answers:
            while not self._stopping and (result := await anext(answers, None)):
                await caller.confirm(CONFIRMED_SECONDS)
                if last := await self._next(key, result, caller.actor, request_id):
                    return last
        return _complete(key)

    async def _next(
        self, key: str, result: ExecutionResult, actor: Actor, request_id: str
    ) -> dict[str, Any] | None:
        """Send an answer; the error that ends the operation, where there is no answer."""
        content = self.operations.content(result, actor)
        if "data" not in content:
            return _error(key, content["errors"], request_id)
        _sign(content.get("errors", []), request_id)
        await self._send({"id": key, "type": "next", "payload": content})
        return None

    async def _send(self, message: dict[str, Any]) -> None:
        """Waits for a peer that reads slowly. Raises: Gone."""
        text = orjson.dumps(message, default=str).decode()
        try:
            await self.websocket.send_text(text)
        except (WebSocketDisconnect, RuntimeError, OSError):
            raise Gone from None


async def _confirming(caller: Caller) -> None:
    while True:
        await asyncio.sleep(IDLE_SECONDS)
        await caller.confirm(IDLE_SECONDS)


def _complete(key: str) -> dict[str, Any]:
    return {"id": key, "type": "complete"}


def _error(key: str, errors: list[dict[str, Any]], request_id: str) -> dict[str, Any]:
    _sign(errors, request_id)
    return {"id": key, "type": "error", "payload": errors}


def _sign(errors: list[dict[str, Any]], request_id: str) -> None:
    """Put the request id, which HTTP says in a header, beside each code."""
    for each in errors:
        each["extensions"] = {**each["extensions"], "requestId": request_id}


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives; whoever is cancelled meanwhile waits for its end all the same.

    A change that was begun is made, or not, for its own reasons: not because its caller left.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
