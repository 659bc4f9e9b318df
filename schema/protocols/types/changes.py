"""What the mutations of the protocols take and give."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.fields import By, link
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem, ValidationProblem
from schema.protocols import actions, store
from schema.protocols.models import ProtocolVersionRow
from schema.protocols.rules import ProtocolKind
from schema.protocols.types.content import ProtocolContentInput
from schema.protocols.types.edits import ProtocolEditInput
from schema.protocols.types.templates import (
    ProtocolTemplate,
    ProtocolVersion,
    template_key,
    version_key,
)

EXPECTED = "The `revision` you read; if it changed since, nothing is done."


@strawberry.input(
    one_of=True, description="What a draft begins as; whatever it is, it is edited from there."
)
class DraftFrom:
    content: ProtocolContentInput | None = strawberry.field(
        default=strawberry.UNSET, description="From scratch: all that it says."
    )
    version: relay.GlobalID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The id of another version, also one of another template, also a draft.",
    )
    template: By | None = strawberry.field(
        default=strawberry.UNSET,
        description="Another template: its newest version that is published today.",
    )

    def source(self) -> actions.Source:
        if self.content:
            return self.content.value()
        if self.version:
            return actions.FromVersion(version_key(self.version))
        assert self.template, "one of them is stated"
        return actions.FromTemplate(template_key(self.template))


@strawberry.input(description="A new protocol with its first draft.")
class CreateProtocolTemplateInput:
    code: str = strawberry.field(description="2 to 40 of A-Z, 0-9 and -; unique.")
    kind: ProtocolKind = strawberry.field(description="What a visit by it is for.")
    name: str | None = strawberry.field(
        default=None,
        description="What the draft calls it; required for what is written from another protocol,"
        " and null where `content` says it.",
    )
    from_: DraftFrom = strawberry.field(name="from", description="What the draft begins as.")


@strawberry.input(description="A template's next version.")
class DraftProtocolVersionInput:
    template: By = strawberry.field(description="Which template.")
    from_: DraftFrom | None = strawberry.field(
        name="from",
        default=None,
        description="What the draft begins as; null: as the template's own newest version.",
    )


@strawberry.input(description="A draft's new content.")
class ReviseProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The draft's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    content: ProtocolContentInput = strawberry.field(description="All that it then says.")


@strawberry.input(description="Edits of a draft; all of them are made, or none.")
class EditProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The draft's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    edits: list[ProtocolEditInput] = strawberry.field(
        description="At least one; made one after another, and judged by what they make together."
    )


@strawberry.input(description="A draft to review.")
class SubmitProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The draft's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)


@strawberry.input(description="A version in review that you wrote some of, to write on.")
class WithdrawProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The version's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)


@strawberry.input(description="A version to give back to its author.")
class ReturnProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The version's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    reason: str = strawberry.field(description="What is to be changed.")


@strawberry.input(description="A draft that nobody needs.")
class DiscardProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The draft's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)


@strawberry.input(description="A version to approve.")
class ApproveProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The version's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)


@strawberry.input(description="A version to retire.")
class RetireProtocolVersionInput:
    version: relay.GlobalID = strawberry.field(description="The version's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    reason: str | None = strawberry.field(
        default=None, description="Why, for the audit trail; null: without a reason."
    )


@strawberry.type(description="A draft is gone.")
class DiscardedDraft:
    template_id: strawberry.Private[UUID]
    version: relay.GlobalID = strawberry.field(description="The id that the draft had.")
    number: int = strawberry.field(
        description="The number that it had; the template's next draft may have it again."
    )
    template: ProtocolTemplate | None = link(
        store.templates_by_id,
        key="template_id",
        of=ProtocolTemplate.of,
        reads=Permission.PROTOCOLS_READ,
        describe="Its template; null where that is gone with the last of its versions.",
    )

    @classmethod
    def of(cls, row: ProtocolVersionRow) -> "DiscardedDraft":
        return cls(
            template_id=row.template_id,
            version=relay.GlobalID("ProtocolVersion", str(row.id)),
            number=row.number,
        )


CreateProtocolTemplateResult = Annotated[
    ProtocolTemplate | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("CreateProtocolTemplateResult", description="The template, or what is wrong."),
]
DiscardProtocolVersionResult = Annotated[
    DiscardedDraft | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("DiscardProtocolVersionResult", description="It is gone, or what is wrong."),
]
ProtocolVersionResult = Annotated[
    ProtocolVersion | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("ProtocolVersionResult", description="The version, or what is wrong."),
]
