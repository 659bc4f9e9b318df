"""What the mutations of the protocols take and give."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import relay

from schema.fields import By
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem, ValidationProblem
from schema.protocols.rules import ProtocolKind, Value
from schema.protocols.types.adoptions import ClinicProtocol
from schema.protocols.types.content import ProtocolContentInput
from schema.protocols.types.templates import ProtocolTemplate, ProtocolVersion

EXPECTED = "The `revision` you read; if it changed since, nothing is done."


@strawberry.input(description="A protocol, with the content of its first draft.")
class CreateProtocolTemplateInput:
    code: str = strawberry.field(description="2 to 40 of A-Z, 0-9 and -; unique.")
    kind: ProtocolKind = strawberry.field(description="What a visit by it is for.")
    content: ProtocolContentInput = strawberry.field(description="All that the draft says.")


@strawberry.input(description="A template's next version.")
class DraftProtocolVersionInput:
    template: By = strawberry.field(description="Which template.")
    content: ProtocolContentInput = strawberry.field(description="All that the draft says.")


@strawberry.input(description="A draft's new content.")
class ReviseProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The draft's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    content: ProtocolContentInput = strawberry.field(description="All that it then says.")


@strawberry.input(description="A draft to review.")
class SubmitProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The draft's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)


@strawberry.input(description="A version to give back to its author.")
class ReturnProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The version's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    reason: str = strawberry.field(description="What is to be changed.")


@strawberry.input(description="A version to publish.")
class PublishProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The version's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    from_on: date | None = strawberry.field(
        default=None, description="Clinics adopt it from this day of theirs on; null: at once."
    )


@strawberry.input(description="A version to retire.")
class RetireProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The version's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)


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


@strawberry.input(one_of=True, description="A value of the type that the field has.")
class FieldValueInput:
    integer: int | None = strawberry.field(default=strawberry.UNSET, description="A whole number.")
    decimal: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="A decimal number."
    )
    boolean: bool | None = strawberry.field(default=strawberry.UNSET, description="Yes or no.")
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="A text, or an enum's value."
    )

    def value(self) -> Value:
        alternatives = (self.integer, self.decimal, self.boolean, self.text)
        return next(each for each in alternatives if each is not strawberry.UNSET)


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


CreateProtocolTemplateResult = Annotated[
    ProtocolTemplate | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("CreateProtocolTemplateResult", description="The template, or what is wrong."),
]
ProtocolVersionResult = Annotated[
    ProtocolVersion | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("ProtocolVersionResult", description="The version, or what is wrong."),
]
ClinicProtocolResult = Annotated[
    ClinicProtocol | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("ClinicProtocolResult", description="The adoption, or what is wrong."),
]
