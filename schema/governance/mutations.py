import strawberry

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import Writes, key_of
from schema.governance import actions
from schema.governance import types as change
from schema.protocols.types.adoptions import ClinicProtocol
from schema.protocols.types.overlays import overlay_version_key


@strawberry.type
class GovernanceMutations:
    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_APPROVE)])
    async def publish_protocol_version(
        self, info: Info, input: change.PublishProtocolVersionInput
    ) -> change.PublishProtocolVersionResult:
        """Publish what was approved; from then on it never changes, and clinics may take it over.

        It is judged once more, and against the whole network: every package on sale of clinics
        that adopted the protocol, and what the live clinics have for what a visit needs. What is
        wrong with the version itself nobody accepts away; a version with a lower number than a
        published one is superseded. With `dryRun` the same is judged and nothing written.
        """
        done = await actions.publish_protocol_version(
            info.context.work,
            version_id=key_of(input.version, "ProtocolVersion", "protocol version"),
            expected_revision=input.expected_revision,
            from_on=input.from_on,
            accept=input.accept,
            dry_run=input.dry_run,
        )
        return change.PublishedVersion.of(done)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_APPROVE)])
    async def publish_overlay_version(
        self, info: Info, input: change.PublishOverlayVersionInput
    ) -> change.PublishOverlayVersionResult:
        """Publish an approved version of an overlay, if it still fits the template. From a day on
        it is in force in every clinic of the jurisdiction and of those within it, whatever version
        of the template the clinic adopted, in place of the overlay's version before.

        It is judged by those clinics first, each under the version that it adopted: packages on
        sale that could not be finished any more, what clinics chose and would be set aside, and
        what is demanded today and would not be. With `dryRun` the same is judged and nothing
        written.
        """
        done = await actions.publish_overlay_version(
            info.context.work,
            version_id=overlay_version_key(input.version),
            expected_revision=input.expected_revision,
            from_on=input.from_on,
            accept=input.accept,
            dry_run=input.dry_run,
        )
        return change.PublishedOverlayVersion.of(done)

    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_ADOPT)])
    async def go_back_clinic_protocol(
        self, info: Info, input: change.GoBackClinicProtocolInput
    ) -> change.GoBackClinicProtocolResult:
        """Undo a clinic's last upgrade of a protocol: the version before, with the values and
        add-ons that the clinic had under it. Only while nothing was sold under the present one: no
        course, not even one called off since, and no single visit but those called off. A version
        that headquarters retired is not returned to.
        """
        row = await actions.go_back_clinic_protocol(
            info.context.work,
            clinic_protocol_id=key_of(input.clinic_protocol, "ClinicProtocol", "clinic protocol"),
            expected_revision=input.expected_revision,
            reason=input.reason,
        )
        return ClinicProtocol.of(row)
