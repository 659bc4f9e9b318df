"""What has to come before treatments, and which of it a client has had or has booked."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import col

from schema.base import Reader, among, columns, execute, fetch, fetch_among
from schema.clients.models import ClientRow
from schema.clinics import store as clinics
from schema.clinics.models import ClinicRow
from schema.context import every_clinic
from schema.paging import Order, Page, grouped, keyed
from schema.practitioners.models import CredentialRow, PractitionerRow
from schema.practitioners.rules import types_held
from schema.protocols.models import ClinicProtocolRow, ProtocolTemplateRow
from schema.protocols.rules import ProtocolKind
from schema.scheduling.models import AllocationRow, AppointmentRow, PrerequisiteRow
from schema.scheduling.rules.appointments import LIVE_ALLOCATIONS, AllocatedKind, AppointmentState
from schema.scheduling.rules.prerequisites import Done, Prerequisite
from schema.scope import Scope

PREREQUISITES_BY_PLACE = Order.by(col(PrerequisiteRow.jurisdiction_code), col(PrerequisiteRow.id))
#: What took place, or is to.
KEPT = (AppointmentState.BOOKED, AppointmentState.COMPLETED)


async def prerequisites(
    session: Reader,
    page: Page,
    *,
    jurisdictions: Collection[str] | None = None,
    on: date | None = None,
) -> list[PrerequisiteRow]:
    """A page of what was set, by jurisdiction: in any of these, in force on a day."""
    row = PrerequisiteRow
    query = select(*columns(row))
    if jurisdictions is not None:
        query = query.where(among(col(row.jurisdiction_code), jurisdictions))
    if on is not None:
        query = query.where(col(row.from_on) <= on, _not_ended(on))
    return await fetch(session, row, PREREQUISITES_BY_PLACE.apply(query, page))


def _not_ended(day: date) -> ColumnElement[bool]:
    ends = col(PrerequisiteRow.to_on)
    return or_(ends.is_(None), ends >= day)


async def prerequisites_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, PrerequisiteRow]:
    rows = await fetch_among(session, PrerequisiteRow, PrerequisiteRow.id, ids)
    return keyed(rows)


async def prerequisites_in(
    session: Reader, jurisdictions: Collection[str], since: date
) -> list[Prerequisite]:
    """What was set for these jurisdictions themselves and is in force on `since` or later."""
    row = PrerequisiteRow
    query = (
        select(*columns(row))
        .where(among(col(row.jurisdiction_code), jurisdictions), _not_ended(since))
        .order_by(col(row.jurisdiction_code), col(row.id))
    )
    return [prerequisite_of(each) for each in await fetch(session, row, query)]


def prerequisite_of(row: PrerequisiteRow) -> Prerequisite:
    """A row as the rules see it."""
    return Prerequisite(
        jurisdiction_code=row.jurisdiction_code,
        visit_kind=ProtocolKind(row.visit_kind),
        owner_id=row.owner_id,
        template_codes=_any_of(row.template_codes),
        areas=_any_of(row.areas),
        add_on_keys=_any_of(row.add_on_keys),
        credential_types=_any_of(row.credential_types),
        remote_allowed=row.remote_allowed,
        min_days=row.min_days,
        max_days=row.max_days,
        from_on=row.from_on,
        to_on=row.to_on,
    )


def _any_of(names: Sequence[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


async def visits_done(
    session: Reader, client: ClientRow, kinds: Collection[ProtocolKind]
) -> list[Done]:
    """The client's visits of these kinds that took place or are booked to, by day.

    Of a linked client, in whatever clinic: kind and day and as what its people are licensed, and
    neither where nor what. Days are those of the clinic in question.
    """
    async with every_clinic(session):
        rows = list(await execute(session, _visits(client, kinds)))
        held = await _credentials(session, [each.id for each in rows]) if rows else {}
    chains = await clinics.jurisdiction_chains(session) if held else {}
    return [
        Done(
            ProtocolKind(each.protocol_kind),
            each.day,
            types_held(held.get(each.id, ()), each.day, chains.get(each.jurisdiction_code, ())),
            each.ends_at,
        )
        for each in rows
    ]


def _visits(client: ClientRow, kinds: Collection[ProtocolKind]) -> Any:
    row, visitor, adopted = AppointmentRow, ClientRow, ClinicProtocolRow
    same = col(visitor.id) == client.id
    if client.person_id is not None:
        same = or_(same, col(visitor.person_id) == client.person_id)
    local = func.date(func.timezone(ClinicRow.time_zone, row.starts_at))
    return (
        select(
            col(row.id),
            local.label("day"),
            col(row.ends_at),
            col(ProtocolTemplateRow.protocol_kind),
            col(ClinicRow.jurisdiction_code),
        )
        .select_from(row)
        .join(visitor, col(visitor.id) == row.client_id)
        .join(ClinicRow, col(ClinicRow.id) == row.clinic_id)
        .join(adopted, col(adopted.id) == row.clinic_protocol_id)
        .join(ProtocolTemplateRow, col(ProtocolTemplateRow.id) == adopted.template_id)
        .where(
            same,
            among(col(row.state), KEPT),
            among(col(ProtocolTemplateRow.protocol_kind), kinds),
        )
        .order_by(col(row.starts_at), col(row.id))
    )


async def _credentials(
    session: Reader, appointment_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[Any]]:
    """The licences of those who treat in each visit, whether valid or not."""
    taken, licence = AllocationRow, CredentialRow
    query = (
        select(
            col(taken.appointment_id),
            col(licence.credential_type),
            col(licence.jurisdiction_code),
            col(licence.expires_on),
        )
        .join(PractitionerRow, col(PractitionerRow.resource_no) == taken.resource_no)
        .join(licence, col(licence.practitioner_id) == PractitionerRow.id)
        .where(
            among(col(taken.appointment_id), appointment_ids),
            col(taken.resource_kind) == AllocatedKind.PRACTITIONER,
            among(col(taken.state), LIVE_ALLOCATIONS),
        )
    )
    return grouped(list(await execute(session, query)), "appointment_id")
