from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import Writes, key_of
from schema.protocols import actions
from schema.protocols.types import upgrades as change
from schema.protocols.types.adoptions import ClinicProtocol
from schema.protocols.types.templates import template_key


def adoption_key(identity: relay.GlobalID) -> UUID:
    return key_of(identity, "ClinicProtocol", "clinic protocol")


@strawberry.type
class AdoptionMutations:
    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_ADOPT)])
    async def adopt_protocol(
        self, info: Info, input: change.AdoptProtocolInput
    ) -> change.ClinicProtocolResult:
        """Offer headquarters' protocol in a clinic, with some of its add-ons."""
        row = await actions.adopt_protocol(
            info.context.work,
            clinic=input.clinic.key("Clinic", "clinic"),
            template=template_key(input.template),
            version_number=input.version_number,
            add_ons=input.add_ons,
        )
        return ClinicProtocol.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_ADOPT)])
    async def change_adopted_add_ons(
        self, info: Info, input: change.ChangeAdoptedAddOnsInput
    ) -> change.ClinicProtocolResult:
        """Replace the add-ons that a clinic offers with a protocol."""
        row = await actions.change_adopted_add_ons(
            info.context.work,
            clinic_protocol_id=adoption_key(input.clinic_protocol),
            expected_revision=input.expected_revision,
            add_ons=input.add_ons,
        )
        return ClinicProtocol.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_ADOPT)])
    async def set_clinic_override(
        self, info: Info, input: change.SetClinicOverrideInput
    ) -> change.ClinicProtocolResult:
        """Set one field of a protocol for one clinic, where headquarters opened it."""
        row = await actions.set_clinic_override(
            info.context.work,
            clinic_protocol_id=adoption_key(input.clinic_protocol),
            expected_revision=input.expected_revision,
            path=input.path,
            value=input.value.value(),
            reason=input.reason,
        )
        return ClinicProtocol.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_ADOPT)])
    async def clear_clinic_override(
        self, info: Info, input: change.ClearClinicOverrideInput
    ) -> change.ClinicProtocolResult:
        """Let headquarters' value of a field apply in a clinic again."""
        row = await actions.clear_clinic_override(
            info.context.work,
            clinic_protocol_id=adoption_key(input.clinic_protocol),
            expected_revision=input.expected_revision,
            path=input.path,
        )
        return ClinicProtocol.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_ADOPT)])
    async def set_protocol_offered(
        self, info: Info, input: change.SetProtocolOfferedInput
    ) -> change.ClinicProtocolResult:
        """Stop offering a protocol in a clinic, or offer it again."""
        row = await actions.set_protocol_offered(
            info.context.work,
            clinic_protocol_id=adoption_key(input.clinic_protocol),
            expected_revision=input.expected_revision,
            offered=input.offered,
        )
        return ClinicProtocol.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_ADOPT)])
    async def upgrade_clinic_protocol(
        self, info: Info, input: change.UpgradeClinicProtocolInput
    ) -> change.UpgradeClinicProtocolResult:
        """Take a newer version of a protocol in a clinic, once every conflict with the clinic's own
        values is resolved. Courses already sold stay on the version they were sold with."""
        row = await actions.upgrade_clinic_protocol(
            info.context.work,
            clinic_protocol_id=adoption_key(input.clinic_protocol),
            expected_revision=input.expected_revision,
            version_number=input.version_number,
            decisions=[each.decision() for each in input.resolutions],
            add_ons=input.add_ons,
        )
        return ClinicProtocol.of(row)
