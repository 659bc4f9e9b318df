"""Every SELECT of the clients. What looks beyond the scope returns bare facts: whether and when."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import col
from sqlmodel import select as entities
from sqlmodel.ext.asyncio.session import AsyncSession

from schema.base import Reader, among, columns, execute, fetch, fetch_among, fetch_one, named
from schema.clients.models import ClientHoldRow, ClientLinkRow, ClientPersonRow, ClientRow
from schema.clients.rules import Holds
from schema.clinics.store import today_in
from schema.context import every_clinic
from schema.paging import Order, Page, grouped, keyed, page_of
from schema.protocols.rules import ScreeningSeverity
from schema.scope import Scope

BY_CODE = Order.by(col(ClientRow.code), col(ClientRow.id))
HOLDS_NEWEST = Order.by(col(ClientHoldRow.id), descending=True)


async def clients(
    session: Reader,
    scope: Scope,
    page: Page,
    *,
    clinic_id: UUID | None = None,
    code: str | None = None,
    external_reference: str | None = None,
    email_index: bytes | None = None,
) -> list[ClientRow]:
    """A page of the clients in scope, by code."""
    row = ClientRow
    query = select(*columns(row)).where(scope.where(row.clinic_id))
    wanted: dict[Any, Any] = {
        row.clinic_id: clinic_id,
        row.code: code.strip().upper() if code else None,
        row.external_reference: external_reference,
        row.email_index: email_index,
    }
    for column, value in wanted.items():
        if value is not None:
            query = query.where(col(column) == value)
    return await fetch(session, row, BY_CODE.apply(query, page))


async def client(session: Reader, scope: Scope, key: UUID | str) -> ClientRow | None:
    """The client with this id or code, if in scope."""
    query = select(*columns(ClientRow)).where(
        named(ClientRow, key), scope.where(ClientRow.clinic_id)
    )
    return await fetch_one(session, ClientRow, query)


async def clients_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ClientRow]:
    rows = await fetch_among(session, ClientRow, ClientRow.id, ids, scope, ClientRow.clinic_id)
    return keyed(rows)


async def client_entities(
    session: AsyncSession, ids: Sequence[UUID], scope: Scope
) -> Sequence[ClientRow]:
    """These clients, as entities of the session: what events are recorded about."""
    query = entities(ClientRow).where(
        among(col(ClientRow.id), ids), scope.where(ClientRow.clinic_id)
    )
    return (await session.exec(query)).all()


async def clients_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[ClientRow]]:
    return await page_of(
        session,
        ClientRow,
        ClientRow.clinic_id,
        clinic_ids,
        scope,
        ClientRow.clinic_id,
        BY_CODE,
        page,
    )


async def reference_taken(
    session: Reader, clinic_id: UUID, reference: str, partner_id: UUID | None
) -> bool:
    """Whether this partner (None: the clinic's own people) used the reference in this clinic."""
    row = ClientRow
    query = select(col(row.id)).where(
        col(row.clinic_id) == clinic_id,
        col(row.external_reference) == reference,
        col(row.partner_id).is_not_distinct_from(partner_id),
    )
    return (await execute(session, query)).first() is not None


async def links_by_client(
    session: Reader, client_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[ClientLinkRow]]:
    """Each client's recorded agreements, the first one first."""
    row = ClientLinkRow
    query = (
        select(*columns(row))
        .where(among(col(row.client_id), client_ids), scope.where(row.clinic_id))
        .order_by(col(row.client_id), col(row.id))
    )
    return grouped(await fetch(session, row, query), "client_id")


async def hold(session: Reader, scope: Scope, hold_id: UUID) -> ClientHoldRow | None:
    """The hold with this id, if in scope."""
    row = ClientHoldRow
    query = select(*columns(row)).where(col(row.id) == hold_id, scope.where(row.clinic_id))
    return await fetch_one(session, row, query)


async def holds_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ClientHoldRow]:
    rows = await fetch_among(
        session, ClientHoldRow, ClientHoldRow.id, ids, scope, ClientHoldRow.clinic_id
    )
    return keyed(rows)


async def holds_by_client(
    session: Reader, client_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[ClientHoldRow]]:
    return await page_of(
        session,
        ClientHoldRow,
        ClientHoldRow.client_id,
        client_ids,
        scope,
        ClientHoldRow.clinic_id,
        HOLDS_NEWEST,
        page,
    )


async def open_holds_by_client(
    session: Reader, client_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[ClientHoldRow]]:
    """Each client's holds that nobody cleared: what `holds_that_stop` is asked with."""
    row = ClientHoldRow
    query = (
        select(*columns(row))
        .where(
            among(col(row.client_id), client_ids),
            scope.where(row.clinic_id),
            col(row.cleared_at).is_(None),
        )
        .order_by(col(row.client_id), col(row.id))
    )
    return grouped(await fetch(session, row, query), "client_id")


async def reviews_needed_by_client(
    session: Reader, client_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, bool]:
    """Whether a hold stops something today, in the clinic's own day."""
    row = ClientHoldRow
    query = (
        select(col(row.client_id))
        .distinct()
        .where(
            among(col(row.client_id), client_ids),
            scope.where(row.clinic_id),
            col(row.cleared_at).is_(None),
            or_(col(row.until_on).is_(None), col(row.until_on) >= today_in(row.clinic_id)),
        )
    )
    held = set((await execute(session, query)).scalars())
    return {each: each in held for each in client_ids}


async def person_by_link_code(
    session: Reader, code_hash: bytes, now: datetime
) -> ClientPersonRow | None:
    """The person whom a link code, which has not expired, stands for; not who else that is."""
    row = ClientPersonRow
    query = select(*columns(row)).where(
        col(row.link_code_hash) == code_hash, col(row.link_code_expires_at) > now
    )
    async with every_clinic(session):
        return await fetch_one(session, row, query)


async def known_elsewhere(session: Reader, client: ClientRow) -> bool:
    """Whether another clinic has a client who is the same person."""
    if client.person_id is None:
        return False
    row = ClientRow
    query = select(col(row.id)).where(
        col(row.person_id) == client.person_id, col(row.clinic_id) != client.clinic_id
    )
    async with every_clinic(session):
        return (await execute(session, query.limit(1))).first() is not None


async def holds_of(session: Reader, client: ClientRow, scope: Scope) -> Holds:
    """All that nobody cleared of what holds a client back, here and elsewhere."""
    own = await open_holds_by_client(session, [client.id], scope)
    return Holds(own.get(client.id, ()), await holds_elsewhere(session, client))


async def holds_elsewhere(session: Reader, client: ClientRow) -> list[ClientHoldRow]:
    """What holds the same person in other clinics, uncleared: templates, and until when.

    Not a CAUTION: its own clinic may acknowledge it any time, so it is not a *not yet* elsewhere.
    """
    if client.person_id is None:
        return []
    row = ClientHoldRow
    facts: list[Any] = [row.template_codes, row.until_on]
    query = (
        select(*facts)
        .join(ClientRow, col(ClientRow.id) == row.client_id)
        .where(
            col(ClientRow.person_id) == client.person_id,
            col(row.clinic_id) != client.clinic_id,
            col(row.severity) != ScreeningSeverity.CAUTION,
            col(row.cleared_at).is_(None),
        )
    )
    async with every_clinic(session):
        return await fetch(session, row, query)
