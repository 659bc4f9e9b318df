"""Whether a version is published: what nobody accepts away, and what headquarters may accept."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID

from schema.errors import RuleViolation
from schema.governance.rules.findings import (
    Finding,
    InfeasiblePackage,
    PackageOnSale,
    PublicationRisk,
    listed,
)
from schema.pricing.rules import PackageNotFeasible, check_package
from schema.protocols.rules import ProtocolContent, approvals_needed


class PublicationRefused(RuleViolation):
    """All that was found, where not every risk of it was accepted."""

    code = "PUBLICATION_REFUSED"

    def __init__(self, findings: Sequence[Finding], accepted: Collection[PublicationRisk]) -> None:
        missing = sorted({each.risk for each in findings} - set(accepted))
        super().__init__(
            f"Not published, for {len(findings)} finding(s): change the version, what clinics"
            f" sell or have, or accept {' and '.join(missing)}.",
            field="accept",
        )
        self.findings = tuple(findings)
        self.accepted = frozenset(accepted)


class ApprovalsMissing(RuleViolation):
    code = "APPROVALS_MISSING"


class VersionSuperseded(RuleViolation):
    code = "VERSION_SUPERSEDED"


def check_order(number: int, newest: int | None) -> None:
    """Raise VersionSuperseded where a version with a higher number was ever published.

    So numbers ascend in the order of publication, and the newest version has the highest.
    """
    if newest is not None and newest > number:
        raise VersionSuperseded(
            f"Version {newest} was published since: draft what version {number} says as a later"
            " one.",
            field="version",
        )


def check_approvals(
    content: ProtocolContent, written_by: Collection[UUID], approved_by: Collection[UUID]
) -> None:
    """Raise ApprovalsMissing unless as many people as it needs approved it, who wrote none of it.

    Source: domain.md, its last sentence: a shorter healing guard takes two approvals.
    """
    needed = approvals_needed(content)
    found = len(set(approved_by) - set(written_by))
    if found < needed:
        raise ApprovalsMissing(
            f"It takes the approval of {needed} people who wrote none of it; it has {found}.",
            field="version",
        )


def check_accepted(findings: Sequence[Finding], accepted: Collection[PublicationRisk]) -> None:
    """Raise PublicationRefused, which says all of them, unless each one's risk is accepted."""
    if any(each.risk not in accepted for each in findings):
        raise PublicationRefused(findings, accepted)


def infeasible_packages(packages: Iterable[PackageOnSale]) -> Iterator[InfeasiblePackage]:
    """The packages that end before their last session, in the order given.

    Source: domain.md, "What must be computed" 1.
    """
    for each in packages:
        try:
            check_package(
                each.content,
                severity=each.severity,
                sessions=each.sessions,
                validity_days=each.validity_days,
            )
        except PackageNotFeasible as refused:
            yield InfeasiblePackage(each, refused.days_needed)


def newly_infeasible(
    packages: Iterable[tuple[PackageOnSale, PackageOnSale]],
) -> Iterator[InfeasiblePackage]:
    """The packages, as they are and as they would be, that can be finished in time today and could
    not any more, in the order given."""
    for present, coming in packages:
        if not any(infeasible_packages([present])):
            yield from infeasible_packages([coming])


def review_title(template: str, number: int, codes: Sequence[str]) -> str:
    """What the task says that a clinic gets for its infeasible packages."""
    return (
        f"{template} {number} is published: {listed(codes)} cannot be finished in"
        " time under it. End or replace before you upgrade."
    )


def overlay_review_title(template: str, place: str, number: int, codes: Sequence[str]) -> str:
    """What the task says that a clinic gets for packages that a law makes infeasible."""
    return (
        f"{place} makes {template} stricter ({number}): {listed(codes)} cannot be finished in time"
        " under it. End or replace."
    )
