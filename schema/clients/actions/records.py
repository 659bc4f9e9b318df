"""Registering clients, and who they are."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from schema.access.rules import ActorKind
from schema.base import insert
from schema.clients import store
from schema.clients.models import ClientRow
from schema.clients.rules import (
    ClientErased,
    CodeTaken,
    Identity,
    ReferenceTaken,
    check_identity,
    check_reference,
)
from schema.clients.sealing import (
    DataKey,
    email_index,
    identity_text,
    new_code,
    new_data_key,
    open_data_key,
)
from schema.clinics import store as clinics
from schema.clinics.actions import Key, clinic_in_scope
from schema.clinics.rules import local_day
from schema.context import Work
from schema.errors import NotFound
from schema.protocols.rules.violations import StaleRevision


async def client_in_scope(work: Work, key: Key, *, field: str = "client") -> ClientRow:
    """The client that a change names; a partner reaches only those that it registered.

    Raises: NotFound outside the scope of the change.
    """
    found = await store.client(work.session, work.scope, key)
    if found is None or (_partner(work) and found.partner_id != work.actor.id):
        raise NotFound("client", key, field=field)
    return found


def _partner(work: Work) -> bool:
    return work.actor.kind is ActorKind.PARTNER


async def today_in(work: Work, clinic_id: UUID) -> date:
    """The local day of a clinic."""
    clinic = await clinics.clinic(work.session, work.scope, clinic_id)
    if clinic is None:
        raise NotFound("clinic", clinic_id)
    return local_day(work.now, ZoneInfo(clinic.time_zone))


async def locked_client(work: Work, key: Key) -> ClientRow:
    found = await client_in_scope(work, key)
    return await work.session.get_one(ClientRow, found.id, with_for_update=True)


def data_key_of(work: Work, client: ClientRow) -> DataKey:
    """The client's key. Raises: ClientErased."""
    if client.data_key is None:
        raise ClientErased("The client was erased.", field="client")
    return open_data_key(work.secrets.master_key, client.clinic_id, client.id, client.data_key)


async def register_client(
    work: Work, *, clinic: Key, identity: Identity, external_reference: str | None = None
) -> ClientRow:
    """A client of a clinic. A partner names its own reference, unique among its clients there.

    Raises: NotFound, InvalidIdentity, InvalidEmail, ExternalReferenceNeeded, ReferenceTaken.
    """
    found = await clinic_in_scope(work, clinic)
    partner_id = work.actor.id if _partner(work) else None
    reference = check_reference(external_reference, needed=_partner(work))
    checked = check_identity(identity, local_day(work.now, ZoneInfo(found.time_zone)))
    taken = ReferenceTaken(
        "A client is registered under this reference.", field="externalReference"
    )
    if reference and await store.reference_taken(work.session, found.id, reference, partner_id):
        raise taken
    row = ClientRow(
        clinic_id=found.id,
        code=new_code("C"),
        identity=b"",
        external_reference=reference,
        partner_id=partner_id,
    )
    key = new_data_key(work.secrets.master_key, found.id, row.id)
    row.data_key = key.wrapped
    _seal_identity(work, row, key, checked)
    await insert(work.session, row, taken=taken if reference else CodeTaken("Try again."))
    work.record("client.registered", found.id, row, code=row.code)
    return row


def _seal_identity(work: Work, row: ClientRow, key: DataKey, identity: Identity) -> None:
    row.identity = key.seal(row.id, identity_text(identity))
    row.email_index = (
        email_index(work.secrets.master_key, row.clinic_id, identity.email)
        if identity.email
        else None
    )


async def update_client(
    work: Work, *, client: Key, expected_revision: int, identity: Identity
) -> ClientRow:
    """Replace who a client is. Raises: NotFound, StaleRevision, InvalidIdentity, InvalidEmail."""
    row = await locked_client(work, client)
    if row.revision != expected_revision:
        raise StaleRevision(
            f"Somebody else changed this client: its revision is {row.revision}.",
            field="expectedRevision",
        )
    checked = check_identity(identity, await today_in(work, row.clinic_id))
    _seal_identity(work, row, data_key_of(work, row), checked)
    row.revision += 1
    work.record("client.updated", row.clinic_id, row, revision=row.revision)
    return row
