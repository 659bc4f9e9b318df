"""The messages of the protocol graphql-transport-ws, and the ways in which a socket ends.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

import orjson

from api.errors import RequestRefused
from api.requests import GraphQLRequest, shaped

PROTOCOL = "graphql-transport-ws"
LARGEST_MESSAGE = 256 * 1024
LONGEST_ID = 128
LONGEST_REASON = 123  # bytes: a close frame holds no more


class CloseCode(IntEnum):
    """Clients connect again after 1012, 1013 and 4403, not after the other 44xx."""

    TOO_LARGE = 1009
    FAILED = 1011
    STOPPING = 1012
    TRY_AGAIN = 1013
    BAD_MESSAGE = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    NO_SUBPROTOCOL = 4406
    NO_INIT = 4408
    ID_IN_USE = 4409
    SECOND_INIT = 4429


class Close(Exception):
    """Ends the socket; the peer is told why."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:LONGEST_REASON].decode(errors="ignore")


class Gone(Exception):
    """The peer has left: there is nobody to tell anything."""


class Stopping(Exception):
    """The server stops: nothing more is begun."""


class Kind(StrEnum):
    """What a client may send."""

    COMPLETE = "complete"
    CONNECTION_INIT = "connection_init"
    PING = "ping"
    PONG = "pong"
    SUBSCRIBE = "subscribe"


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is of `subscribe` and `complete`, `asked` of `subscribe`."""

    kind: Kind
    payload: Mapping[str, Any]
    id: str = ""
    asked: GraphQLRequest | None = None


def received(event: Mapping[str, Any]) -> Message:
    """The message in an ASGI event. Raises: Gone, Stopping, and Close for what is no message."""
    if event["type"] == "websocket.disconnect":
        raise Stopping if event.get("code") == CloseCode.STOPPING else Gone
    text = event.get("text")
    if text is None:
        raise _bad("Messages are text.")
    if len(text) > LARGEST_MESSAGE or len(text.encode()) > LARGEST_MESSAGE:
        raise Close(CloseCode.TOO_LARGE, f"A message has at most {LARGEST_MESSAGE} bytes.")
    try:
        return parse(orjson.loads(text))
    except orjson.JSONDecodeError:
        raise _bad("The message is not JSON.") from None


def parse(content: Any) -> Message:
    """The message in a JSON value. Raises: Close."""
    if not isinstance(content, dict):
        raise _bad("A message is a JSON object.")
    kind, payload = content.get("type"), content.get("payload")
    if not isinstance(kind, str) or kind not in set(Kind):
        raise _bad(f"`type` must be one of: {', '.join(Kind)}.")
    if not isinstance(payload, dict | None):
        raise _bad("`payload` must be an object.")
    if kind not in (Kind.SUBSCRIBE, Kind.COMPLETE):
        return Message(Kind(kind), payload or {})
    key = content.get("id")
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_ID:
        raise _bad(f"`id` must be a string of 1 to {LONGEST_ID} characters.")
    asked = _asked(payload) if kind == Kind.SUBSCRIBE else None
    return Message(Kind(kind), payload or {}, key, asked)


def _asked(payload: Mapping[str, Any] | None) -> GraphQLRequest:
    try:
        return shaped(payload or {})
    except RequestRefused as refusal:
        raise _bad(refusal.message) from None


def credentials(payload: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that say who asks: those in the payload of `connection_init`, which a browser
    can send, else those of the handshake. Raises: Close."""
    names = ("authorization", "x-api-key")
    told = {name.lower(): value for name, value in payload.items() if name.lower() in names}
    if not all(isinstance(each, str) for each in told.values()):
        raise _bad("Credentials are strings.")
    return told or {name: headers[name] for name in names if name in headers}


def _bad(reason: str) -> Close:
    return Close(CloseCode.BAD_MESSAGE, reason)
