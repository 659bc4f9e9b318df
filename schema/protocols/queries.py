from typing import Annotated

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import By, Reads
from schema.paging import DEFAULT_FIRST, After, First, Page, connection
from schema.protocols import store
from schema.protocols.rules import ProtocolKind
from schema.protocols.types.templates import ProtocolTemplate

WhichTemplate = Annotated[By, strawberry.argument(description="Which template.")]
WhichKind = Annotated[ProtocolKind | None, strawberry.argument(description="Only of this kind.")]


@strawberry.type
class ProtocolQueries:
    @strawberry.field(extensions=[Reads(Permission.PROTOCOLS_READ)])
    async def protocol_template(self, info: Info, by: WhichTemplate) -> ProtocolTemplate | None:
        """One of headquarters' templates; null where there is none."""
        async with info.context.reading() as session:
            row = await store.template(session, by.key("ProtocolTemplate", "protocol template"))
        return ProtocolTemplate.of(row) if row else None

    @strawberry.field(extensions=[Reads(Permission.PROTOCOLS_READ)])
    async def protocol_templates(
        self, info: Info, kind: WhichKind = None, first: First = DEFAULT_FIRST, after: After = None
    ) -> relay.Connection[ProtocolTemplate]:
        """Headquarters' templates, by code."""
        page = Page(first, after)
        async with info.context.reading() as session:
            rows = await store.templates(session, page, kind)
        return connection(rows, page, store.TEMPLATES_BY_CODE, ProtocolTemplate.of)
