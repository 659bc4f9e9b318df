"""Publishing what the law of a place tightens, judged by the clinics there."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from schema.context import Work
from schema.governance import store
from schema.governance.actions.publication import Publication, ask_clinics, noted
from schema.governance.rules import (
    Finding,
    PublicationRisk,
    check_accepted,
    given_up,
    infeasible_packages,
    overlay_review_title,
    values_set_aside,
)
from schema.protocols import store as protocol_store
from schema.protocols.actions.overlay_reviews import (
    overlay_version_to_publish,
    put_overlay_in_force,
)
from schema.protocols.models import (
    JurisdictionOverlayRow,
    JurisdictionOverlayVersionRow,
    ProtocolTemplateRow,
)


async def publish_overlay_version(
    work: Work,
    *,
    version_id: UUID,
    expected_revision: int,
    from_on: date | None = None,
    accept: Collection[PublicationRisk] = (),
    dry_run: bool = False,
) -> Publication:
    """Publish what was approved, once the clinics of the jurisdiction, and of those within it, are
    judged with it in place of the overlay's version in force; a dry run only judges.

    Whoever accepts a risk is on record with it, and every clinic whose packages cannot be finished
    any more gets a task.

    Raises: NotFound, StaleRevision, VersionStateForbids, NotPublished, and what `check_edits`
    does; PublicationRefused with all findings.
    """
    row, overlay = await overlay_version_to_publish(
        work, version_id=version_id, expected_revision=expected_revision, from_on=from_on
    )
    findings, accepted = await _judge(work, overlay, row), frozenset(accept)
    if dry_run:
        return Publication(row, findings, accepted, dry_run)
    check_accepted(findings, accepted)
    put_overlay_in_force(work, row, from_on, **noted(findings))
    assert row.published_from is not None, "it was published"
    template = await work.session.get_one(ProtocolTemplateRow, overlay.template_id)
    place, number = overlay.jurisdiction_code, row.number
    ask_clinics(
        work,
        findings,
        row.published_from,
        lambda codes: overlay_review_title(template.code, place, number, codes),
    )
    return Publication(row, findings, accepted, dry_run)


async def _judge(
    work: Work, overlay: JurisdictionOverlayRow, row: JurisdictionOverlayVersionRow
) -> tuple[Finding, ...]:
    """All that speaks against putting a version in force, by what is in force today."""
    candidate = protocol_store.overlay_of(overlay.jurisdiction_code, row.edits)
    reached = await store.reached(work.session, work.scope, overlay, candidate, work.now.date())
    packages = await store.packages_reached(work.session, work.scope, reached.clinics)
    return (
        *infeasible_packages(packages),
        *values_set_aside(reached.clinics),
        *given_up(reached.replacements, candidate.name),
    )
