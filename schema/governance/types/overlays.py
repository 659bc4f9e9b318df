"""What publishing a version of a jurisdiction's overlay takes and gives."""

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
from schema.governance.types.publication import ACCEPT, DRY_RUN
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem, ValidationProblem
from schema.protocols.store import overlay_versions_by_id
from schema.protocols.types.changes import EXPECTED
from schema.protocols.types.overlays import JurisdictionOverlayVersion


@strawberry.input(description="A version of an overlay to publish.")
class PublishOverlayVersionInput:
    version: relay.GlobalID = strawberry.field(
        description="The overlay version's id; it is APPROVED."
    )
    expected_revision: int = strawberry.field(description=EXPECTED)
    from_on: date | None = strawberry.field(
        default=None,
        description="In force from this day of each clinic's on, at most a year ahead; null: at"
        " once.",
    )
    accept: list[PublicationRisk] = strawberry.field(default_factory=list, description=ACCEPT)
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)


@strawberry.type(
    description="A version of an overlay that is published now or, in a dry run, could be."
)
class PublishedOverlayVersion:
    version_id: strawberry.Private[UUID]
    findings: list[AnyFinding] = strawberry.field(
        description="What speaks against it: accepted, or in a dry run to be accepted."
    )
    dry_run: bool = strawberry.field(description="True: nothing was written.")
    version: JurisdictionOverlayVersion | None = link(
        overlay_versions_by_id,
        key="version_id",
        of=JurisdictionOverlayVersion.of,
        reads=Permission.PROTOCOLS_READ,
        describe="The version, as it is now.",
    )

    @classmethod
    def of(cls, done: Publication) -> "PublishedOverlayVersion":
        return cls(
            version_id=done.version.id,
            findings=[finding_of(each, done.accepted) for each in done.findings],
            dry_run=done.dry_run,
        )


PublishOverlayVersionResult = Annotated[
    PublishedOverlayVersion
    | PublicationRefusedProblem
    | RuleProblem
    | ValidationProblem
    | NotFoundProblem
    | ConflictProblem,
    strawberry.union(
        "PublishOverlayVersionResult",
        description="The publication, what speaks against it, or what is wrong.",
    ),
]
