"""Writing jurisdictions' overlays: who leads them, and their drafts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col

from schema.access import actions as access
from schema.base import execute, insert
from schema.clinics import store as clinics
from schema.clinics.actions import Key
from schema.context import Work
from schema.errors import Conflict, NotFound
from schema.protocols import store
from schema.protocols.actions.versions import rewritten, writer, writers
from schema.protocols.models import (
    JurisdictionOverlayRow,
    JurisdictionOverlayVersionRow,
    ProtocolTemplateRow,
)
from schema.protocols.rules import (
    ProtocolKind,
    VersionState,
    check_discard,
    check_editable,
    check_revision,
)
from schema.protocols.rules.authorship import (
    SourcedEdit,
    check_edits,
    check_lead,
    writes_overlay,
)
from schema.protocols.rules.versions import check_discard_overlay
from schema.protocols.rules.violations import NotPublished


async def create_jurisdiction_overlay(
    work: Work, *, template: Key, jurisdiction: str, lead: Key
) -> JurisdictionOverlayRow:
    """An overlay without versions yet, which its lead then writes.

    Raises: NotFound, LeadMayNotAuthor; Conflict where the jurisdiction has one on this template.
    """
    found = await store.template(work.session, template)
    if found is None:
        raise NotFound("protocol template", template, field="template")
    law = await clinics.jurisdiction(work.session, jurisdiction)
    if law is None:
        raise NotFound("jurisdiction", jurisdiction, field="jurisdiction")
    lead_id = await _lead(work, lead)
    row = JurisdictionOverlayRow(template_id=found.id, jurisdiction_code=law.code, lead_id=lead_id)
    taken = Conflict(f"{found.code} has an overlay of {law.code}.", field="jurisdiction")
    await insert(work.session, row, taken=taken)
    work.record(
        "jurisdiction_overlay.created",
        None,
        row,
        template=found.code,
        jurisdiction=law.code,
        lead_id=lead_id,
    )
    return row


async def change_overlay_lead(
    work: Work, *, overlay_id: UUID, expected_revision: int, lead: Key
) -> JurisdictionOverlayRow:
    """Hand an overlay over, with its drafts. Raises: NotFound, StaleRevision, LeadMayNotAuthor."""
    row = await _overlay(work, overlay_id, expected_revision)
    lead_id = await _lead(work, lead)
    before, row.lead_id = row.lead_id, lead_id
    row.revision += 1
    work.record("jurisdiction_overlay.led", None, row, lead_id=lead_id, before=before)
    return row


async def discard_jurisdiction_overlay(
    work: Work, *, overlay_id: UUID, expected_revision: int
) -> JurisdictionOverlayRow:
    """Delete an overlay of which no version was ever published, with the drafts it has.

    Raises: NotFound, StaleRevision, VersionNeeded.
    """
    # Versions before their overlay, as those who publish them lock both.
    versions = await store.overlay_versions_to_discard(work.session, overlay_id)
    row = await _overlay(work, overlay_id, expected_revision)
    check_discard_overlay([each.number for each in versions if each.state in store.PUBLIC])
    work.record(
        "jurisdiction_overlay.discarded",
        None,
        row,
        template_id=row.template_id,
        jurisdiction=row.jurisdiction_code,
        drafts=[each.number for each in versions],
    )
    version = JurisdictionOverlayVersionRow
    await execute(work.session, delete(version).where(col(version.overlay_id) == row.id))
    await work.session.delete(row)
    return row


async def _overlay(work: Work, overlay_id: UUID, expected_revision: int) -> JurisdictionOverlayRow:
    """The overlay, locked until the transaction ends. Raises: NotFound, StaleRevision."""
    row = await work.session.get(JurisdictionOverlayRow, overlay_id, with_for_update=True)
    if row is None:
        raise NotFound("overlay", overlay_id, field="overlay")
    check_revision(row.revision, expected_revision)
    return row


async def _lead(work: Work, lead: Key) -> UUID:
    """Who is to lead an overlay, by id or email. Raises: NotFound, LeadMayNotAuthor."""
    person = await access.actor_of_person(work, lead)
    if person is None or person.id is None:
        raise NotFound("person", lead, field="lead")
    check_lead(person)
    return person.id


async def draft_overlay_version(
    work: Work,
    *,
    overlay_id: UUID,
    edits: Sequence[SourcedEdit] | None = None,
    based_on_id: UUID | None = None,
) -> JurisdictionOverlayVersionRow:
    """The overlay's next version, as a draft: with these edits, or those of another version.

    Without either it begins with what is in force, so that nothing is given up by forgetting it;
    else with what is published for a day to come.

    Raises: NotFound, Conflict, NotPublished, and what `check_edits` does.
    """
    overlay = await _overlay_to_write(work, overlay_id)
    wrote: Sequence[UUID] = ()
    if edits is None and based_on_id is None:
        base = next(iter(await _published(work, overlay)), None)
        edits = store.sourced_edits(base.edits) if base else ()
        based_on_id = base.id if base else None
    elif based_on_id is not None:
        base = await store.overlay_version(work.session, based_on_id, work.scope)
        if base is None:
            raise NotFound("overlay version", based_on_id, field="from.version")
        edits = store.sourced_edits(base.edits)
        wrote = () if VersionState(base.state) in store.PUBLIC else base.written_by
    edits = edits or ()
    await check_edits_today(
        work, overlay, edits, "from.version.edits" if based_on_id else "from.edits"
    )
    author = writer(work)
    row = JurisdictionOverlayVersionRow(
        overlay_id=overlay.id,
        number=await store.next_overlay_number(work.session, overlay.id),
        edits=store.sourced_document(edits),
        author_id=author,
        written_by=writers(wrote, author),
    )
    taken = Conflict("Somebody else drafts or discards a version at the same time.")
    await insert(work.session, row, taken=taken)
    work.record("overlay_version.drafted", None, row, number=row.number, based_on=based_on_id)
    return row


async def revise_overlay_version(
    work: Work, *, version_id: UUID, expected_revision: int, edits: Sequence[SourcedEdit]
) -> JurisdictionOverlayVersionRow:
    """Replace a draft's edits; whoever revises it is its author from then on.

    Raises: NotFound, StaleRevision, VersionStateForbids, NotPublished, and what `check_edits` does.
    """
    row, overlay = await overlay_version_to_write(work, version_id, expected_revision)
    check_editable(VersionState(row.state))
    await check_edits_today(work, overlay, edits)
    row.edits = store.sourced_document(edits)
    rewritten(work, row)
    work.record("overlay_version.revised", None, row, revision=row.revision)
    return row


async def discard_overlay_version(
    work: Work, *, version_id: UUID, expected_revision: int
) -> JurisdictionOverlayVersionRow:
    """Delete a draft. Raises: NotFound, StaleRevision, VersionStateForbids."""
    row, _ = await overlay_version_to_write(work, version_id, expected_revision)
    check_discard(VersionState(row.state), written_from_it=(), overlays=())
    work.record("overlay_version.discarded", None, row, number=row.number)
    await work.session.delete(row)
    return row


async def _overlay_to_write(work: Work, overlay_id: UUID) -> JurisdictionOverlayRow:
    """The overlay, if it is the actor's to write. Raises: NotFound."""
    row = await work.session.get(JurisdictionOverlayRow, overlay_id)
    if row is None or not writes_overlay(work.actor, row.lead_id):
        raise NotFound("overlay", overlay_id, field="overlay")
    return row


