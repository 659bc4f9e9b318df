"""What going back takes and gives."""

from typing import Annotated

import strawberry
from strawberry import relay

from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem, ValidationProblem
from schema.protocols.types.adoptions import ClinicProtocol
from schema.protocols.types.changes import EXPECTED


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
