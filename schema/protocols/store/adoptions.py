"""What clinics adopted, the add-ons they offer with it, and what they set for themselves."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, select
from sqlmodel import col
from sqlmodel import select as entities
from sqlmodel.ext.asyncio.session import AsyncSession

from schema.base import Reader, among, columns, fetch, fetch_among, fetch_one, named
from schema.clinics.models import ClinicRow
from schema.paging import Order, Page, grouped, keyed, page_of
from schema.protocols.models import (
    ClinicProtocolAddOnRow,
    ClinicProtocolOverrideRow,
    ClinicProtocolRow,
    ProtocolTemplateRow,
)
from schema.scope import Scope
from schema.statements import built_once

Adopted, AddOn, Override = ClinicProtocolRow, ClinicProtocolAddOnRow, ClinicProtocolOverrideRow

IN_ORDER_OF_ADOPTION = Order.by(col(Adopted.id))


async def clinic_protocol(
    session: Reader, scope: Scope, clinic_protocol_id: UUID
) -> ClinicProtocolRow | None:
    """The adoption with this id, if in scope."""
    query = select(*columns(Adopted)).where(
        col(Adopted.id) == clinic_protocol_id, scope.where(Adopted.clinic_id)
    )
    return await fetch_one(session, Adopted, query)


async def clinic_protocol_of(
    session: Reader, scope: Scope, clinic: UUID | str, template: UUID | str
) -> ClinicProtocolRow | None:
    """A clinic's adoption of a template, each by its id or code, if in scope."""
    query = (
        select(*columns(Adopted))
        .join(ClinicRow, col(ClinicRow.id) == Adopted.clinic_id)
        .join(ProtocolTemplateRow, col(ProtocolTemplateRow.id) == Adopted.template_id)
        .where(
            named(ClinicRow, clinic),
            named(ProtocolTemplateRow, template),
            scope.where(Adopted.clinic_id),
        )
    )
    return await fetch_one(session, Adopted, query)


async def clinic_protocols_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ClinicProtocolRow]:
    rows = await fetch_among(session, Adopted, Adopted.id, ids, scope, Adopted.clinic_id)
    return keyed(rows)


async def clinic_protocols_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[ClinicProtocolRow]]:
    return await _adoptions(session, Adopted.clinic_id, clinic_ids, scope, page)


async def clinic_protocols_by_template(
    session: Reader, template_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[ClinicProtocolRow]]:
    return await _adoptions(session, Adopted.template_id, template_ids, scope, page)


async def _adoptions(
    session: Reader, parent: Any, keys: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[ClinicProtocolRow]]:
    return await page_of(
        session, Adopted, parent, keys, scope, Adopted.clinic_id, IN_ORDER_OF_ADOPTION, page
    )


async def add_ons_by_clinic_protocol(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[ClinicProtocolAddOnRow]]:
    """The add-ons that each adoption offers, by key."""
    rows = await fetch(session, AddOn, _add_ons(ids, scope))
    return grouped(rows, "clinic_protocol_id")


@built_once
def _add_ons(ids: Sequence[UUID], scope: Scope) -> Executable:
    return (
        select(*columns(AddOn))
        .where(among(col(AddOn.clinic_protocol_id), ids), scope.where(AddOn.clinic_id))
        .order_by(col(AddOn.clinic_protocol_id), col(AddOn.add_on_key).collate("C"))
    )


async def add_ons_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ClinicProtocolAddOnRow]:
    rows = await fetch_among(session, AddOn, AddOn.id, ids, scope, AddOn.clinic_id)
    return keyed(rows)


async def overrides_by_clinic_protocol(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[ClinicProtocolOverrideRow]]:
    """What each adoption overrides, by path."""
    query = (
        select(*columns(Override))
        .where(among(col(Override.clinic_protocol_id), ids), scope.where(Override.clinic_id))
        .order_by(col(Override.clinic_protocol_id), col(Override.path).collate("C"))
    )
    return grouped(await fetch(session, Override, query), "clinic_protocol_id")


async def overrides_to_change(
    session: AsyncSession, adoption: ClinicProtocolRow
) -> dict[str, ClinicProtocolOverrideRow]:
    """What an adoption overrides, by path, as entities of the session."""
    query = entities(Override).where(
        col(Override.clinic_id) == adoption.clinic_id,
        col(Override.clinic_protocol_id) == adoption.id,
    )
    return {each.path: each for each in await session.exec(query)}
