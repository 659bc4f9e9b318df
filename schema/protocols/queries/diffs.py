from typing import Annotated

import strawberry

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import Reads
from schema.protocols import rules, store
from schema.protocols.types.comparisons import ProtocolPoint
from schema.protocols.types.differences import ProtocolDiff

Older = Annotated[ProtocolPoint, strawberry.argument(name="from", description="What is changed.")]
Newer = Annotated[ProtocolPoint, strawberry.argument(description="What it is changed to.")]


@strawberry.type
class DiffQueries:
    @strawberry.field(extensions=[Reads(Permission.PROTOCOLS_READ)])
    async def protocol_diff(self, info: Info, from_: Older, to: Newer) -> ProtocolDiff | None:
        """How two versions differ, or a version and what applies in a clinic, or two clinics:
        typed changes at stable paths, each with what it does and the layer that it comes from.
        Null where one of them is not there, or not for you to see: a draft, another's clinic."""
        points = {from_.key(): from_, to.key(): to}
        scope = info.context.actor.scope(Permission.PROTOCOLS_READ)
        async with info.context.reading() as session:
            found = await store.compared_points(
                session,
                scope,
                versions=[key for key, each in points.items() if each.version],
                clinic_protocols=[key for key, each in points.items() if each.clinic_protocol],
            )
        old, new = found.get(from_.key()), found.get(to.key())
        return ProtocolDiff.of(rules.compared(old, new)) if old and new else None
