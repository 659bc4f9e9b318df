"""What speaks against publishing a version: which risk, where, and by how much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

from schema.pricing.rules import LateVariant, variant_name
from schema.protocols.rules import CourseSeverity, LayerChange, ProtocolContent, ResourceKind

#: So many codes are named in a sentence.
NAMED = 5
#: So many clinics are kept in the record of a finding.
RECORDED = 100


class PublicationRisk(StrEnum):
    """What whoever publishes may take upon headquarters, by name."""

    INFEASIBLE_PACKAGES = "INFEASIBLE_PACKAGES"
    UNSATISFIABLE_NEEDS = "UNSATISFIABLE_NEEDS"
    CLINIC_VALUES_SET_ASIDE = "CLINIC_VALUES_SET_ASIDE"
    LESS_STRICT_THAN_PRESENT = "LESS_STRICT_THAN_PRESENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageOnSale:
    """A package that a clinic sells today or later; `content` is what it would then be of.

    `before` is what it is of today, where that is known.
    """

    id: UUID
    code: str
    severity: CourseSeverity | None
    sessions: int
    validity_days: int
    clinic_id: UUID
    clinic_code: str
    clinic_protocol_id: UUID
    content: ProtocolContent
    before: ProtocolContent | None = None

    @property
    def name(self) -> str:
        return f"{self.clinic_code}/{self.code}"


@dataclass(frozen=True, slots=True)
class InfeasiblePackage:
    """A package that ends before its last session, for some variant at least.

    `late` is the one that takes longest; None where there would be no courses.
    """

    risk: ClassVar[PublicationRisk] = PublicationRisk.INFEASIBLE_PACKAGES

    package: PackageOnSale
    late: LateVariant | None

    @property
    def message(self) -> str:
        sold = self.package
        if self.late is None:
            return f"{sold.name} has {sold.sessions} sessions; there would be no courses any more."
        return f"{sold.name}: {self.late.message(sold.sessions, sold.validity_days)}"

    @property
    def figures(self) -> Mapping[str, Any]:
        """The finding, for the record."""
        return {
            "risk": self.risk,
            "package": self.package.name,
            "variant": self.late and variant_name(self.late.variant),
            "days_needed": self.late and self.late.days_needed,
            "days_valid": self.package.validity_days,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsatisfiableNeed:
    """Something that a visit needs and no live clinic has.

    Of each inner tuple of `requirements` it takes one. `paths` are the fields that ask for it;
    `add_on` is set where only a visit with it does.
    """

    risk: ClassVar[PublicationRisk] = PublicationRisk.UNSATISFIABLE_NEEDS

    kind: ResourceKind
    role: str
    requirements: tuple[tuple[str, ...], ...]
    depth_mm: Decimal | None
    add_on: str | None
    paths: tuple[str, ...]

    @property
    def message(self) -> str:
        what = " and ".join(" or ".join(one_of) for one_of in self.requirements)
        depth = "" if self.depth_mm is None else f" for {self.depth_mm} mm"
        visit = "" if self.add_on is None else f" with {self.add_on}"
        return f"No live clinic has {what or self.kind}{depth}, the {self.role} of a visit{visit}."

    @property
    def figures(self) -> Mapping[str, Any]:
        """The finding, for the record."""
        return {
            "risk": self.risk,
            "role": self.role,
            "add_on": self.add_on,
            "paths": list(self.paths),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NoClinicForAll:
    """Each need is met somewhere, and no live clinic meets all of them at once.

    `lacking` are the roles that the clinic which comes nearest cannot fill beside the others.
    """

    risk: ClassVar[PublicationRisk] = PublicationRisk.UNSATISFIABLE_NEEDS

    nearest_id: UUID
    nearest_code: str
    lacking: tuple[str, ...]

    @property
    def message(self) -> str:
        return (
            f"No live clinic has all that a visit needs; {self.nearest_code} comes nearest and"
            f" lacks {', '.join(self.lacking)}."
        )

    @property
    def figures(self) -> Mapping[str, Any]:
        """The finding, for the record."""
        return {
            "risk": self.risk,
            "nearest_clinic": self.nearest_code,
            "lacking": list(self.lacking),
        }


@dataclass(frozen=True, slots=True)
class ClinicValuesSetAside:
    """What clinics chose at a path, a value or an add-on, and an overlay would set aside."""

    risk: ClassVar[PublicationRisk] = PublicationRisk.CLINIC_VALUES_SET_ASIDE

    path: str
    clinic_codes: tuple[str, ...]

    @property
    def message(self) -> str:
        return (
            f"{self.path}: what {len(self.clinic_codes)} clinic(s) chose would no longer apply:"
            f" {listed(self.clinic_codes)}."
        )

    @property
    def figures(self) -> Mapping[str, Any]:
        """The finding, for the record."""
        return {
            "risk": self.risk,
            "path": self.path,
            "clinic_count": len(self.clinic_codes),
            "clinics": list(self.clinic_codes[:RECORDED]),
        }


@dataclass(frozen=True, slots=True)
class LessStrictThanPresent:
    """Something that an overlay demands today and would not any more; `numbers` are the versions
    of the template under which it is so."""

    risk: ClassVar[PublicationRisk] = PublicationRisk.LESS_STRICT_THAN_PRESENT

    change: LayerChange
    numbers: tuple[int, ...]

    @property
    def path(self) -> str:
        return self.change.difference.path

    @property
    def message(self) -> str:
        versions = ", ".join(str(each) for each in self.numbers)
        return (
            f"{self.path} would be less strict than {self.change.layer_name} demands today, under"
            f" version {versions}."
        )

    @property
    def figures(self) -> Mapping[str, Any]:
        """The finding, for the record."""
        return {"risk": self.risk, "path": self.path, "versions": list(self.numbers)}


def listed(codes: Sequence[str]) -> str:
    """The first of some codes, and how many more there are."""
    more = f" and {len(codes) - NAMED} more" if len(codes) > NAMED else ""
    return f"{', '.join(codes[:NAMED])}{more}"


Finding: TypeAlias = (
    InfeasiblePackage
    | UnsatisfiableNeed
    | NoClinicForAll
    | ClinicValuesSetAside
    | LessStrictThanPresent
)
