"""Clients, as GraphQL shows them."""

from datetime import date
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.clients import store
from schema.clients.models import ClientLinkRow, ClientRow
from schema.clients.rules import Identity
from schema.clients.sealing import identity_of, open_data_key
from schema.clients.types.holds import ClientHold
from schema.clinics.store import clinics_by_id
from schema.clinics.types.places import Clinic
from schema.context import Info
from schema.fields import Reads, extends, identified, link, read_by_columns


@strawberry.type(description="Who a client is.")
class ClientIdentity:
    given_name: str = strawberry.field(description="First names.")
    family_name: str = strawberry.field(description="Last name.")
    email: str | None = strawberry.field(description="Email address, in lower case.")
    phone: str | None = strawberry.field(description="Telephone number, as it was given.")
    born_on: date | None = strawberry.field(description="Birthday.")

    @classmethod
    def of(cls, identity: Identity) -> "ClientIdentity":
        return cls(
            given_name=identity.given_name,
            family_name=identity.family_name,
            email=identity.email,
            phone=identity.phone,
            born_on=identity.born_on,
        )


@strawberry.type(description="A client's agreement that clinics know it is one person.")
class ClientLink:
    agreed_on: date = strawberry.field(description="When the client agreed.")
    agreement: str = strawberry.field(description="Where the signed agreement is kept.")

    @classmethod
    def of(cls, row: ClientLinkRow) -> "ClientLink":
        return cls(agreed_on=row.agreed_on, agreement=row.agreement)


@identified(store.clients_by_id, reads=Permission.CLIENTS_READ)
@read_by_columns(row=lambda row: row)
@strawberry.type(description="A client of one clinic.")
class Client(relay.Node):
    id: relay.NodeID[UUID]
    clinic_id: strawberry.Private[UUID]
    row: strawberry.Private[ClientRow]
    code: str = strawberry.field(description="Its human-readable code, unique in its clinic.")
    external_reference: str | None = strawberry.field(
        description="What the system that registered it calls it."
    )
    revision: int = strawberry.field(
        description="Counts the changes of `identity`: `updateClient` takes it."
    )
    clinic: Clinic | None = link(
        clinics_by_id,
        key="clinic_id",
        of=Clinic.of,
        reads=Permission.CLINICS_READ,
        describe="Whose client it is.",
    )
    review_needed: bool | None = link(
        store.reviews_needed_by_client,
        key="id",
        of=bool,
        reads=Permission.CLIENTS_READ,
        clinic="clinic_id",
        describe="Whether a practitioner of the clinic has to decide, or to acknowledge a CAUTION,"
        " before anything is sold or booked. Why is for `holds` to say.",
    )
    holds: relay.Connection[ClientHold] | None = link(
        store.holds_by_client,
        key="id",
        of=ClientHold.of,
        page=store.HOLDS_NEWEST,
        reads=Permission.CLINICAL_READ,
        clinic="clinic_id",
        describe="What stops or stopped treatments, the newest first.",
    )
    links: list[ClientLink] | None = link(
        store.links_by_client,
        key="id",
        of=ClientLink.of,
        many=True,
        reads=Permission.CLIENTS_LINK,
        clinic="clinic_id",
        describe="The agreements that this clinic recorded to know the client as one person with"
        " clients of other clinics.",
    )

    @classmethod
    def of(cls, row: ClientRow) -> "Client":
        return cls(
            id=row.id,
            clinic_id=row.clinic_id,
            row=row,
            code=row.code,
            external_reference=row.external_reference,
            revision=row.revision,
        )

    @strawberry.field(extensions=[Reads(Permission.CLIENTS_READ, clinic="clinic_id")])
    def identity(self, info: Info) -> ClientIdentity | None:
        """Who it is; null once erased."""
        if self.row.data_key is None:
            return None
        key = open_data_key(
            info.context.secrets.master_key, self.clinic_id, self.id, self.row.data_key
        )
        return ClientIdentity.of(identity_of(key.unseal(self.id, self.row.identity)))


extends(
    Clinic,
    clients=(
        relay.Connection[Client] | None,
        link(
            store.clients_by_clinic,
            key="id",
            of=Client.of,
            page=store.BY_CODE,
            reads=Permission.CLIENTS_READ,
            clinic="id",
            describe="Its clients, by code.",
        ),
    ),
)
