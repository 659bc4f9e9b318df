"""A version's content as the one JSON document that its row holds, and the edits of an overlay."""

from collections.abc import Iterator, Sequence
from dataclasses import is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from schema.protocols.rules import Edit, Move, ProtocolContent, Put, Remove, Set
from schema.protocols.rules.paths import shapes

CONTENT: TypeAdapter[ProtocolContent] = TypeAdapter(ProtocolContent)
MOST_READ = 512


def document(content: ProtocolContent) -> dict[str, Any]:
    """The content as JSON; decimals become texts."""
    found: dict[str, Any] = CONTENT.dump_python(content, mode="json")
    return found


def content(stored: dict[str, Any]) -> ProtocolContent:
    """The content of a stored document."""
    return CONTENT.validate_python(stored)


_read: dict[UUID, ProtocolContent] = {}


def content_of(version_id: UUID, stored: dict[str, Any]) -> ProtocolContent:
    """The content of an adopted version, parsed once: what is published never changes."""
    if version_id not in _read:
        if len(_read) >= MOST_READ:
            _read.clear()
        _read[version_id] = content(stored)
    return _read[version_id]


def edits_document(edits: Sequence[Edit]) -> list[dict[str, Any]]:
    """Edits as JSON: `{"edit": "set", "path": …, "value": …}`; decimals become texts."""
    return [_edit_document(each) for each in edits]


def _edit_document(edit: Edit) -> dict[str, Any]:
    match edit:
        case Set(path, value):
            plain = list(value) if isinstance(value, tuple) else value
            plain = str(plain) if isinstance(plain, Decimal) else plain
            return {"edit": "set", "path": path, "value": plain}
        case Put(path, item, behind):
            kind: Any = type(item)
            document = _adapter(kind).dump_python(item, mode="json")
            return {
                "edit": "put",
                "path": path,
                "kind": kind.__name__,
                "item": document,
                "behind": behind,
            }
        case Remove(path):
            return {"edit": "remove", "path": path}
        case Move(path, behind):
            return {"edit": "move", "path": path, "behind": behind}


def edits(stored: Sequence[dict[str, Any]]) -> tuple[Edit, ...]:
    """The edits of a stored document."""
    return tuple(_edit(each) for each in stored)


def _edit(stored: dict[str, Any]) -> Edit:
    path = stored["path"]
    match stored["edit"]:
        case "set":
            value = stored["value"]
            return Set(path, tuple(value) if isinstance(value, list) else value)
        case "put":
            item = _adapter(ITEM_KINDS[stored["kind"]]).validate_python(stored["item"])
            return Put(path, item, stored["behind"])
        case "remove":
            return Remove(path)
        case _:
            return Move(path, stored["behind"])


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _held_by(kind: Any) -> Iterator[Any]:
    """The dataclasses that a dataclass holds, at any depth."""
    for shape in shapes(kind).values():
        for held in shape.kinds:
            if is_dataclass(held):
                yield held
                yield from _held_by(held)


#: What an edit can put, by the name of its class.
ITEM_KINDS: dict[str, Any] = {each.__name__: each for each in _held_by(ProtocolContent)}
