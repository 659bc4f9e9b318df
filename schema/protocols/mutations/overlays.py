import strawberry

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import Writes
from schema.protocols import actions
from schema.protocols.types import overlay_changes as change
from schema.protocols.types.overlays import (
    JurisdictionOverlay,
    JurisdictionOverlayVersion,
    overlay_key,
    overlay_version_key,
)
from schema.protocols.types.templates import template_key


@strawberry.type
class OverlayMutations:
    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_AUTHOR)])
    async def create_jurisdiction_overlay(
        self, info: Info, input: change.CreateJurisdictionOverlayInput
    ) -> change.JurisdictionOverlayResult:
        """Let a country lead make a template stricter for a jurisdiction and those within it."""
        row = await actions.create_jurisdiction_overlay(
            info.context.work,
            template=template_key(input.template),
            jurisdiction=input.jurisdiction,
            lead=input.lead.key("Person", "person"),
        )
        return JurisdictionOverlay.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_AUTHOR)])
    async def change_overlay_lead(
        self, info: Info, input: change.ChangeOverlayLeadInput
    ) -> change.JurisdictionOverlayResult:
        """Hand an overlay over to another lead, with the drafts it has."""
        row = await actions.change_overlay_lead(
            info.context.work,
            overlay_id=overlay_key(input.overlay),
            expected_revision=input.expected_revision,
            lead=input.lead.key("Person", "person"),
        )
        return JurisdictionOverlay.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_AUTHOR)])
    async def discard_jurisdiction_overlay(
        self, info: Info, input: change.DiscardJurisdictionOverlayInput
    ) -> change.DiscardJurisdictionOverlayResult:
        """Delete an overlay of which no version was ever published, with the drafts it has. What
        was published stays: retire it instead."""
        row = await actions.discard_jurisdiction_overlay(
            info.context.work,
            overlay_id=overlay_key(input.overlay),
            expected_revision=input.expected_revision,
        )
        return change.DiscardedOverlay.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.OVERLAYS_AUTHOR)])
    async def draft_overlay_version(
        self, info: Info, input: change.DraftOverlayVersionInput
    ) -> change.OverlayVersionResult:
        """Draft an overlay's next version: with edits, with those of another version, or with
        what is in force. A version replaces the one before it whole: what it does not repeat is
        given up (`differencesFromPresent`).
        Each edit has to make the template stricter as it is today, or is refused at its number.
        A country lead writes their own overlays only; others are not found."""
        row = await actions.draft_overlay_version(
            info.context.work,
            overlay_id=overlay_key(input.overlay),
            edits=input.from_.stated_edits() if input.from_ else None,
            based_on_id=input.from_.version_id() if input.from_ else None,
        )
        return JurisdictionOverlayVersion.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.OVERLAYS_AUTHOR)])
    async def revise_overlay_version(
        self, info: Info, input: change.ReviseOverlayVersionInput
    ) -> change.OverlayVersionResult:
        """Replace all edits of a draft. An edit that repeats one of the published version may be
        obsolete on today's template: clinics on an older version may still need it."""
        row = await actions.revise_overlay_version(
            info.context.work,
            version_id=overlay_version_key(input.version),
            expected_revision=input.expected_revision,
            edits=input.stated_edits(),
        )
        return JurisdictionOverlayVersion.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.OVERLAYS_AUTHOR)])
    async def discard_overlay_version(
        self, info: Info, input: change.DiscardOverlayVersionInput
    ) -> change.DiscardOverlayVersionResult:
        """Delete a draft of an overlay."""
        row = await actions.discard_overlay_version(
            info.context.work,
            version_id=overlay_version_key(input.version),
            expected_revision=input.expected_revision,
        )
        return change.DiscardedOverlayDraft.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.OVERLAYS_AUTHOR)])
    async def submit_overlay_version(
        self, info: Info, input: change.SubmitOverlayVersionInput
    ) -> change.OverlayVersionResult:
        """Hand a draft in for review by another person, if it still fits the template."""
        row = await actions.submit_overlay_version(
            info.context.work,
            version_id=overlay_version_key(input.version),
            expected_revision=input.expected_revision,
        )
        return JurisdictionOverlayVersion.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.OVERLAYS_AUTHOR)])
    async def withdraw_overlay_version(
        self, info: Info, input: change.WithdrawOverlayVersionInput
    ) -> change.OverlayVersionResult:
        """Take a version back that is in review, to write on or discard it. An approved one is
        returned by who approves."""
        row = await actions.withdraw_overlay_version(
            info.context.work,
            version_id=overlay_version_key(input.version),
            expected_revision=input.expected_revision,
        )
        return JurisdictionOverlayVersion.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_APPROVE)])
    async def return_overlay_version(
        self, info: Info, input: change.ReturnOverlayVersionInput
    ) -> change.OverlayVersionResult:
        """Give a version in review, or an approved one, back to be revised; the approval is
        void."""
        row = await actions.return_overlay_version(
            info.context.work,
            version_id=overlay_version_key(input.version),
            expected_revision=input.expected_revision,
            reason=input.reason,
        )
        return JurisdictionOverlayVersion.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_APPROVE)])
    async def approve_overlay_version(
        self, info: Info, input: change.ApproveOverlayVersionInput
    ) -> change.OverlayVersionResult:
        """Approve a version that other people wrote."""
        row = await actions.approve_overlay_version(
            info.context.work,
            version_id=overlay_version_key(input.version),
            expected_revision=input.expected_revision,
        )
        return JurisdictionOverlayVersion.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_APPROVE)])
    async def retire_overlay_version(
        self, info: Info, input: change.RetireOverlayVersionInput
    ) -> change.OverlayVersionResult:
        """End a version at once: the one published before it is in force again, unless it is
        retired too."""
        row = await actions.retire_overlay_version(
            info.context.work,
            version_id=overlay_version_key(input.version),
            expected_revision=input.expected_revision,
            reason=input.reason,
        )
        return JurisdictionOverlayVersion.of(row)
