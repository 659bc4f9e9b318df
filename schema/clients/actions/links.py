"""Joining clients of several clinics to one person, by agreement recorded at each.

One clinic's client is given a code and shows it to the other clinic. Neither learns the other's
client: the code stands for the person, who has no identity.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from schema.base import execute
from schema.clients import store
from schema.clients.actions.records import locked_client, today_in
from schema.clients.models import ClientLinkRow, ClientPersonRow, ClientRow
from schema.clients.rules import AlreadyLinked, LinkCodeRefused, check_agreement
from schema.clients.sealing import link_code_hash, new_link_code
from schema.clinics.actions import Key
from schema.context import Work

LINK_CODE_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class LinkCode:
    """What the client takes to the other clinic. Shown once: only its hash is kept."""

    code: str
    expires_at: datetime


async def create_link_code(work: Work, *, client: Key, agreed_on: date, agreement: str) -> LinkCode:
    """A code by which another clinic joins its client to the same person; earlier ones end.

    Raises: NotFound, InvalidAgreement.
    """
    row = await locked_client(work, client)
    person_id = row.person_id or await _new_person(work, row)
    await _record_agreement(work, row, person_id, agreed_on, agreement)
    code = LinkCode(new_link_code(), work.now + LINK_CODE_LIFETIME)
    coded = update(ClientPersonRow).where(col(ClientPersonRow.id) == person_id)
    await execute(
        work.session,
        coded.values(
            link_code_hash=link_code_hash(work.secrets.master_key, code.code),
            link_code_expires_at=code.expires_at,
        ),
    )
    work.record("client.link_code_created", row.clinic_id, row)
    return code


async def _new_person(work: Work, client: ClientRow) -> UUID:
    """A person with the client's number; not visible, and so not read back, before it has one."""
    person = ClientPersonRow(resource_no=client.resource_no, created_at=work.now)
    work.session.add(person)
    await work.session.flush()
    client.person_id = person.id
    await work.session.flush()
    return person.id


async def _record_agreement(
    work: Work, client: ClientRow, person_id: UUID, agreed_on: date, agreement: str
) -> None:
    today = await today_in(work, client.clinic_id)
    work.session.add(
        ClientLinkRow(
            clinic_id=client.clinic_id,
            client_id=client.id,
            person_id=person_id,
            agreed_on=agreed_on,
            agreement=check_agreement(agreement, agreed_on, today),
            recorded_by=work.actor.id,
        )
    )


async def link_client(
    work: Work, *, client: Key, code: str, agreed_on: date, agreement: str
) -> tuple[ClientRow, int]:
    """Join a client to the person whom another clinic's code stands for, and take its number.

    Also the number that the calendar knew the client by; bookings under it have to move along.
    Raises: NotFound, InvalidAgreement, LinkCodeRefused, AlreadyLinked.
    """
    row = await locked_client(work, client)
    refused = LinkCodeRefused("This code is unknown, used or expired.", field="code")
    code_hash = link_code_hash(work.secrets.master_key, code)
    person = await store.person_by_link_code(work.session, code_hash, work.now)
    if person is None or person.id == row.person_id:
        raise refused
    await _leave_person(work, row)
    from_no = row.resource_no
    row.person_id, row.resource_no = person.id, person.resource_no
    try:
        await work.session.flush()
    except IntegrityError as error:
        taken = "Another client of this clinic is this person."
        raise AlreadyLinked(taken, field="client") from error
    if not await _use_link_code(work, person.id, code_hash):
        raise refused
    await _record_agreement(work, row, person.id, agreed_on, agreement)
    work.record("client.linked", row.clinic_id, row)
    return row, from_no


async def _leave_person(work: Work, client: ClientRow) -> None:
    """Raise AlreadyLinked unless the client's present person, if any, is nobody elsewhere.

    Its code ends first: whoever uses it now waits for that row.
    """
    if client.person_id is None:
        return
    ended = update(ClientPersonRow).where(col(ClientPersonRow.id) == client.person_id)
    await execute(work.session, ended.values(link_code_hash=None, link_code_expires_at=None))
    if await store.known_elsewhere(work.session, client):
        raise AlreadyLinked(
            "This client is linked with another clinic's; create the code here instead.",
            field="client",
        )


async def _use_link_code(work: Work, person_id: UUID, code_hash: bytes) -> bool:
    """End a code; whether it was still there. Only now is the person visible to this clinic."""
    row = ClientPersonRow
    used = update(row).where(col(row.id) == person_id, col(row.link_code_hash) == code_hash)
    ended = used.values(link_code_hash=None, link_code_expires_at=None).returning(col(row.id))
    return (await execute(work.session, ended)).first() is not None
