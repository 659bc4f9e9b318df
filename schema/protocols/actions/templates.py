"""The life of a version once it is written: review, publication, retirement."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col

from schema.base import execute, insert
from schema.context import Work
from schema.protocols import store
from schema.protocols.actions.versions import locked_version, move
from schema.protocols.models import ProtocolApprovalRow, ProtocolTemplateRow, ProtocolVersionRow
from schema.protocols.rules import (
    ProtocolKind,
    VersionState,
    approvals_needed,
    check_approval,
    check_content,
    check_publication,
    check_reason,
    check_transition,
)
from schema.protocols.rules.versions import check_withdrawal, check_writer
from schema.protocols.rules.violations import AlreadyApproved


def earliest_day(now: datetime) -> date:
    """The day that it still is somewhere in the franchise, west of everybody."""
    return (now - timedelta(hours=12)).date()


async def submit_protocol_version(
    work: Work, *, version_id: UUID, expected_revision: int
) -> ProtocolVersionRow:
    """Hand a draft in for review. Raises: NotFound, StaleRevision, VersionStateForbids."""
    row = await version_to_change(work, version_id, expected_revision)
    move(row, VersionState.IN_REVIEW)
    work.record("protocol_version.submitted", None, row, number=row.number)
    return row


async def withdraw_protocol_version(
    work: Work, *, version_id: UUID, expected_revision: int
) -> ProtocolVersionRow:
    """Take a version back that one wrote some of and that is in review, to write on; an approval
    that it has already is void.

    Raises: NotFound, StaleRevision, VersionStateForbids, NotItsWriter.
    """
    row = await version_to_change(work, version_id, expected_revision)
    check_withdrawal(VersionState(row.state))
    check_writer(work.actor.id, row.written_by)
    await _to_draft(work, row)
    work.record("protocol_version.withdrawn", None, row, number=row.number)
    return row


async def return_protocol_version(
    work: Work, *, version_id: UUID, expected_revision: int, reason: str
) -> ProtocolVersionRow:
    """Give a version back to whoever writes it, for a reason; its approvals are void.

    Raises: ReasonMissing, NotFound, StaleRevision, VersionStateForbids.
    """
    check_reason(reason)
    row = await version_to_change(work, version_id, expected_revision)
    await _to_draft(work, row)
    work.record("protocol_version.returned", None, row, number=row.number, reason=reason)
    return row


async def _to_draft(work: Work, row: ProtocolVersionRow) -> None:
    """A draft has no approvals. Raises: VersionStateForbids."""
    move(row, VersionState.DRAFT)
    approval = ProtocolApprovalRow
    await execute(work.session, delete(approval).where(col(approval.version_id) == row.id))


async def approve_protocol_version(
    work: Work, *, version_id: UUID, expected_revision: int
) -> ProtocolVersionRow:
    """Approve another person's version; with the last approval that it needs it is APPROVED.

    Raises: NotFound, StaleRevision, VersionStateForbids, OwnDraft, AlreadyApproved.
    """
    row = await version_to_change(work, version_id, expected_revision)
    check_transition(VersionState(row.state), VersionState.APPROVED)
    approved_by = await store.approvers(work.session, row.id)
    check_approval(
        author_id=row.author_id,
        approver_id=work.actor.id,
        approved_by=approved_by,
        written_by=row.written_by,
    )
    assert work.actor.id is not None, "check_approval refuses nobody"
    approval = ProtocolApprovalRow(
        version_id=row.id,
        author_id=row.author_id,
        approver_id=work.actor.id,
        approved_at=work.now,
    )
    taken = AlreadyApproved("You approved this version; somebody else does as well.")
    await insert(work.session, approval, taken=taken)
    if len(approved_by) + 1 >= approvals_needed(store.content(row.content)):
        row.state = VersionState.APPROVED
    row.revision += 1
    work.record("protocol_version.approved", None, row, number=row.number)
    return row


async def version_to_publish(
    work: Work, *, version_id: UUID, expected_revision: int, from_on: date | None
) -> ProtocolVersionRow:
    """The version, locked, as it can be published from a day on (None: from now on).

    Raises: NotFound, StaleRevision, VersionStateForbids, NotPublished, ValidationFailed.
    """
    row = await version_to_change(work, version_id, expected_revision)
    check_transition(VersionState(row.state), VersionState.PUBLISHED)
    today = earliest_day(work.now)
    check_publication(from_on=from_on or today, today=today)
    template = await work.session.get_one(ProtocolTemplateRow, row.template_id)
    check_content(store.content(row.content), ProtocolKind(template.protocol_kind))
    return row


async def publish_protocol_version(
    work: Work,
    *,
    version_id: UUID,
    expected_revision: int,
    from_on: date | None = None,
) -> ProtocolVersionRow:
    """Publish what others approved; clinics may adopt it from a day of theirs on (None: now).

    What it means for the network is judged by `governance`, between the two halves of this.

    Raises: what `version_to_publish` raises.
    """
    row = await version_to_publish(
        work, version_id=version_id, expected_revision=expected_revision, from_on=from_on
    )
    return await put_in_force(work, row, from_on)


async def put_in_force(
    work: Work, row: ProtocolVersionRow, from_on: date | None, **noted: Any
) -> ProtocolVersionRow:
    """Publish what `version_to_publish` gave for this day; `noted` is what was known and accepted,
    for the record."""
    move(row, VersionState.PUBLISHED)
    row.published_by = work.actor.id
    row.published_from = from_on or earliest_day(work.now)
    template = await work.session.get_one(ProtocolTemplateRow, row.template_id)
    template.name = row.content["name"]
    work.record(
        "protocol_version.published",
        None,
        row,
        number=row.number,
        from_on=row.published_from,
        **noted,
    )
    return row


async def retire_protocol_version(
    work: Work, *, version_id: UUID, expected_revision: int, reason: str | None = None
) -> ProtocolVersionRow:
    """End a version: nobody adopts it any more; who adopted it keeps it, and courses go on.

    Raises: NotFound, StaleRevision, VersionStateForbids.
    """
    row = await version_to_change(work, version_id, expected_revision)
    move(row, VersionState.RETIRED)
    row.retired_on = work.now.date()
    work.record("protocol_version.retired", None, row, number=row.number, reason=reason)
    return row


async def version_to_change(
    work: Work, version_id: UUID, expected_revision: int
) -> ProtocolVersionRow:
    """The version, locked until the transaction ends. Raises: NotFound, StaleRevision."""
    return await locked_version(
        work, ProtocolVersionRow, "protocol version", version_id, expected_revision
    )
