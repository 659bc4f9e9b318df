"""What clinics adopted, and what applies in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlmodel import col
from sqlmodel import select as entities
from sqlmodel.ext.asyncio.session import AsyncSession

from schema.base import among, columns, execute, fetch, fetch_one, named
from schema.clinics.models import ClinicRow
from schema.paging import Order, Page, grouped, keyed, page_by
from schema.protocols.models import (
    ClinicProtocolAddOnRow,
    ClinicProtocolOverrideRow,
    ClinicProtocolRow,
    ProtocolTemplateRow,
    ProtocolVersionRow,
)
from schema.protocols.rules import (
    AdoptionState,
    LayerChange,
    ProtocolContent,
    ProtocolKind,
    Value,
    resolve,
)
from schema.protocols.store.documents import content_of
from schema.scope import Scope

Adopted, AddOn, Override = ClinicProtocolRow, ClinicProtocolAddOnRow, ClinicProtocolOverrideRow

NOTHING = literal_column("'{}'::jsonb", JSONB)
IN_ORDER_OF_ADOPTION = Order.by(col(Adopted.id))


@dataclass(frozen=True, slots=True)
class ResolvedProtocol:
    """What applies in a clinic, with what it is called by and the add-ons offered, sorted."""

    id: UUID
    clinic_id: UUID
    template_id: UUID
    version_id: UUID
    template_code: str
    kind: ProtocolKind
    version_number: int
    state: AdoptionState
    content: ProtocolContent
    changes: tuple[LayerChange, ...]
    add_on_keys: tuple[str, ...]


async def clinic_protocol(
    session: AsyncSession, scope: Scope, clinic_protocol_id: UUID
) -> ClinicProtocolRow | None:
    """The adoption with this id, if in scope."""
    query = select(*columns(Adopted)).where(
        col(Adopted.id) == clinic_protocol_id, scope.where(Adopted.clinic_id)
    )
    return await fetch_one(session, Adopted, query)


async def clinic_protocol_of(
    session: AsyncSession, scope: Scope, clinic: UUID | str, template: UUID | str
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
    session: AsyncSession, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ClinicProtocolRow]:
    query = select(*columns(Adopted)).where(
        among(col(Adopted.id), ids), scope.where(Adopted.clinic_id)
    )
    return keyed(await fetch(session, Adopted, query))


async def clinic_protocols_by_clinic(
    session: AsyncSession, clinic_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[ClinicProtocolRow]]:
    return await _adoptions(session, Adopted.clinic_id, clinic_ids, scope, page)


async def clinic_protocols_by_template(
    session: AsyncSession, template_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[ClinicProtocolRow]]:
    return await _adoptions(session, Adopted.template_id, template_ids, scope, page)


async def _adoptions(
    session: AsyncSession, parent: Any, keys: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[ClinicProtocolRow]]:
    query = select(*columns(Adopted)).where(scope.where(Adopted.clinic_id))
    return await page_by(session, parent, keys, query, IN_ORDER_OF_ADOPTION, page)


async def add_ons_by_clinic_protocol(
    session: AsyncSession, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[ClinicProtocolAddOnRow]]:
    """The add-ons that each adoption offers, by key."""
    query = (
        select(*columns(AddOn))
        .where(among(col(AddOn.clinic_protocol_id), ids), scope.where(AddOn.clinic_id))
        .order_by(col(AddOn.clinic_protocol_id), col(AddOn.add_on_key).collate("C"))
    )
    return grouped(await fetch(session, AddOn, query), "clinic_protocol_id")


async def add_ons_by_id(
    session: AsyncSession, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ClinicProtocolAddOnRow]:
    query = select(*columns(AddOn)).where(among(col(AddOn.id), ids), scope.where(AddOn.clinic_id))
    return keyed(await fetch(session, AddOn, query))


async def overrides_by_clinic_protocol(
    session: AsyncSession, ids: Sequence[UUID], scope: Scope
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


async def resolved_protocols(
    session: AsyncSession, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ResolvedProtocol]:
    """What applies under each adoption: one SELECT, each version's content once."""
    rows = list(await execute(session, _layers(ids, scope)))
    stored = {row.version_id: row.content for row in rows if row.content is not None}
    contents = {key: content_of(key, document) for key, document in stored.items()}
    return {row.id: _resolved(row, contents[row.version_id]) for row in rows}


def _layers(ids: Sequence[UUID], scope: Scope) -> Select[Any]:
    first = func.row_number().over(
        partition_by=col(Adopted.version_id), order_by=col(Adopted.id)
    ) == literal_column("1")
    return (
        select(
            *columns(Adopted),
            col(ClinicRow.code).label("clinic_code"),
            col(ProtocolTemplateRow.code).label("template_code"),
            col(ProtocolTemplateRow.protocol_kind),
            col(ProtocolVersionRow.number),
            case((first, col(ProtocolVersionRow.content))).label("content"),
            _overrides().label("overrides"),
            _add_on_keys().label("add_on_keys"),
        )
        .join(ClinicRow, col(ClinicRow.id) == Adopted.clinic_id)
        .join(ProtocolTemplateRow, col(ProtocolTemplateRow.id) == Adopted.template_id)
        .join(ProtocolVersionRow, col(ProtocolVersionRow.id) == Adopted.version_id)
        .where(among(col(Adopted.id), ids), scope.where(Adopted.clinic_id))
    )


def _overrides() -> Any:
    return (
        select(
            func.coalesce(func.jsonb_object_agg(col(Override.path), col(Override.value)), NOTHING)
        )
        .where(_of_adoption(Override))
        .scalar_subquery()
    )


def _add_on_keys() -> Any:
    key = col(AddOn.add_on_key)
    return (
        select(func.array_agg(aggregate_order_by(key, key.collate("C").asc())))
        .where(_of_adoption(AddOn))
        .scalar_subquery()
    )


def _of_adoption(child: Any) -> Any:
    return and_(child.clinic_id == Adopted.clinic_id, child.clinic_protocol_id == Adopted.id)


def _resolved(row: Any, content: ProtocolContent) -> ResolvedProtocol:
    overrides: Mapping[str, Value] = row.overrides
    found = resolve(content, (), overrides, row.clinic_code)
    return ResolvedProtocol(
        id=row.id,
        clinic_id=row.clinic_id,
        template_id=row.template_id,
        version_id=row.version_id,
        template_code=row.template_code,
        kind=ProtocolKind(row.protocol_kind),
        version_number=row.number,
        state=AdoptionState(row.state),
        content=found.content,
        changes=found.changes,
        add_on_keys=tuple(row.add_on_keys or ()),
    )
