"""What the mutations of the protocols take and give."""

from typing import Annotated

import strawberry
from strawberry import relay

from schema.fields import By
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem, ValidationProblem
from schema.protocols.rules import ProtocolKind
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


@strawberry.input(description="A version to approve.")
class ApproveProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The version's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)


@strawberry.input(description="A version to retire.")
class RetireProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The version's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)


CreateProtocolTemplateResult = Annotated[
    ProtocolTemplate | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("CreateProtocolTemplateResult", description="The template, or what is wrong."),
]
ProtocolVersionResult = Annotated[
    ProtocolVersion | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("ProtocolVersionResult", description="The version, or what is wrong."),
]
