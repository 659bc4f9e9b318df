from asyncio import gather
from typing import Annotated

import strawberry
from strawberry import relay

from schema.access import store
from schema.access.rules import Permission
from schema.access.types import PartnerApp, Person, Viewer
from schema.context import Info
from schema.errors import BadRequest
from schema.fields import Open, Reads, find_node
from schema.paging import DEFAULT_FIRST, MOST_FIRST, After, First, Page, connection


@strawberry.type
class AccessQueries:
    @strawberry.field(extensions=[Open("it tells callers who they are.")])
    async def viewer(self, info: Info) -> Viewer:
        """Who you are to this server, and what you may do where."""
        return Viewer.of(info.context.actor)

    @strawberry.field(extensions=[Open("each type asks for its own permission.")])
    async def node(
        self,
        info: Info,
        id: Annotated[relay.GlobalID, strawberry.argument(description="The object's global id.")],
    ) -> relay.Node | None:
        """Any object by its global id; null where there is none, or none that you may see."""
        found: relay.Node | None = await find_node(info, id)
        return found

    @strawberry.field(extensions=[Open("each type asks for its own permission.")])
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[relay.GlobalID], strawberry.argument(description="At most 100 global ids.")
        ],
    ) -> list[relay.Node | None]:
        """Objects by their global ids, in the order asked for, null where `node` would be."""
        if len(ids) > MOST_FIRST:
            raise BadRequest(f"At most {MOST_FIRST} ids at once.")
        return list(await gather(*(find_node(info, each) for each in ids)))

    @strawberry.field(extensions=[Reads(Permission.ACCESS_MANAGE)])
    async def people(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None
    ) -> relay.Connection[Person]:
        """The people who sign in, by email."""
        page = Page(first, after)
        async with info.context.reading() as session:
            rows = await store.people(session, page)
        return connection(rows, page, store.PEOPLE_BY_EMAIL, Person.of)

    @strawberry.field(extensions=[Reads(Permission.ACCESS_MANAGE)])
    async def partner_apps(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None
    ) -> relay.Connection[PartnerApp]:
        """The partner apps, by code."""
        page = Page(first, after)
        async with info.context.reading() as session:
            rows = await store.partner_apps(session, page)
        return connection(rows, page, store.APPS_BY_CODE, PartnerApp.of)
