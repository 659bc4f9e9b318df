from typing import Annotated

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import By, Reads
from schema.paging import DEFAULT_FIRST, After, First, Page, connection
from schema.protocols import store
from schema.protocols.rules import ProtocolKind
from schema.protocols.types.adoptions import ClinicProtocol
from schema.protocols.types.templates import ProtocolTemplate, template_key

WhichTemplate = Annotated[By, strawberry.argument(description="Which template.")]
WhichClinic = Annotated[By, strawberry.argument(description="Which clinic.")]
WhichKind = Annotated[ProtocolKind | None, strawberry.argument(description="Only of this kind.")]


@strawberry.type
class TemplateQueries:
    @strawberry.field(extensions=[Reads(Permission.PROTOCOLS_READ)])
    async def protocol_template(self, info: Info, by: WhichTemplate) -> ProtocolTemplate | None:
        """One of headquarters' templates; null where there is none."""
        async with info.context.reading() as session:
            row = await store.template(session, template_key(by))
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

    @strawberry.field(extensions=[Reads(Permission.PROTOCOLS_READ)])
    async def clinic_protocol(
        self, info: Info, clinic: WhichClinic, template: WhichTemplate
    ) -> ClinicProtocol | None:
        """A clinic's adoption of a template; null where there is none, or none you may see."""
        scope = info.context.actor.scope(Permission.PROTOCOLS_READ)
        async with info.context.reading() as session:
            row = await store.clinic_protocol_of(
                session, scope, clinic.key("Clinic", "clinic"), template_key(template)
            )
        return ClinicProtocol.of(row) if row else None
