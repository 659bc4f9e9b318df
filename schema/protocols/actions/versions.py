"""What versions of templates and versions of overlays have in common when they change."""

from collections.abc import Collection
from typing import TypeVar
from uuid import UUID

from schema.context import Work
from schema.errors import NotFound
from schema.protocols.models import JurisdictionOverlayVersionRow, ProtocolVersionRow
from schema.protocols.rules import VersionState, check_revision, check_transition

V = TypeVar("V", ProtocolVersionRow, JurisdictionOverlayVersionRow)


async def locked_version(
    work: Work, kind: type[V], noun: str, version_id: UUID, expected_revision: int
) -> V:
    """The version, locked until the transaction ends. Raises: NotFound, StaleRevision."""
    row = await work.session.get(kind, version_id, with_for_update=True)
    if row is None:
        raise NotFound(noun, version_id, field="version")
    check_revision(row.revision, expected_revision)
    return row


def move(row: ProtocolVersionRow | JurisdictionOverlayVersionRow, state: VersionState) -> None:
    """Take a version to its next state. Raises: VersionStateForbids."""
    check_transition(VersionState(row.state), state)
    row.state = state
    row.revision += 1


def writer(work: Work) -> UUID:
    """Whoever writes the draft."""
    assert work.actor.id is not None, "a person writes a draft"
    return work.actor.id


def writers(wrote: Collection[UUID], also: UUID) -> list[UUID]:
    """Everybody who wrote some of a version, as its row holds them."""
    return sorted({*wrote, also})


def rewritten(work: Work, row: ProtocolVersionRow | JurisdictionOverlayVersionRow) -> None:
    """Note that the actor wrote some of a draft: whoever did last is its author."""
    row.author_id = writer(work)
    row.written_by = writers(row.written_by, row.author_id)
    row.revision += 1
