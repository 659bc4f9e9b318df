"""What an upgrade would change in a clinic, as GraphQL shows it."""

from uuid import UUID

import strawberry

from schema.access.rules import Permission
from schema.fields import described, link
from schema.protocols import rules, store
from schema.protocols.rules import LayerKind, Proposal, RebaseOutcome
from schema.protocols.types.differences import ClassCount, ProtocolDiff, ProtocolDifference
from schema.protocols.types.templates import ProtocolVersion
from schema.protocols.types.values import FieldValue

described(
    RebaseOutcome,
    "What becomes of a clinic's own value on another version.",
    {
        RebaseOutcome.KEPT: "It still applies as it is; nothing to do.",
        RebaseOutcome.OBSOLETE: "It is pointless by now and is dropped; nothing to do.",
        RebaseOutcome.CONFLICTING: "The field changed under it: keep it, take what is new, or"
        " change it.",
        RebaseOutcome.OUT_OF_BOUNDS: "It is not allowed any more: take what is new, or change it.",
    },
)
described(
    Proposal,
    "What to do with a clinic's own value.",
    {
        Proposal.KEEP: "Send it as `keep`: it stays as it was set.",
        Proposal.TAKE: "Send it as `take`: what lies below applies.",
        Proposal.CHANGE: "Send it as `change` with another value, for example `proposed`.",
    },
)


@strawberry.type(
    description="One of the clinic's own values on another version: what becomes of it, and what"
    " is proposed."
)
class RebasedOverride:
    path: str = strawberry.field(description="For example `steps.CLEANSE.minutes.typical`.")
    outcome: RebaseOutcome = strawberry.field(description="What becomes of it.")
    code: str = strawberry.field(description="Why, stable and machine-readable.")
    reason: str = strawberry.field(description="Why, for people, in English; may change.")
    mine: FieldValue = strawberry.field(description="The clinic's value, as it was set.")
    before: FieldValue | None = strawberry.field(
        description="What lies below it on the present version; null: no such field."
    )
    after: FieldValue | None = strawberry.field(
        description="What lies below it on the new version; null: no such field."
    )
    layer: LayerKind = strawberry.field(
        description="What kind of layer says `after`; where the value is OUT_OF_BOUNDS, which one"
        " set the limit."
    )
    layer_name: str | None = strawberry.field(
        description="Code of the jurisdiction; null for headquarters."
    )
    proposal: Proposal = strawberry.field(description="What is proposed.")
    proposed: FieldValue | None = strawberry.field(
        description="What then applies at the path; null: no such field."
    )

    @classmethod
    def of(cls, found: rules.Rebased) -> "RebasedOverride":
        return cls(
            path=found.path,
            outcome=found.outcome,
            code=found.code,
            reason=found.reason,
            mine=FieldValue.of(found.value),
            before=_value(found.before),
            after=_value(found.after),
            layer=found.layer,
            layer_name=found.layer_name or None,
            proposal=found.proposal,
            proposed=_value(found.proposed),
        )


def _value(value: rules.Value) -> FieldValue | None:
    return None if value is None else FieldValue.of(value)


@strawberry.type(description="A newer version for a clinic, and what taking it would change there.")
class ProtocolUpgrade:
    version_id: strawberry.Private[UUID]
    differences: list[ProtocolDifference] = strawberry.field(
        description="From what applies here now to what would, if every proposal is followed."
    )
    classes: list[ClassCount] = strawberry.field(
        description="How many of each class there are, what concerns safety first."
    )
    overrides: list[RebasedOverride] = strawberry.field(
        description="What becomes of each of the clinic's own values, by path. Those that are"
        " CONFLICTING or OUT_OF_BOUNDS are to be decided in the upgrade."
    )
    dropped_add_ons: list[str] = strawberry.field(
        description="Keys of the add-ons that the clinic offers and the new version has not."
    )
    version: ProtocolVersion | None = link(
        store.versions_by_id,
        key="version_id",
        of=ProtocolVersion.of,
        reads=Permission.PROTOCOLS_READ,
        describe="The newer version.",
    )

    @classmethod
    def of(cls, found: store.Upgrade) -> "ProtocolUpgrade":
        differing = ProtocolDiff.of(found.changes)
        return cls(
            version_id=found.version_id,
            differences=differing.differences,
            classes=differing.classes,
            overrides=[RebasedOverride.of(each) for each in found.rebased],
            dropped_add_ons=list(found.dropped_add_ons),
        )
