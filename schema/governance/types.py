"""What the mutations of governance take and give."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay
from strawberry.types.field import StrawberryField

from schema.access.rules import Permission
from schema.clinics.store import clinics_by_id
from schema.clinics.types.places import Clinic
from schema.context import Info
from schema.fields import described, link
from schema.governance import rules
from schema.governance.actions import Publication
from schema.governance.rules import PublicationRefused, PublicationRisk
from schema.pricing.store import packages_by_id
from schema.pricing.types.prices import Package
from schema.problems import (
    ConflictProblem,
    NotFoundProblem,
    Problem,
    RuleProblem,
    ValidationProblem,
)
from schema.protocols.rules import ResourceKind
from schema.protocols.store import versions_by_id
from schema.protocols.types.adoptions import ClinicProtocol
from schema.protocols.types.changes import EXPECTED
from schema.protocols.types.templates import ProtocolVersion

described(
    PublicationRisk,
    "What headquarters may accept by name when it publishes; the publication's event says so.",
    {
        PublicationRisk.INFEASIBLE_PACKAGES: "Packages on sale cannot be finished in time under"
        " the version. If you accept it, each clinic concerned gets a task: it ends or replaces"
        " them before it upgrades.",
        PublicationRisk.UNSATISFIABLE_NEEDS: "No live clinic has what a visit needs. Accept it to"
        " publish ahead of equipment, people or openings: nobody can book until they are there.",
    },
)


@strawberry.interface(description="Something that speaks against publishing a version.")
class PublicationFinding:
    risk: PublicationRisk = strawberry.field(
        description="What to `accept` to publish all the same."
    )
    accepted: bool = strawberry.field(description="Whether you accepted it.")
    message: str = strawberry.field(description="For people, in English; may change.")


@strawberry.type(description="A package that ends before its last session can take place.")
class InfeasiblePackage(PublicationFinding):
    clinic_id: strawberry.Private[UUID]
    package_id: strawberry.Private[UUID]
    clinic_code: str = strawberry.field(description="Code of the clinic that sells it.")
    package_code: str = strawberry.field(description="Its code in that clinic.")
    sessions: int = strawberry.field(description="How many sessions it has.")
    days_needed: int | None = strawberry.field(
        description="From the first session to the last, at the shortest intervals; null where the"
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


AnyFinding = Annotated[
    InfeasiblePackage | UnsatisfiableNeed | NoClinicForAll,
    strawberry.union(
        "AnyPublicationFinding", description="A package, a need, or needs that are not together."
    ),
]


def finding_of(
    found: rules.Finding, accepted: frozenset[PublicationRisk]
) -> InfeasiblePackage | UnsatisfiableNeed | NoClinicForAll:
    """A finding of the rules as GraphQL shows it."""
    risk, taken, message = found.risk, found.risk in accepted, found.message
    if isinstance(found, rules.InfeasiblePackage):
        sold = found.package
        return InfeasiblePackage(
            risk=risk,
            accepted=taken,
            message=message,
            clinic_id=sold.clinic_id,
            package_id=sold.id,
            clinic_code=sold.clinic_code,
            package_code=sold.code,
            sessions=sold.sessions,
            days_needed=found.days_needed,
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


@strawberry.input(description="A version to publish.")
class PublishProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The version's id; it is APPROVED.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    from_on: date | None = strawberry.field(
        default=None,
        description="Clinics adopt it from this day of theirs on, at most a year ahead; null: at"
        " once.",
    )
    accept: list[PublicationRisk] = strawberry.field(
        default_factory=list,
        description="The risks that you take upon headquarters; a finding of any other risk stops"
        " the publication.",
    )
    dry_run: bool = strawberry.field(
        default=False,
        description="True: judge exactly as if it were published, write nothing, and give all"
        " findings, also those that would stop it.",
    )


@strawberry.type(description="A version that is published now or, in a dry run, could be.")
class PublishedVersion:
    version_id: strawberry.Private[UUID]
    findings: list[AnyFinding] = strawberry.field(
        description="What speaks against it: accepted, or in a dry run to be accepted."
    )
    dry_run: bool = strawberry.field(description="True: nothing was written.")
    version: ProtocolVersion | None = link(
        versions_by_id,
        key="version_id",
        of=ProtocolVersion.of,
        reads=Permission.PROTOCOLS_READ,
        describe="The version, as it is now.",
    )

    @classmethod
    def of(cls, done: Publication) -> "PublishedVersion":
        return cls(
            version_id=done.version.id,
            findings=[finding_of(each, done.accepted) for each in done.findings],
            dry_run=done.dry_run,
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


PublishProtocolVersionResult = Annotated[
    PublishedVersion
    | PublicationRefusedProblem
    | RuleProblem
    | ValidationProblem
    | NotFoundProblem
    | ConflictProblem,
    strawberry.union(
        "PublishProtocolVersionResult",
        description="The publication, what speaks against it, or what is wrong.",
    ),
]


@strawberry.input(description="An upgrade to undo.")
class GoBackClinicProtocolInput:
    clinic_protocol: relay.GlobalID = strawberry.field(description="The adoption's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    reason: str = strawberry.field(description="Why. Never clinical data.")


GoBackClinicProtocolResult = Annotated[
    ClinicProtocol | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union(
        "GoBackClinicProtocolResult",
        description="The adoption on the version before, or what is wrong.",
    ),
]
