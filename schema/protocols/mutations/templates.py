import strawberry

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import Writes
from schema.protocols import actions
from schema.protocols.types import changes as change
from schema.protocols.types.templates import (
    ProtocolTemplate,
    ProtocolVersion,
    template_key,
    version_key,
)


@strawberry.type
class TemplateMutations:
    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_AUTHOR)])
    async def create_protocol_template(
        self, info: Info, input: change.CreateProtocolTemplateInput
    ) -> change.CreateProtocolTemplateResult:
        """Write a new protocol: a template with its first draft, from scratch or from another."""
        row = await actions.create_protocol_template(
            info.context.work,
            code=input.code,
            kind=input.kind,
            name=input.name,
            content=input.from_.source(),
        )
        return ProtocolTemplate.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_AUTHOR)])
    async def draft_protocol_version(
        self, info: Info, input: change.DraftProtocolVersionInput
    ) -> change.ProtocolVersionResult:
        """Draft a template's next version, beside the ones that are in force."""
        row = await actions.draft_protocol_version(
            info.context.work,
            template=template_key(input.template),
            content=input.from_.source() if input.from_ else None,
        )
        return ProtocolVersion.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_AUTHOR)])
    async def revise_protocol_version(
        self, info: Info, input: change.ReviseProtocolVersionInput
    ) -> change.ProtocolVersionResult:
        """Replace all that a draft says."""
        row = await actions.revise_protocol_version(
            info.context.work,
            version_id=version_key(input.version),
            expected_revision=input.expected_revision,
            content=input.content.value(),
        )
        return ProtocolVersion.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_AUTHOR)])
    async def edit_protocol_version(
        self, info: Info, input: change.EditProtocolVersionInput
    ) -> change.ProtocolVersionResult:
        """Edit a draft field by field and item by item. An edit that cannot be made is a problem
        with the field `edits.<n>`; what is wrong with the outcome is said all at once, by paths
        of the content."""
        row = await actions.edit_protocol_version(
            info.context.work,
            version_id=version_key(input.version),
            expected_revision=input.expected_revision,
            edits=[each.value() for each in input.edits],
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

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_AUTHOR)])
    async def withdraw_protocol_version(
        self, info: Info, input: change.WithdrawProtocolVersionInput
    ) -> change.ProtocolVersionResult:
        """Take a version back that you wrote some of and that is in review, to write on or discard
        it. An approval that it has already is void; a version that has all it needs is returned
        by who approves."""
        row = await actions.withdraw_protocol_version(
            info.context.work,
            version_id=version_key(input.version),
            expected_revision=input.expected_revision,
        )
        return ProtocolVersion.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_AUTHOR)])
    async def discard_protocol_version(
        self, info: Info, input: change.DiscardProtocolVersionInput
    ) -> change.DiscardProtocolVersionResult:
        """Delete a draft that nobody needs, and with the last version its template. What was
        submitted is returned first; what another draft was written from stays."""
        row = await actions.discard_protocol_version(
            info.context.work,
            version_id=version_key(input.version),
            expected_revision=input.expected_revision,
        )
        return change.DiscardedDraft.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_APPROVE)])
    async def return_protocol_version(
        self, info: Info, input: change.ReturnProtocolVersionInput
    ) -> change.ProtocolVersionResult:
        """Give a version in review, or an approved one, back to be written on. Its approvals are
        void, and the reason is in the audit trail."""
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
        """End a version: nobody adopts it any more. Clinics that did keep it, and sell and treat
        by it as before, until they upgrade; courses go on."""
        row = await actions.retire_protocol_version(
            info.context.work,
            version_id=version_key(input.version),
            expected_revision=input.expected_revision,
            reason=input.reason,
        )
        return ProtocolVersion.of(row)
