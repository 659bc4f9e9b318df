"""What the mutations of prices and packages take and give."""

from datetime import date
from typing import Annotated

import strawberry
from strawberry import relay

from schema.fields import By
from schema.pricing.actions import DefinedPackage as Defined
from schema.pricing.types.money import MoneyInput
from schema.pricing.types.prices import Package, ProtocolPrice
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem
from schema.protocols.rules import CourseSeverity


@strawberry.input(description="A price, from a day on.")
class SetProtocolPriceInput:
    clinic_protocol: relay.GlobalID = strawberry.field(
        description="The protocol, as one clinic offers it."
    )
    add_on: str | None = strawberry.field(
        default=None, description="Key of an add-on that the clinic offers; null: the protocol."
    )
    severity: CourseSeverity | None = strawberry.field(
        default=None, description="Only for concerns of this severity; null: any."
    )
    amount: MoneyInput = strawberry.field(description="For one session of the first area.")
    further_area_minor: int = strawberry.field(
        default=0, description="For each area beyond the first, in minor units."
    )
    valid_from: date | None = strawberry.field(
        default=None, description="Its first day in the clinic, today or later; null: today."
    )


@strawberry.input(description="Some sessions at one price.")
class DefinePackageInput:
    clinic_protocol: relay.GlobalID = strawberry.field(
        description="The protocol, as one clinic offers it."
    )
    code: str = strawberry.field(description="2 to 40 of A-Z, 0-9 and -; unique in the clinic.")
    name: str = strawberry.field(description="What the clinic calls it.")
    sessions: int = strawberry.field(description="How many sessions it holds, 1 to 50.")
    validity_days: int = strawberry.field(
        description="By how many days after the sale its last session is; at the shortest"
        " intervals of the protocol all of them must fit."
    )
    amount: MoneyInput = strawberry.field(description="For all its sessions of the first area.")
    further_area_minor: int = strawberry.field(
        default=0,
        description="For all its sessions of each area beyond the first, in minor units.",
    )
    severity: CourseSeverity | None = strawberry.field(
        default=None, description="Only for concerns of this severity; null: any."
    )
    valid_from: date | None = strawberry.field(
        default=None, description="Sold from this day of the clinic on; null: today."
    )
    valid_to: date | None = strawberry.field(
        default=None, description="The last day on which it is sold; null: until it is ended."
    )


@strawberry.input(description="The end of a package.")
class EndPackageInput:
    package: By = strawberry.field(
        description="Which package; as `code` goes the clinic's and its own: `RALEIGH/GLOW-3`."
    )
    valid_to: date | None = strawberry.field(
        default=None, description="The last day on which it is sold, today or later; null: today."
    )


@strawberry.type(description="What is allowed and yet better known.")
class PackageWarning:
    code: str = strawberry.field(
        description="`VARIANT_DOES_NOT_FIT`: it cannot be finished in time for the variant that the"
        " message names, whatever the pace; sell it for others, or give it more days."
        " `PREFERRED_INTERVAL_DOES_NOT_FIT` or `LONGEST_INTERVAL_DOES_NOT_FIT`: at that interval it"
        " ends before its last session. Give it more days."
    )
    message: str = strawberry.field(description="For people, in English; may change.")


@strawberry.type(description="A new package, and what to know about it.")
class DefinedPackage:
    package: Package = strawberry.field(description="The package.")
    warnings: list[PackageWarning] = strawberry.field(description="What does not quite fit.")

    @classmethod
    def of(cls, defined: Defined) -> "DefinedPackage":
        warnings = [
            PackageWarning(code=each.code, message=each.message) for each in defined.warnings
        ]
        return cls(package=Package.of(defined.row), warnings=warnings)


SetProtocolPriceResult = Annotated[
    ProtocolPrice | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("SetProtocolPriceResult", description="The price, or what is wrong."),
]
DefinePackageResult = Annotated[
    DefinedPackage | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("DefinePackageResult", description="The package, or what is wrong."),
]
EndPackageResult = Annotated[
    Package | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("EndPackageResult", description="The package, or what is wrong."),
]
