from typing import Annotated

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import Reads
from schema.paging import DEFAULT_FIRST, After, First, Page, connection
from schema.protocols import store
from schema.protocols.queries.protocols import WhichTemplate
from schema.protocols.types.overlays import JurisdictionOverlay
from schema.protocols.types.templates import template_key

WhichJurisdiction = Annotated[
    str, strawberry.argument(description="ISO 3166 code, for example `US-NC`.")
]
LedByMe = Annotated[
    bool, strawberry.argument(description="Only those whose lead is who asks this.")
]


@strawberry.type
class OverlayQueries:
    @strawberry.field(extensions=[Reads(Permission.PROTOCOLS_READ)])
    async def jurisdiction_overlay(
        self, info: Info, template: WhichTemplate, jurisdiction: WhichJurisdiction
    ) -> JurisdictionOverlay | None:
        """What a jurisdiction makes stricter about a template; null where it has no overlay."""
        async with info.context.reading() as session:
            row = await store.jurisdiction_overlay(session, template_key(template), jurisdiction)
        return JurisdictionOverlay.of(row) if row else None

    @strawberry.field(extensions=[Reads(Permission.PROTOCOLS_READ)])
    async def jurisdiction_overlays(
        self,
        info: Info,
        led_by_me: LedByMe = False,
        first: First = DEFAULT_FIRST,
        after: After = None,
    ) -> relay.Connection[JurisdictionOverlay]:
        """What jurisdictions make stricter about templates, in the order of creation."""
        page = Page(first, after)
        lead_id = info.context.actor.id if led_by_me else None
        async with info.context.reading() as session:
            rows = await store.jurisdiction_overlays(session, page, lead_id)
        return connection(rows, page, store.OVERLAYS_AS_CREATED, JurisdictionOverlay.of)
