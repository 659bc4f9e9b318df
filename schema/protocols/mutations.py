from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import Writes, key_of
from schema.protocols import actions
from schema.protocols.types import changes as change
from schema.protocols.types.adoptions import ClinicProtocol
from schema.protocols.types.templates import ProtocolTemplate, ProtocolVersion, template_key


def version_key(identity: relay.GlobalID) -> UUID:
    return key_of(identity, "ProtocolVersion", "protocol version")


def adoption_key(identity: relay.GlobalID) -> UUID:
    return key_of(identity, "ClinicProtocol", "clinic protocol")


@strawberry.type
class ProtocolMutations:
    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_AUTHOR)])
    async def create_protocol_template(
        self, info: Info, input: change.CreateProtocolTemplateInput
    ) -> change.CreateProtocolTemplateResult:
        """Write a new protocol: a template with its first draft."""
        row = await actions.create_protocol_template(
            info.context.work, code=input.code, kind=input.kind, content=input.content.value()
        )
        return ProtocolTemplate.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_AUTHOR)])
    async def draft_protocol_version(
        self, info: Info, input: change.DraftProtocolVersionInput
    ) -> change.ProtocolVersionResult:
        """Draft a template's next version."""
        row = await actions.draft_protocol_version(
            info.context.work,
            template=template_key(input.template),
            content=input.content.value(),
        )
        return ProtocolVersion.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_AUTHOR)])
    async def revise_protocol_version(
        self, info: Info, input: change.ReviseProtocolVersionInput
    ) -> change.ProtocolVersionResult:
        """Replace what a draft says."""
        row = await actions.revise_protocol_version(
            info.context.work,
            version_id=version_key(input.version),
            expected_revision=input.expected_revision,
            content=input.content.value(),
        )
        return ProtocolVersion.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_AUTHOR)])
    async def submit_protocol_version(
        self, info: Info, input: change.SubmitProtocolVersionInput
    ) -> change.ProtocolVersionResult:
        """Hand a draft in for review by another person."""
        row = await actions.submit_protocol_version(
            info.context.work,
            version_id=version_key(input.version),
            expected_revision=input.expected_revision,
        )
        return ProtocolVersion.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_APPROVE)])
    async def return_protocol_version(
        self, info: Info, input: change.ReturnProtocolVersionInput
    ) -> change.ProtocolVersionResult:
        """Give a version in review back to its author, who may revise it."""
        row = await actions.return_protocol_version(
            info.context.work,
            version_id=version_key(input.version),
            expected_revision=input.expected_revision,
            reason=input.reason,
        )
        return ProtocolVersion.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_APPROVE)])
    async def publish_protocol_version(
        self, info: Info, input: change.PublishProtocolVersionInput
    ) -> change.ProtocolVersionResult:
        """Approve and publish another person's version; from then on it never changes."""
        row = await actions.publish_protocol_version(
            info.context.work,
            version_id=version_key(input.version),
            expected_revision=input.expected_revision,
            from_on=input.from_on,
        )
        return ProtocolVersion.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_APPROVE)])
    async def retire_protocol_version(
        self, info: Info, input: change.RetireProtocolVersionInput
    ) -> change.ProtocolVersionResult:
        """End a version: nobody adopts it any more, and clinics that did keep it."""
        row = await actions.retire_protocol_version(
            info.context.work,
            version_id=version_key(input.version),
            expected_revision=input.expected_revision,
        )
        return ProtocolVersion.of(row)

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
