"""What publishing a version of a template takes and gives."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.fields import link
from schema.governance.actions import Publication
from schema.governance.rules import PublicationRisk
from schema.governance.types.findings import AnyFinding, PublicationRefusedProblem, finding_of
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem, ValidationProblem
from schema.protocols.store import versions_by_id
from schema.protocols.types.changes import EXPECTED
from schema.protocols.types.templates import ProtocolVersion

ACCEPT = (
    "The risks that you take upon headquarters; a finding of any other risk stops the publication."
)
DRY_RUN = (
    "True: judge exactly as if it were published, write nothing, and give all findings, also those"
    " that would stop it."
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
    accept: list[PublicationRisk] = strawberry.field(default_factory=list, description=ACCEPT)
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)


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
