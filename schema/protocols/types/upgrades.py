"""What the mutations of clinics' adoptions take and give."""

from typing import Annotated

import strawberry
from strawberry import relay
from strawberry.types.field import StrawberryField

from schema.context import Info
from schema.fields import By
from schema.problems import (
    ConflictProblem,
    NotFoundProblem,
    Problem,
    RuleProblem,
    ValidationProblem,
)
from schema.protocols import actions
from schema.protocols.rules import Proposal, Resolution
from schema.protocols.rules.violations import UnresolvedConflicts
from schema.protocols.types.adoptions import ClinicProtocol
from schema.protocols.types.changes import EXPECTED
from schema.protocols.types.rebase import RebasedOverride
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
        description="For example `steps.CLEANSE.minutes.typical`. The content's `locks` say which"
        " fields a clinic may set and how far, and each of its `parameters` about its `default`."
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


@strawberry.input(description="Another value for a field that the clinic sets for itself.")
class ChangedOverrideInput:
    path: str = strawberry.field(description="The field's path.")
    value: FieldValueInput = strawberry.field(description="What it is to be on the new version.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(
    one_of=True,
    description="What the clinic decides about one of its own values: `upgrade.overrides` of the"
    " adoption proposes something for each.",
)
class OverrideResolutionInput:
    keep: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Path of the field: the clinic's value stays, if it is within its bounds.",
    )
    take: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Path of the field: what the new version says applies.",
    )
    change: ChangedOverrideInput | None = strawberry.field(
        default=strawberry.UNSET, description="The clinic sets it to something else."
    )

    def decision(self) -> actions.Decision:
        if isinstance(self.keep, str):
            return actions.Decision(self.keep, Resolution(Proposal.KEEP))
        if isinstance(self.take, str):
            return actions.Decision(self.take, Resolution(Proposal.TAKE))
        assert self.change, "one of them is stated"
        resolution = Resolution(Proposal.CHANGE, self.change.value.value())
        return actions.Decision(self.change.path, resolution, self.change.reason)


@strawberry.input(description="A newer version for a clinic, with what it decided.")
class UpgradeClinicProtocolInput:
    clinic_protocol: relay.GlobalID = strawberry.field(description="The adoption's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    version_number: int | None = strawberry.field(
        default=None, description="Which version; null: the newest that is published."
    )
    resolutions: list[OverrideResolutionInput] = strawberry.field(
        default_factory=list,
        description="One for each of the clinic's values that is CONFLICTING or OUT_OF_BOUNDS, and"
        " for others where the clinic wants something else.",
    )
    add_ons: list[str] | None = strawberry.field(
        default=None,
        description="Keys of all add-ons to offer then; null: those of now that the new version"
        " has.",
    )


@strawberry.type(
    description="The clinic has not decided about some of its own values: see `conflicts`, then"
    " send a resolution for each."
)
class UnresolvedConflictsProblem(Problem):
    field: str | None = strawberry.field(default=None, description="Path into `input`.")
    conflicts: list[RebasedOverride] = strawberry.field(
        default_factory=list, description="Each with the reason and a proposal."
    )


class OnUnresolvedConflicts(
    strawberry.ExceptionHandler[UnresolvedConflicts, UnresolvedConflictsProblem]
):
    def handle(
        self, exception: UnresolvedConflicts, *, field: StrawberryField, info: Info
    ) -> UnresolvedConflictsProblem:
        return UnresolvedConflictsProblem(
            code=exception.code,
            message=exception.message,
            retry=exception.retry,
            field=exception.field,
            conflicts=[RebasedOverride.of(each) for each in exception.conflicts],
        )


UpgradeClinicProtocolResult = Annotated[
    ClinicProtocol
    | UnresolvedConflictsProblem
    | RuleProblem
    | ValidationProblem
    | NotFoundProblem
    | ConflictProblem,
    strawberry.union(
        "UpgradeClinicProtocolResult",
        description="The adoption on its new version, or what is wrong.",
    ),
]
ClinicProtocolResult = Annotated[
    ClinicProtocol | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("ClinicProtocolResult", description="The adoption, or what is wrong."),
]
