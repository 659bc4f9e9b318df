"""The life of an overlay's version once it is written: review, publication, retirement."""

from datetime import date
from typing import Any
from uuid import UUID

from schema.context import Work
from schema.protocols import store
from schema.protocols.actions.overlays import check_edits_today, overlay_version_to_write
from schema.protocols.actions.templates import earliest_day
from schema.protocols.actions.versions import locked_version, move
from schema.protocols.models import JurisdictionOverlayRow, JurisdictionOverlayVersionRow
from schema.protocols.rules import (
    VersionState,
    check_approval,
    check_publication,
    check_reason,
    check_transition,
)
from schema.protocols.rules.versions import check_withdrawal
from schema.protocols.rules.violations import VersionStateForbids


async def submit_overlay_version(
    work: Work, *, version_id: UUID, expected_revision: int
) -> JurisdictionOverlayVersionRow:
    """Hand a draft in for review, if it still fits the template.

    Raises: NotFound, StaleRevision, VersionStateForbids, NotPublished, and what `check_edits` does.
    """
    row, overlay = await overlay_version_to_write(work, version_id, expected_revision)
    check_transition(VersionState(row.state), VersionState.IN_REVIEW)
    await check_edits_today(work, overlay, store.sourced_edits(row.edits))
    move(row, VersionState.IN_REVIEW)
    work.record("overlay_version.submitted", None, row, number=row.number)
    return row


async def withdraw_overlay_version(
    work: Work, *, version_id: UUID, expected_revision: int
) -> JurisdictionOverlayVersionRow:
    """Take a version back that is in review, to write on.

    Raises: NotFound, StaleRevision, VersionStateForbids.
    """
    row, _ = await overlay_version_to_write(work, version_id, expected_revision)
    check_withdrawal(VersionState(row.state))
    move(row, VersionState.DRAFT)
    work.record("overlay_version.withdrawn", None, row, number=row.number)
    return row


async def return_overlay_version(
    work: Work, *, version_id: UUID, expected_revision: int, reason: str
) -> JurisdictionOverlayVersionRow:
    """Give a version back to its author; the approval is void.

    Raises: ReasonMissing, NotFound, StaleRevision, VersionStateForbids.
    """
    check_reason(reason)
    row = await _version(work, version_id, expected_revision)
    move(row, VersionState.DRAFT)
    row.approver_id = None
    work.record("overlay_version.returned", None, row, number=row.number, reason=reason)
    return row


async def approve_overlay_version(
    work: Work, *, version_id: UUID, expected_revision: int
) -> JurisdictionOverlayVersionRow:
    """Approve what other people wrote.

    Raises: NotFound, StaleRevision, VersionStateForbids, OwnDraft.
    """
    row = await _version(work, version_id, expected_revision)
    check_transition(VersionState(row.state), VersionState.APPROVED)
    check_approval(
        author_id=row.author_id,
        approver_id=work.actor.id,
        approved_by=(),
        written_by=row.written_by,
    )
    move(row, VersionState.APPROVED)
    row.approver_id = work.actor.id
    work.record("overlay_version.approved", None, row, number=row.number)
    return row


async def overlay_version_to_publish(
    work: Work, *, version_id: UUID, expected_revision: int, from_on: date | None
) -> tuple[JurisdictionOverlayVersionRow, JurisdictionOverlayRow]:
    """The version, locked, as it can be published from a day on (None: from now on); and its
    overlay, locked too: of one overlay one version after another is published.

    Raises: NotFound, StaleRevision, VersionStateForbids, NotPublished, and what `check_edits` does.
    """
    row = await _version(work, version_id, expected_revision)
    check_transition(VersionState(row.state), VersionState.PUBLISHED)
    today = earliest_day(work.now)
    check_publication(from_on=from_on or today, today=today)
    overlay = await work.session.get_one(
        JurisdictionOverlayRow, row.overlay_id, with_for_update=True
    )
    newest = await store.newest_published_overlay_version(work.session, overlay.id)
    if newest is not None and newest.number > row.number:
        raise VersionStateForbids(f"Version {newest.number} is published already: draft another.")
    await check_edits_today(work, overlay, store.sourced_edits(row.edits))
    return row, overlay


async def publish_overlay_version(
    work: Work,
    *,
    version_id: UUID,
    expected_revision: int,
    from_on: date | None = None,
) -> JurisdictionOverlayVersionRow:
    """Publish what was approved: in force in every clinic of the jurisdiction, and of those within
    it, from this day of the clinic's on (None: now).

    What it means for those clinics is judged by `governance`, between the two halves of this.

    Raises: what `overlay_version_to_publish` raises.
    """
    row, _ = await overlay_version_to_publish(
        work, version_id=version_id, expected_revision=expected_revision, from_on=from_on
    )
    return put_overlay_in_force(work, row, from_on)


def put_overlay_in_force(
    work: Work, row: JurisdictionOverlayVersionRow, from_on: date | None, **noted: Any
) -> JurisdictionOverlayVersionRow:
    """Publish what `overlay_version_to_publish` gave for this day; `noted` is what was known and
    accepted, for the record."""
    move(row, VersionState.PUBLISHED)
    row.published_by = work.actor.id
    row.published_from = from_on or earliest_day(work.now)
    work.record(
        "overlay_version.published",
        None,
        row,
        number=row.number,
        from_on=row.published_from,
        **noted,
    )
    return row


async def retire_overlay_version(
    work: Work, *, version_id: UUID, expected_revision: int, reason: str
) -> JurisdictionOverlayVersionRow:
    """End a version: the one published before it is in force again, unless it is retired too.

    Raises: ReasonMissing, NotFound, StaleRevision, VersionStateForbids.
    """
    check_reason(reason)
    row = await _version(work, version_id, expected_revision)
    move(row, VersionState.RETIRED)
    row.retired_on = work.now.date()
    work.record("overlay_version.retired", None, row, number=row.number, reason=reason)
    return row


async def _version(
    work: Work, version_id: UUID, expected_revision: int
) -> JurisdictionOverlayVersionRow:
    """The version, locked until the transaction ends. Raises: NotFound, StaleRevision."""
    return await locked_version(
        work, JurisdictionOverlayVersionRow, "overlay version", version_id, expected_revision
    )
