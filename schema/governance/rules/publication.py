"""Whether a version is published: what nobody accepts away, and what headquarters may accept."""

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from schema.errors import RuleViolation
from schema.governance.rules.findings import (
    Finding,
    InfeasiblePackage,
    PackageOnSale,
    PublicationRisk,
    listed,
)
from schema.pricing.rules import LateVariant, Spacing, late_variants
from schema.protocols.rules import ProtocolContent, Variant, approvals_needed, spacings


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


def infeasible_packages(packages: Sequence[PackageOnSale]) -> Iterator[InfeasiblePackage]:
    """The packages that end before their last session for some variant, in the order given.

    A variant for which a package cannot be finished today either is not new, and not said.
    Source: domain.md, "What must be computed" 1.
    """
    known: dict[tuple[int, int], list[Spacing]] = {}
    for each in packages:
        present = each.before or each.content
        already = _late(each, present, each.content, known) if each.before else {}
        coming = _late(each, each.content, present, known)
        new = [late for variant, late in coming.items() if variant not in already]
        if new:
            yield InfeasiblePackage(each, new[0])
        elif _ends_courses(each):
            yield InfeasiblePackage(each, None)


def _late(
    sold: PackageOnSale,
    content: ProtocolContent,
    beside: ProtocolContent,
    known: dict[tuple[int, int], list[Spacing]],
) -> dict[Variant, LateVariant]:
    """What a package of this content cannot be finished for; `known` is what clinics share."""
    key = id(content), id(beside)
    if key not in known:
        known[key] = list(spacings(content, beside))
    found = late_variants(
        known[key],
        severity=sold.severity,
        sessions=sold.sessions,
        validity_days=sold.validity_days,
    )
    return {each.variant: each for each in found}


def _ends_courses(sold: PackageOnSale) -> bool:
    given = sold.before is None or bool(sold.before.interval_rules)
    return sold.sessions > 1 and given and not sold.content.interval_rules


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
