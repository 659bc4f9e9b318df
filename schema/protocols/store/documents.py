"""A version's content as the one JSON document that its row holds."""

from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from schema.protocols.rules import ProtocolContent

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
