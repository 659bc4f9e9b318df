from typing import Annotated

import strawberry
from strawberry import relay

from schema.access.rules import Permission, normal_email
from schema.clients import store
from schema.clients.sealing import email_index
from schema.clients.types.changes import ClientFilter
from schema.clients.types.clients import Client
from schema.clinics.store import clinic
from schema.context import Info
from schema.errors import BadRequest, RuleViolation
from schema.fields import By, Reads
from schema.paging import DEFAULT_FIRST, After, First, Page, connection

WhichClient = Annotated[By, strawberry.argument(description="Which client.")]
Which = Annotated[ClientFilter | None, strawberry.argument(description="Only some of them.")]


def normal_address(email: str) -> str:
    try:
        return normal_email(email)
    except RuleViolation as error:
        raise BadRequest(error.message) from error


@strawberry.type
class ClientQueries:
    @strawberry.field(extensions=[Reads(Permission.CLIENTS_READ)])
    async def client(self, info: Info, by: WhichClient) -> Client | None:
        """One client; null where there is none, or none that you may see."""
        scope = info.context.actor.scope(Permission.CLIENTS_READ)
        async with info.context.reading() as session:
            row = await store.client(session, scope, by.key("Client", "client"))
        return Client.of(row) if row else None

    @strawberry.field(extensions=[Reads(Permission.CLIENTS_READ)])
    async def clients(
        self, info: Info, filter: Which = None, first: First = DEFAULT_FIRST, after: After = None
    ) -> relay.Connection[Client]:
        """The clients you may see, by code."""
        page, scope = Page(first, after), info.context.actor.scope(Permission.CLIENTS_READ)
        wanted = filter or ClientFilter()
        if wanted.email and not wanted.clinic:
            raise BadRequest("To look for an address, name the clinic.")
        async with info.context.reading() as session:
            key = wanted.clinic.key("Clinic", "clinic") if wanted.clinic else None
            place = await clinic(session, scope, key) if key else None
            if key and place is None:
                return connection([], page, store.BY_CODE, Client.of)
            address = (
                email_index(info.context.secrets.master_key, place.id, normal_address(wanted.email))
                if place and wanted.email
                else None
            )
            rows = await store.clients(
                session,
                scope,
                page,
                clinic_id=place.id if place else None,
                code=wanted.code,
                external_reference=wanted.external_reference,
                email_index=address,
            )
        return connection(rows, page, store.BY_CODE, Client.of)