async def overlay_version_to_write(
    work: Work, version_id: UUID, expected_revision: int
) -> tuple[JurisdictionOverlayVersionRow, JurisdictionOverlayRow]:
    """A version that is the actor's to write, locked, and its overlay.

    Raises: NotFound, StaleRevision.
    """
    row = await work.session.get(JurisdictionOverlayVersionRow, version_id, with_for_update=True)
    if row is not None:
        overlay = await work.session.get_one(JurisdictionOverlayRow, row.overlay_id)
        if writes_overlay(work.actor, overlay.lead_id):
            check_revision(row.revision, expected_revision)
            return row, overlay
    raise NotFound("overlay version", version_id, field="version")


async def check_edits_today(
    work: Work,
    overlay: JurisdictionOverlayRow,
    edits: Sequence[SourcedEdit],
    at: str = "edits",
) -> None:
    """Check them on the template as it is today, by the day of UTC, under the overlays of the
    jurisdictions that this one is part of.

    Raises: NotPublished where the template has no version in force, and what `check_edits` does.
    """
    if not edits:
        return
    day = work.now.date()
    template = await work.session.get_one(ProtocolTemplateRow, overlay.template_id)
    current = await store.version_to_adopt(work.session, template.id, day, None)
    if current is None:
        raise NotPublished(f"No version of {template.code} is in force that this could tighten.")
    beneath = await store.overlays_beneath(work.session, [overlay], day)
    published = await _published(work, overlay)
    check_edits(
        store.content_of(current.id, current.content),
        beneath[overlay.id],
        store.sourced_edits(store.sourced_document(edits)),  # as the published ones are read
        ProtocolKind(template.protocol_kind),
        carried=[edit for each in published for edit in store.overlay_of("", each.edits).edits],
        at=at,
    )


async def _published(
    work: Work, overlay: JurisdictionOverlayRow
) -> list[JurisdictionOverlayVersionRow]:
    """The overlay's version that is in force by the day of UTC, and its newest published one."""
    in_force = await store.overlay_version_in_force(work.session, overlay.id, work.now.date())
    newest = await store.newest_published_overlay_version(work.session, overlay.id)
    return [each for each in (in_force, newest) if each is not None]
