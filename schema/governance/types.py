"""What the mutations of governance take and give."""

from datetime import date
from typing import Annotated

import strawberry
from strawberry import relay

from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem, ValidationProblem
from schema.protocols.types.changes import EXPECTED
from schema.protocols.types.templates import ProtocolVersion


@strawberry.input(description="A version to publish.")
class PublishProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The version's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    from_on: date | None = strawberry.field(
        default=None, description="Clinics adopt it from this day of theirs on; null: at once."
    )


PublishProtocolVersionResult = Annotated[
    ProtocolVersion | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("PublishProtocolVersionResult", description="The version, or what is wrong."),
]
