from typing import Annotated

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import By, Reads
from schema.paging import DEFAULT_FIRST, After, First, Page, connection
from schema.practitioners import store
from schema.practitioners.types.changes import PractitionerFilter
from schema.practitioners.types.people import Practitioner, ScopeRule

WhichPractitioner = Annotated[By, strawberry.argument(description="Which practitioner.")]
Which = Annotated[PractitionerFilter | None, strawberry.argument(description="Only some of them.")]


@strawberry.type
class PractitionerQueries:
    @strawberry.field(extensions=[Reads(Permission.PRACTITIONERS_READ)])
    async def practitioner(self, info: Info, by: WhichPractitioner) -> Practitioner | None:
        """One practitioner; null where there is none, or none that you may see."""
        scope = info.context.actor.scope(Permission.PRACTITIONERS_READ)
        key = by.key("Practitioner", "practitioner")
        async with info.context.reading() as session:
            row = await store.practitioner(session, scope, key)
        return Practitioner.of(row) if row else None

    @strawberry.field(extensions=[Reads(Permission.PRACTITIONERS_READ)])
    async def practitioners(
        self, info: Info, filter: Which = None, first: First = DEFAULT_FIRST, after: After = None
    ) -> relay.Connection[Practitioner]:
        """The practitioners of the clinics you may see, by code, former ones too."""
        page, scope = Page(first, after), info.context.actor.scope(Permission.PRACTITIONERS_READ)
        clinic = filter.clinic.key("Clinic", "clinic") if filter and filter.clinic else None
        async with info.context.reading() as session:
            rows = await store.practitioners(session, scope, page, clinic=clinic)
        return connection(rows, page, store.BY_CODE, Practitioner.of)

    @strawberry.field(extensions=[Reads(Permission.PRACTITIONERS_READ)])
    async def scope_rules(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None
    ) -> relay.Connection[ScopeRule]:
        """What headquarters verified about the scope of practice, by jurisdiction."""
        page = Page(first, after)
        async with info.context.reading() as session:
            rows = await store.scope_rules_page(session, page)
        return connection(rows, page, store.RULES_BY_PLACE, ScopeRule.of)
