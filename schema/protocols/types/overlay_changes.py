"""What the mutations of jurisdictions' overlays take and give."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.fields import By, link
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem, ValidationProblem
from schema.protocols import store
from schema.protocols.models import JurisdictionOverlayRow, JurisdictionOverlayVersionRow
from schema.protocols.rules.authorship import SourcedEdit
from schema.protocols.types.changes import EXPECTED
from schema.protocols.types.edits import ProtocolEditInput
from schema.protocols.types.overlays import (
    JurisdictionOverlay,
    JurisdictionOverlayVersion,
    overlay_version_key,
)
from schema.protocols.types.templates import ProtocolTemplate

VERSION = "The overlay version's id."


@strawberry.input(description="An overlay for a template in a jurisdiction, without a version yet.")
class CreateJurisdictionOverlayInput:
    template: By = strawberry.field(description="The template that it tightens.")
    jurisdiction: str = strawberry.field(description="ISO 3166 code, for example `US-NC`.")
    lead: By = strawberry.field(
        description="Who owns it; as `code` goes the email. They hold `overlays:author` somewhere."
    )


@strawberry.input(description="Another lead for an overlay.")
class ChangeOverlayLeadInput:
    overlay: relay.GlobalID = strawberry.field(description="The overlay's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)
    lead: By = strawberry.field(
        description="Who owns it from now on; as `code` goes the email. They hold"
        " `overlays:author` somewhere."
    )


@strawberry.input(description="An edit with the law that demands it. It may only tighten.")
class OverlayEditInput:
    edit: ProtocolEditInput = strawberry.field(description="What it changes.")
    source: str = strawberry.field(
        description="The law or the decision that demands it, so that another person can check it."
    )

    def value(self) -> SourcedEdit:
        return SourcedEdit(self.edit.value(), self.source)


@strawberry.input(one_of=True, description="What an overlay's draft begins as.")
class OverlayDraftFrom:
    edits: list[OverlayEditInput] | None = strawberry.field(
        default=strawberry.UNSET, description="These edits, made one after another."
    )
    version: relay.GlobalID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Id of a version whose edits it repeats, also one of another overlay.",
    )

    def stated_edits(self) -> list[SourcedEdit]:
        return [each.value() for each in self.edits or []]

    def version_id(self) -> UUID | None:
        return overlay_version_key(self.version) if self.version else None


@strawberry.input(description="An overlay's next version.")
class DraftOverlayVersionInput:
    overlay: relay.GlobalID = strawberry.field(description="The overlay's id.")
    from_: OverlayDraftFrom | None = strawberry.field(
        name="from",
        default=None,
        description="What the draft begins as; null: with the edits of the version in force, else"
        " of the newest published one, else with none.",
    )


@strawberry.input(description="A draft's new edits.")
class ReviseOverlayVersionInput:
    version: relay.GlobalID = strawberry.field(description=VERSION)
    expected_revision: int = strawberry.field(description=EXPECTED)
    edits: list[OverlayEditInput] = strawberry.field(
        description="All of them, made one after another; those it had are gone."
    )

    def stated_edits(self) -> list[SourcedEdit]:
        return [each.value() for each in self.edits]


@strawberry.input(description="A draft of an overlay that nobody needs.")
class DiscardOverlayVersionInput:
    version: relay.GlobalID = strawberry.field(description=VERSION)
    expected_revision: int = strawberry.field(description=EXPECTED)


@strawberry.input(
    description="An overlay of which no version was ever published; its drafts go with it."
)
class DiscardJurisdictionOverlayInput:
    overlay: relay.GlobalID = strawberry.field(description="The overlay's id.")
    expected_revision: int = strawberry.field(description=EXPECTED)


@strawberry.input(description="A version of an overlay in review, to write on.")
class WithdrawOverlayVersionInput:
    version: relay.GlobalID = strawberry.field(description=VERSION)
    expected_revision: int = strawberry.field(description=EXPECTED)


@strawberry.input(description="A draft of an overlay to review.")
class SubmitOverlayVersionInput:
    version: relay.GlobalID = strawberry.field(description=VERSION)
    expected_revision: int = strawberry.field(description=EXPECTED)


@strawberry.input(description="A version of an overlay to give back to its author.")
class ReturnOverlayVersionInput:
    version: relay.GlobalID = strawberry.field(description=VERSION)
    expected_revision: int = strawberry.field(description=EXPECTED)
    reason: str = strawberry.field(description="What is to be changed.")


@strawberry.input(description="A version of an overlay to approve.")
class ApproveOverlayVersionInput:
    version: relay.GlobalID = strawberry.field(description=VERSION)
    expected_revision: int = strawberry.field(description=EXPECTED)


@strawberry.input(description="A version of an overlay to retire.")
class RetireOverlayVersionInput:
    version: relay.GlobalID = strawberry.field(description=VERSION)
    expected_revision: int = strawberry.field(description=EXPECTED)
    reason: str = strawberry.field(description="Why what it demanded is no longer demanded.")


@strawberry.type(description="A draft of an overlay is gone.")
class DiscardedOverlayDraft:
    overlay_id: strawberry.Private[UUID]
    version: relay.GlobalID = strawberry.field(description="The id that the draft had.")
    number: int = strawberry.field(
        description="The number that it had; the overlay's next draft may have it again."
    )
    overlay: JurisdictionOverlay | None = link(
        store.jurisdiction_overlays_by_id,
        key="overlay_id",
        of=JurisdictionOverlay.of,
        reads=Permission.PROTOCOLS_READ,
        describe="What it was a draft of.",
    )

    @classmethod
    def of(cls, row: JurisdictionOverlayVersionRow) -> "DiscardedOverlayDraft":
        return cls(
            overlay_id=row.overlay_id,
            version=relay.GlobalID("JurisdictionOverlayVersion", str(row.id)),
            number=row.number,
        )


@strawberry.type(description="An overlay is gone, with the drafts it had.")
class DiscardedOverlay:
    template_id: strawberry.Private[UUID]
    overlay: relay.GlobalID = strawberry.field(description="The id that the overlay had.")
    template: ProtocolTemplate | None = link(
        store.templates_by_id,
        key="template_id",
        of=ProtocolTemplate.of,
        reads=Permission.PROTOCOLS_READ,
        describe="What it was to tighten.",
    )

    @classmethod
    def of(cls, row: JurisdictionOverlayRow) -> "DiscardedOverlay":
        return cls(
            template_id=row.template_id,
            overlay=relay.GlobalID("JurisdictionOverlay", str(row.id)),
        )


JurisdictionOverlayResult = Annotated[
    JurisdictionOverlay | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("JurisdictionOverlayResult", description="The overlay, or what is wrong."),
]
OverlayVersionResult = Annotated[
    JurisdictionOverlayVersion
    | RuleProblem
    | ValidationProblem
    | NotFoundProblem
    | ConflictProblem,
    strawberry.union("OverlayVersionResult", description="The version, or what is wrong."),
]
DiscardJurisdictionOverlayResult = Annotated[
    DiscardedOverlay | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union(
        "DiscardJurisdictionOverlayResult", description="It is gone, or what is wrong."
    ),
]
DiscardOverlayVersionResult = Annotated[
    DiscardedOverlayDraft | RuleProblem | ValidationProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("DiscardOverlayVersionResult", description="It is gone, or what is wrong."),
]
