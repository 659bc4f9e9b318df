"""What clinics adopted and what applies in them, as GraphQL shows it."""

from datetime import datetime
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.clinics import store as clinics
from schema.clinics.types.places import Clinic
from schema.fields import extends, identified, link, read_by_columns
from schema.protocols import store
from schema.protocols.models import (
    ClinicProtocolAddOnRow,
    ClinicProtocolRow,
)
from schema.protocols.rules import AdoptionState
from schema.protocols.types.pins import PinnedVersion, ProtocolOverride
from schema.protocols.types.rebase import ProtocolUpgrade
from schema.protocols.types.resolved import ResolvedProtocol
from schema.protocols.types.templates import ProtocolTemplate, ProtocolVersion, person

READ = Permission.PROTOCOLS_READ


@identified(store.add_ons_by_id, reads=READ)
@read_by_columns(key="add_on_key")
@strawberry.type(description="An add-on of a protocol that a clinic offers.")
class AdoptedAddOn(relay.Node):
    id: relay.NodeID[UUID]
    clinic_id: strawberry.Private[UUID]
    clinic_protocol_id: strawberry.Private[UUID]
    key: str = strawberry.field(description="Its key in the protocol, for example `PRP`.")

    @classmethod
    def of(cls, row: ClinicProtocolAddOnRow) -> "AdoptedAddOn":
        return cls(
            id=row.id,
            clinic_id=row.clinic_id,
            clinic_protocol_id=row.clinic_protocol_id,
            key=row.add_on_key,
        )


@identified(store.clinic_protocols_by_id, reads=READ)
@read_by_columns(adopted_by=lambda row: person(row.adopted_by))
@strawberry.type(description="A clinic's adoption of a protocol, pinned to one version of it.")
class ClinicProtocol(relay.Node):
    id: relay.NodeID[UUID]
    clinic_id: strawberry.Private[UUID]
    template_id: strawberry.Private[UUID]
    version_id: strawberry.Private[UUID]
    state: AdoptionState = strawberry.field(description="Whether the clinic offers it.")
    adopted_at: datetime = strawberry.field(
        description="Since when; `history` says since when on which version."
    )
    adopted_by: relay.GlobalID | None = strawberry.field(description="The person who adopted it.")
    revision: int = strawberry.field(
        description="Counts its changes; send it as `expectedRevision`."
    )
    template: ProtocolTemplate | None = link(
        store.templates_by_id,
        key="template_id",
        of=ProtocolTemplate.of,
        reads=READ,
        describe="The template it adopts.",
    )
    version: ProtocolVersion | None = link(
        store.versions_by_id,
        key="version_id",
        of=ProtocolVersion.of,
        reads=READ,
        describe="The version it is pinned to.",
    )
    history: relay.Connection[PinnedVersion] = link(
        store.pins_by_clinic_protocol,
        key="id",
        of=PinnedVersion.of,
        page=store.PINS_NEWEST_FIRST,
        reads=READ,
        describe="Every version that it was pinned to, the newest first: the first is the present"
        " one.",
    )
    add_ons: list[AdoptedAddOn] = link(
        store.add_ons_by_clinic_protocol,
        key="id",
        of=AdoptedAddOn.of,
        many=True,
        reads=READ,
        describe="The add-ons that the clinic offers with it.",
    )
    overrides: list[ProtocolOverride] | None = link(
        store.overrides_by_clinic_protocol,
        key="id",
        of=ProtocolOverride.of,
        many=True,
        reads=Permission.PROTOCOLS_ADOPT,
        clinic="clinic_id",
        describe="What the clinic set for itself, with its reasons.",
    )
    resolved: ResolvedProtocol | None = link(
        store.resolved_protocols,
        key="id",
        of=ResolvedProtocol.of,
        reads=READ,
        describe="What applies here.",
    )
    upgrade: ProtocolUpgrade | None = link(
        store.upgrades_by_clinic_protocol,
        key="id",
        of=ProtocolUpgrade.of,
        reads=Permission.PROTOCOLS_ADOPT,
        clinic="clinic_id",
        describe="The newest version that the clinic may take today, and what that would change"
        " here; null while it is up to date. `upgradeClinicProtocol` takes it.",
    )
    clinic: Clinic | None = link(
        clinics.clinics_by_id,
        key="clinic_id",
        of=Clinic.of,
        reads=Permission.CLINICS_READ,
        describe="The clinic that adopted it.",
    )

    @classmethod
    def of(cls, row: ClinicProtocolRow) -> "ClinicProtocol":
        return cls(
            id=row.id,
            clinic_id=row.clinic_id,
            template_id=row.template_id,
            version_id=row.version_id,
            state=AdoptionState(row.state),
            adopted_at=row.adopted_at,
            adopted_by=person(row.adopted_by),
            revision=row.revision,
        )


extends(
    Clinic,
    protocols=(
        relay.Connection[ClinicProtocol] | None,
        link(
            store.clinic_protocols_by_clinic,
            key="id",
            of=ClinicProtocol.of,
            page=store.IN_ORDER_OF_ADOPTION,
            reads=READ,
            clinic="id",
            describe="The protocols it adopted, in the order of adoption.",
        ),
    ),
)
extends(
    ProtocolTemplate,
    adoptions=(
        relay.Connection[ClinicProtocol] | None,
        link(
            store.clinic_protocols_by_template,
            key="id",
            of=ClinicProtocol.of,
            page=store.IN_ORDER_OF_ADOPTION,
            reads=READ,
            describe="The clinics you may see that adopted it, in the order of adoption.",
        ),
    ),
)
