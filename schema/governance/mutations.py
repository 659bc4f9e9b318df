import strawberry

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import Writes, key_of
from schema.governance import types as change
from schema.protocols import actions as protocols
from schema.protocols.types.templates import ProtocolVersion


@strawberry.type
class GovernanceMutations:
    @strawberry.mutation(extensions=[Writes(Permission.PROTOCOLS_APPROVE)])
    async def publish_protocol_version(
        self, info: Info, input: change.PublishProtocolVersionInput
    ) -> change.PublishProtocolVersionResult:
        """Publish what was approved; from then on it never changes."""
        row = await protocols.publish_protocol_version(
            info.context.work,
            version_id=key_of(input.version, "ProtocolVersion", "protocol version"),
            expected_revision=input.expected_revision,
            from_on=input.from_on,
        )
        return ProtocolVersion.of(row)
