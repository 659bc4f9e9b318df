"""What speaks against a publication, as GraphQL shows it."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.types.field import StrawberryField

from schema.access.rules import Permission
from schema.clinics.store import clinics_by_id
from schema.clinics.types.places import Clinic
from schema.context import Info
from schema.fields import described, link
from schema.governance import rules
from schema.governance.rules import PublicationRefused, PublicationRisk
from schema.pricing.store import packages_by_id
from schema.pricing.types.prices import Package
from schema.problems import Problem
from schema.protocols.rules import CourseSeverity, ResourceKind, Variant
from schema.protocols.types.differences import ProtocolDifference

described(
    PublicationRisk,
    "What headquarters may accept by name when it publishes; the publication's event says so.",
    {
        PublicationRisk.INFEASIBLE_PACKAGES: "Packages on sale cannot be finished in time under"
        " the version. If you accept it, each clinic concerned gets a task: it ends or replaces"
        " them; where a template is published, before it upgrades.",
        PublicationRisk.UNSATISFIABLE_NEEDS: "No live clinic has what a visit needs. Accept it to"
        " publish ahead of equipment, people or openings: nobody can book until they are there.",
        PublicationRisk.CLINIC_VALUES_SET_ASIDE: "An overlay would set aside what clinics chose"
        " for themselves. Tell them before you accept it: from its day on what the law demands"
        " applies there.",
        PublicationRisk.LESS_STRICT_THAN_PRESENT: "An overlay would no longer demand what its"
        " version in force does. Accept it where the law was lifted; else put the edit back.",
    },
)


@strawberry.interface(
    description="Something that speaks against publishing a version of a template or an overlay."
)
class PublicationFinding:
    risk: PublicationRisk = strawberry.field(
        description="What to `accept` to publish all the same."
    )
    accepted: bool = strawberry.field(description="Whether you accepted it.")
    message: str = strawberry.field(description="For people, in English; may change.")


@strawberry.type(description="What a course is for, and how deep; it stands for all alike.")
class CourseVariant:
    indication: str | None = strawberry.field(
        description="Key of an indication; null: none that another interval is for."
    )
    severity: CourseSeverity = strawberry.field(description="How severe the concern is.")
    depth_mm: Decimal | None = strawberry.field(
        description="Needle depth in millimetres; null: the usual one."
    )

    @classmethod
    def of(cls, variant: Variant) -> "CourseVariant":
        return cls(
            indication=variant.indication, severity=variant.severity, depth_mm=variant.depth_mm
        )


@strawberry.type(
    description="A package that would end before its last session can take place, for some"
    " indication, severity or depth that it is sold for, and does not today."
)
class InfeasiblePackage(PublicationFinding):
    clinic_id: strawberry.Private[UUID]
    package_id: strawberry.Private[UUID]
    clinic_code: str = strawberry.field(description="Code of the clinic that sells it.")
    package_code: str = strawberry.field(description="Its code in that clinic.")
    sessions: int = strawberry.field(description="How many sessions it has.")
    days_needed: int | None = strawberry.field(
        description="From the first session to the last, at the shortest intervals, for `variant`;"
        " null where the version has no courses."
    )
    variant: CourseVariant | None = strawberry.field(
        description="Of all that it cannot be finished for, what takes longest; null where the"
        " version has no courses."
    )
    days_valid: int = strawberry.field(description="How long it is valid, in days.")
    clinic: Clinic | None = link(
        clinics_by_id,
        key="clinic_id",
        of=Clinic.of,
        reads=Permission.CLINICS_READ,
        describe="The clinic that sells it.",
    )
    package: Package | None = link(
        packages_by_id,
        key="package_id",
        of=Package.of,
        reads=Permission.PRICES_READ,
        describe="The package.",
    )


@strawberry.type(
    description="One of these is needed: credential types, room kinds or device classes."
)
class NeededOneOf:
    any_of: list[str] = strawberry.field(description="Any of them will do.")


@strawberry.type(description="Something that a visit needs and no live clinic has today.")
class UnsatisfiableNeed(PublicationFinding):
    kind: ResourceKind = strawberry.field(description="A person, a room or a device.")
    role: str = strawberry.field(description="What it does in the visit.")
    requirements: list[NeededOneOf] = strawberry.field(
        description="What it must be: all of these at once."
    )
    depth_mm: Decimal | None = strawberry.field(
        description="How deep it must be able to needle, in millimetres; null: no needle."
    )
    add_on: str | None = strawberry.field(
        description="Key of the add-on that needs it; null where every visit does."
    )
    paths: list[str] = strawberry.field(
        description="The fields that ask for it, such as `steps.NEEDLE.needs.OPERATOR`."
    )


@strawberry.type(
    description="Each need of a visit is met somewhere, but no live clinic meets all of them at"
    " once, with a person, room or device of its own for each role."
)
class NoClinicForAll(PublicationFinding):
    nearest_id: strawberry.Private[UUID]
    nearest_clinic_code: str = strawberry.field(description="The clinic that lacks least.")
    lacking: list[str] = strawberry.field(
        description="The roles that it cannot fill beside the others."
    )
    nearest_clinic: Clinic | None = link(
        clinics_by_id,
        key="nearest_id",
        of=Clinic.of,
        reads=Permission.CLINICS_READ,
        describe="The clinic that lacks least.",
    )


@strawberry.type(
    description="What clinics chose for themselves at a path, a value or an add-on, applies today"
    " and would be set aside. Values that are set aside today already are not told again."
)
class ClinicValuesSetAside(PublicationFinding):
    path: str = strawberry.field(
        description="For example `intervalRules.GENERAL.minDays`, or `addOns.PRP`."
    )
    clinic_count: int = strawberry.field(description="How many clinics chose it.")
    clinic_codes: list[str] = strawberry.field(description="Their codes, sorted.")


@strawberry.type(
    description="Something that the overlay's version in force demands and this one does not, or"
    " less of."
)
class LessStrictThanPresent(PublicationFinding):
    difference: ProtocolDifference = strawberry.field(
        description="From what applies today to what would: a SAFETY_LOOSENING."
    )
    version_numbers: list[int] = strawberry.field(
        description="The versions of the template under which it is so: the present one, and those"
        " that clinics there adopted."
    )


AnyFinding = Annotated[
    InfeasiblePackage
    | UnsatisfiableNeed
    | NoClinicForAll
    | ClinicValuesSetAside
    | LessStrictThanPresent,
    strawberry.union(
        "AnyPublicationFinding",
        description="A package, a need, needs that are not together, clinics' own values, or"
        " something that is given up.",
    ),
]


def finding_of(
    found: rules.Finding, accepted: frozenset[PublicationRisk]
) -> (
    InfeasiblePackage
    | UnsatisfiableNeed
    | NoClinicForAll
    | ClinicValuesSetAside
    | LessStrictThanPresent
):
    """A finding of the rules as GraphQL shows it."""
    risk, taken, message = found.risk, found.risk in accepted, found.message
    if isinstance(found, rules.InfeasiblePackage):
        sold, late = found.package, found.late
        return InfeasiblePackage(
            risk=risk,
            accepted=taken,
            message=message,
            clinic_id=sold.clinic_id,
            package_id=sold.id,
            clinic_code=sold.clinic_code,
            package_code=sold.code,
            sessions=sold.sessions,
            days_needed=late.days_needed if late else None,
            variant=CourseVariant.of(late.variant) if late else None,
            days_valid=sold.validity_days,
        )
    if isinstance(found, rules.NoClinicForAll):
        return NoClinicForAll(
            risk=risk,
            accepted=taken,
            message=message,
            nearest_id=found.nearest_id,
            nearest_clinic_code=found.nearest_code,
            lacking=list(found.lacking),
        )
    if isinstance(found, rules.ClinicValuesSetAside):
        return ClinicValuesSetAside(
            risk=risk,
            accepted=taken,
            message=message,
            path=found.path,
            clinic_count=len(found.clinic_codes),
            clinic_codes=list(found.clinic_codes),
        )
    if isinstance(found, rules.LessStrictThanPresent):
        return LessStrictThanPresent(
            risk=risk,
            accepted=taken,
            message=message,
            difference=ProtocolDifference.of(found.change),
            version_numbers=list(found.numbers),
        )
    return UnsatisfiableNeed(
        risk=risk,
        accepted=taken,
        message=message,
        kind=found.kind,
        role=found.role,
        requirements=[NeededOneOf(any_of=list(each)) for each in found.requirements],
        depth_mm=found.depth_mm,
        add_on=found.add_on,
        paths=list(found.paths),
    )


@strawberry.type(
    description="Findings speak against publishing, and not every risk was accepted. Change what"
    " they name, or send the same input with the risks in `accept`."
)
class PublicationRefusedProblem(Problem):
    field: str | None = strawberry.field(default=None, description="Path into `input`.")
    findings: list[AnyFinding] = strawberry.field(
        default_factory=list, description="All of them, those of accepted risks too."
    )


class OnPublicationRefused(
    strawberry.ExceptionHandler[PublicationRefused, PublicationRefusedProblem]
):
    def handle(
        self, exception: PublicationRefused, *, field: StrawberryField, info: Info
    ) -> PublicationRefusedProblem:
        return PublicationRefusedProblem(
            code=exception.code,
            message=exception.message,
            retry=exception.retry,
            field=exception.field,
            findings=[finding_of(each, exception.accepted) for each in exception.findings],
        )
