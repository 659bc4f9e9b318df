"""Writing protocols: drafts, their review, publication and retirement."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col

from schema.base import execute, insert
from schema.clinics.actions import Key
from schema.clinics.rules import check_code
from schema.context import Work
from schema.errors import Conflict, NotFound
from schema.protocols import store
from schema.protocols.models import ProtocolApprovalRow, ProtocolTemplateRow, ProtocolVersionRow
from schema.protocols.rules import (
    ProtocolContent,
    ProtocolKind,
    VersionState,
    approvals_needed,
    check_approval,
    check_content,
    check_editable,
    check_publication,
    check_revision,
    check_transition,
)
from schema.protocols.rules.violations import AlreadyApproved


def earliest_day(now: datetime) -> date:
    """The day that it still is somewhere in the franchise, west of everybody."""
    return (now - timedelta(hours=12)).date()


async def create_protocol_template(
    work: Work, *, code: str, kind: ProtocolKind, content: ProtocolContent
) -> ProtocolTemplateRow:
    """A template with its first draft, called what the draft is called.

    Raises: InvalidCode, ValidationFailed, Conflict.
    """
    code = check_code(code)
    check_content(content, kind)
    template = ProtocolTemplateRow(code=code, name=content.name, protocol_kind=kind)
    taken = Conflict(f"The code {code} is taken.", field="code")
    await insert(work.session, template, taken=taken)
    work.record("protocol_template.created", None, template, code=code, kind=kind)
    await _draft(work, template.id, 1, content)
    return template


async def draft_protocol_version(
    work: Work, *, template: Key, content: ProtocolContent
) -> ProtocolVersionRow:
    """The template's next version, as a draft. Raises: NotFound, ValidationFailed, Conflict."""
    found = await store.template(work.session, template)
    if found is None:
        raise NotFound("protocol template", template, field="template")
    check_content(content, ProtocolKind(found.protocol_kind))
    number = await store.next_number(work.session, found.id)
    return await _draft(work, found.id, number, content)


async def _draft(
    work: Work, template_id: UUID, number: int, content: ProtocolContent
) -> ProtocolVersionRow:
    assert work.actor.id is not None, "a person writes a draft"
    row = ProtocolVersionRow(
        template_id=template_id,
        number=number,
        content=store.document(content),
        author_id=work.actor.id,
    )
    taken = Conflict("Somebody else drafts a version at the same time.", field="template")
    await insert(work.session, row, taken=taken)
    work.record("protocol_version.drafted", None, row, number=number)
    return row


async def revise_protocol_version(
    work: Work, *, version_id: UUID, expected_revision: int, content: ProtocolContent
) -> ProtocolVersionRow:
    """Replace a draft's content; whoever revises it is its author from then on.

    Raises: NotFound, StaleRevision, VersionStateForbids, ValidationFailed.
    """
    row = await _version(work, version_id, expected_revision)
    check_editable(VersionState(row.state))
    template = await work.session.get_one(ProtocolTemplateRow, row.template_id)
    check_content(content, ProtocolKind(template.protocol_kind))
    row.content = store.document(content)
    assert work.actor.id is not None, "a person writes a draft"
    row.author_id = work.actor.id
    row.revision += 1
    work.record("protocol_version.revised", None, row, revision=row.revision)
    return row


async def submit_protocol_version(
    work: Work, *, version_id: UUID, expected_revision: int
) -> ProtocolVersionRow:
    """Hand a draft in for review. Raises: NotFound, StaleRevision, VersionStateForbids."""
    row = await _version(work, version_id, expected_revision)
    _move(row, VersionState.IN_REVIEW)
    work.record("protocol_version.submitted", None, row, number=row.number)
    return row


async def return_protocol_version(
    work: Work, *, version_id: UUID, expected_revision: int, reason: str
) -> ProtocolVersionRow:
    """Give a version in review back to its author.

    Raises: NotFound, StaleRevision, VersionStateForbids.
    """
    row = await _version(work, version_id, expected_revision)
    _move(row, VersionState.DRAFT)
    approval = ProtocolApprovalRow
    await execute(work.session, delete(approval).where(col(approval.version_id) == row.id))
    work.record("protocol_version.returned", None, row, number=row.number, reason=reason)
    return row


async def approve_protocol_version(
    work: Work, *, version_id: UUID, expected_revision: int
) -> ProtocolVersionRow:
    """Approve another person's version; with the last approval that it needs it is APPROVED.

    Raises: NotFound, StaleRevision, VersionStateForbids, OwnDraft, AlreadyApproved.
    """
    row = await _version(work, version_id, expected_revision)
    check_transition(VersionState(row.state), VersionState.APPROVED)
    approved_by = await store.approvers(work.session, row.id)
    check_approval(author_id=row.author_id, approver_id=work.actor.id, approved_by=approved_by)
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


async def publish_protocol_version(
    work: Work, *, version_id: UUID, expected_revision: int, from_on: date | None = None
) -> ProtocolVersionRow:
    """Publish what others approved; clinics may adopt it from a day of theirs on (None: now).

    What it means for the network is judged by `governance`, which calls this.

    Raises: NotFound, StaleRevision, VersionStateForbids, NotPublished, ValidationFailed.
    """
    row = await _version(work, version_id, expected_revision)
    check_transition(VersionState(row.state), VersionState.PUBLISHED)
    today = earliest_day(work.now)
    from_on = today if from_on is None else from_on
    check_publication(from_on=from_on, today=today)
    template = await work.session.get_one(ProtocolTemplateRow, row.template_id)
    check_content(store.content(row.content), ProtocolKind(template.protocol_kind))
    _move(row, VersionState.PUBLISHED)
    row.published_by = work.actor.id
    row.published_from = from_on
    template.name = row.content["name"]
    work.record("protocol_version.published", None, row, number=row.number, from_on=from_on)
    return row


async def retire_protocol_version(
    work: Work, *, version_id: UUID, expected_revision: int
) -> ProtocolVersionRow:
    """End a version: nobody adopts it any more; who adopted it keeps it.

    Raises: NotFound, StaleRevision, VersionStateForbids.
    """
    row = await _version(work, version_id, expected_revision)
    _move(row, VersionState.RETIRED)
    row.retired_on = work.now.date()
    work.record("protocol_version.retired", None, row, number=row.number)
    return row


async def _version(work: Work, version_id: UUID, expected_revision: int) -> ProtocolVersionRow:
    """The version, locked until the transaction ends. Raises: NotFound, StaleRevision."""
    row = await work.session.get(ProtocolVersionRow, version_id, with_for_update=True)
    if row is None:
        raise NotFound("protocol version", version_id, field="version")
    check_revision(row.revision, expected_revision)
    return row


def _move(row: ProtocolVersionRow, state: VersionState) -> None:
    check_transition(VersionState(row.state), state)
    row.state = state
    row.revision += 1
