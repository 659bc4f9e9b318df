"""What the mutations of clinics' adoptions take and give."""

from typing import Annotated

import strawberry
from strawberry import relay

from schema.fields import By
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem, ValidationProblem
from schema.protocols.types.adoptions import ClinicProtocol
from schema.protocols.types.changes import EXPECTED
from schema.protocols.types.values import FieldValueInput


@strawberry.input(description="A protocol for a clinic.")
class AdoptProtocolInput:
    clinic: By = strawberry.field(description="Which clinic.")
    template: By = strawberry.field(description="Which protocol.")
    version_number: int | None = strawberry.field(
        default=None, description="Which version; null: the newest that is published."
    )
    add_ons: list[str] = strawberry.field(
        default_factory=list, description="Keys of the add-ons to offer, for example `PRP`."
    )


@strawberry.input(description="The add-ons that a clinic offers.")
class ChangeAdoptedAddOnsInput:
    clinic_protocol: relay.GlobalID = strawberry.field(description="The adoption's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    add_ons: list[str] = strawberry.field(description="All their keys; others are dropped.")


@strawberry.input(description="One field for one clinic.")
class SetClinicOverrideInput:
    clinic_protocol: relay.GlobalID = strawberry.field(description="The adoption's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    path: str = strawberry.field(
        description="For example `steps.CLEANSE.minutes.typical`; `locks` say which are open."
    )
    value: FieldValueInput = strawberry.field(description="What it is to be here.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="A field to leave to headquarters again.")
class ClearClinicOverrideInput:
    clinic_protocol: relay.GlobalID = strawberry.field(description="The adoption's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    path: str = strawberry.field(description="The field's path.")


@strawberry.input(description="Whether a clinic offers what it adopted.")
class SetProtocolOfferedInput:
    clinic_protocol: relay.GlobalID = strawberry.field(description="The adoption's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    offered: bool = strawberry.field(description="False: nothing new is sold or booked.")


ClinicProtocolResult = Annotated[
    ClinicProtocol | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("ClinicProtocolResult", description="The adoption, or what is wrong."),
]
