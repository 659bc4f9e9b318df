from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import Writes, key_of
from schema.protocols import actions
from schema.protocols.types import changes as change
from schema.protocols.types.templates import ProtocolTemplate, ProtocolVersion, template_key


def version_key(identity: relay.GlobalID) -> UUID:
    return key_of(identity, "ProtocolVersion", "protocol version")


@strawberry.type
class TemplateMutations:
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
    async def approve_protocol_version(
        self, info: Info, input: change.ApproveProtocolVersionInput
    ) -> change.ProtocolVersionResult:
        """Approve another person's version. One that sets a healing guard of less than two weeks
        takes the approval of two people; until then it stays in review."""
        row = await actions.approve_protocol_version(
            info.context.work,
            version_id=version_key(input.version),
            expected_revision=input.expected_revision,
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
