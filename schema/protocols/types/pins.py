"""What a clinic set for itself, and what it was pinned to before, as GraphQL shows them."""

from datetime import datetime
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import Reads, described, identified, link
from schema.protocols import store
from schema.protocols.models import ClinicProtocolOverrideRow, ClinicProtocolPinRow
from schema.protocols.rules import PinCause
from schema.protocols.types.templates import ProtocolVersion, person
from schema.protocols.types.values import FieldValue

described(
    PinCause,
    "Why a clinic is pinned to a version.",
    {
        PinCause.ADOPTED: "It adopted the protocol in this version.",
        PinCause.UPGRADED: "It upgraded from an older version.",
        PinCause.WENT_BACK: "It undid an upgrade and is on the version before again.",
    },
)


@strawberry.type(description="One field that a clinic set for itself.")
class ProtocolOverride:
    path: str = strawberry.field(description="For example `steps.CLEANSE.minutes.typical`.")
    value: FieldValue = strawberry.field(description="As it was set; decimals as texts.")
    reason: str = strawberry.field(description="Why.")
    set_at: datetime = strawberry.field(description="When.")
    set_by: relay.GlobalID | None = strawberry.field(description="The person who set it.")

    @classmethod
    def of(cls, row: ClinicProtocolOverrideRow | store.OverrideLeft) -> "ProtocolOverride":
        return cls(
            path=row.path,
            value=FieldValue.of(row.value),
            reason=row.reason,
            set_at=row.set_at,
            set_by=person(row.set_by),
        )


@identified(store.pins_by_id, reads=Permission.PROTOCOLS_READ)
@strawberry.type(
    description="A version that a clinic is or was pinned to: since when and by whom, until when,"
    " and what it had set under it when it left."
)
class PinnedVersion(relay.Node):
    id: relay.NodeID[UUID]
    clinic_id: strawberry.Private[UUID]
    version_id: strawberry.Private[UUID]
    row: strawberry.Private[ClinicProtocolPinRow]
    cause: PinCause = strawberry.field(description="Why the clinic came to it.")
    since: datetime = strawberry.field(description="From when on.")
    by: relay.GlobalID | None = strawberry.field(description="The person who decided so.")
    until: datetime | None = strawberry.field(
        description="When the clinic left it; null while it is on it."
    )
    left_by: relay.GlobalID | None = strawberry.field(
        description="The person who then chose another version."
    )
    add_ons: list[str] | None = strawberry.field(
        description="Keys of the add-ons that the clinic offered when it left; null while it is on"
        " it: see the protocol's own `addOns`."
    )
    version: ProtocolVersion | None = link(
        store.versions_by_id,
        key="version_id",
        of=ProtocolVersion.of,
        reads=Permission.PROTOCOLS_READ,
        describe="Which version.",
    )

    @classmethod
    def of(cls, row: ClinicProtocolPinRow) -> "PinnedVersion":
        return cls(
            id=row.id,
            clinic_id=row.clinic_id,
            version_id=row.version_id,
            row=row,
            cause=PinCause(row.cause),
            since=row.pinned_at,
            by=person(row.pinned_by),
            until=row.left_at,
            left_by=person(row.left_by),
            add_ons=None if row.add_on_keys is None else list(row.add_on_keys),
        )

    @strawberry.field(
        extensions=[Reads(Permission.PROTOCOLS_ADOPT, clinic="clinic_id")],
        description="What the clinic had set for itself when it left, with its reasons; null while"
        " it is on it: see the protocol's own `overrides`.",
    )
    async def overrides(self, info: Info) -> list[ProtocolOverride] | None:
        if self.row.overrides is None:
            return None
        return [ProtocolOverride.of(each) for each in store.overrides_left(self.row.overrides)]
