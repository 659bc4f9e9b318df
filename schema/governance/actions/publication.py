"""Publishing what headquarters wrote, judged by all of the network."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from schema.access.rules import Role
from schema.context import Work
from schema.errors import NotFound
from schema.governance import store
from schema.governance.rules import (
    Finding,
    InfeasiblePackage,
    PublicationRisk,
    check_accepted,
    check_approvals,
    check_order,
    infeasible_packages,
    review_title,
    unsatisfiable_needs,
)
from schema.paging import grouped
from schema.protocols import store as protocol_store
from schema.protocols.actions.templates import put_in_force, version_to_publish
from schema.protocols.models import (
    JurisdictionOverlayVersionRow,
    ProtocolTemplateRow,
    ProtocolVersionRow,
)
from schema.tasks.actions import open_task
from schema.tasks.rules import Subject, TaskKind

#: For a clinic to replace the packages that cannot be finished, from the day of publication on.
REVIEW = timedelta(days=14)
#: So many findings are kept in the record of a publication; how many there were is said as well.
KEPT = 100


@dataclass(frozen=True, slots=True)
class Publication:
    """A version that was published, or in a dry run could be; and what speaks against it."""

    version: ProtocolVersionRow | JurisdictionOverlayVersionRow
    findings: tuple[Finding, ...]
    accepted: frozenset[PublicationRisk]
    dry_run: bool


async def publish_protocol_version(
    work: Work,
    *,
    version_id: UUID,
    expected_revision: int,
    from_on: date | None = None,
    accept: Collection[PublicationRisk] = (),
    dry_run: bool = False,
) -> Publication:
    """Publish what was approved, once all of the network is judged by it; a dry run only judges.

    Whoever accepts a risk is on record with it, and every clinic whose packages cannot be finished
    gets a task.

    Raises: NotFound, StaleRevision, VersionStateForbids, NotPublished, ValidationFailed,
    VersionSuperseded, ApprovalsMissing; PublicationRefused with all findings.
    """
    template = await _template_of(work, version_id)
    row = await version_to_publish(
        work, version_id=version_id, expected_revision=expected_revision, from_on=from_on
    )
    check_order(row.number, await store.newest_published(work.session, template.id))
    findings, accepted = await _judge(work, row, template.code), frozenset(accept)
    if dry_run:
        return Publication(row, findings, accepted, dry_run)
    check_accepted(findings, accepted)
    await put_in_force(work, row, from_on, **noted(findings))
    assert row.published_from is not None, "it was published"
    ask_clinics(
        work,
        findings,
        row.published_from,
        lambda codes: review_title(template.code, row.number, codes),
    )
    return Publication(row, findings, accepted, dry_run)


async def _template_of(work: Work, version_id: UUID) -> ProtocolTemplateRow:
    """The version's template, locked: of one template one version after another is published."""
    version = await protocol_store.version(work.session, version_id)
    if version is None:
        raise NotFound("protocol version", version_id, field="version")
    return await work.session.get_one(
        ProtocolTemplateRow, version.template_id, with_for_update={"key_share": True}
    )


async def _judge(work: Work, row: ProtocolVersionRow, template_code: str) -> tuple[Finding, ...]:
    """All that speaks against publishing a version. Raises: ApprovalsMissing."""
    content = protocol_store.content(row.content)
    approved_by = await protocol_store.approvers(work.session, row.id)
    check_approvals(content, row.written_by, approved_by)
    packages = await store.packages_on_sale(work.session, work.scope, row.template_id, content)
    sites = await store.live_sites(work.session, work.scope, work.now)
    return (*infeasible_packages(packages), *unsatisfiable_needs(content, template_code, sites))


def noted(findings: Sequence[Finding]) -> dict[str, Any]:
    """What the record of a publication says of the findings that were accepted."""
    return {
        "accepted_risks": sorted({each.risk for each in findings}),
        "finding_count": len(findings),
        "findings": [each.figures for each in findings[:KEPT]],
    }


def ask_clinics(
    work: Work,
    findings: Sequence[Finding],
    from_on: date,
    titled: Callable[[Sequence[str]], str],
) -> None:
    """A task in each clinic whose packages cannot be finished, so that it is not lost; called what
    `titled` makes of their codes."""
    packages = [each.package for each in findings if isinstance(each, InfeasiblePackage)]
    for clinic_protocol_id, found in grouped(packages, "clinic_protocol_id").items():
        open_task(
            work,
            clinic_id=found[0].clinic_id,
            kind=TaskKind.PACKAGE_REVIEW,
            title=titled([each.code for each in found]),
            due_on=from_on + REVIEW,
            subject=Subject("ClinicProtocol", clinic_protocol_id),
            role=Role.CLINIC_MANAGER,
        )
