"""What a version of a template is judged by: packages on sale, and what live clinics have."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlmodel import col

from schema.base import Reader, among, columns, execute, fetch
from schema.clinics import store as clinics
from schema.clinics.models import ClinicRow
from schema.clinics.rules import ClinicStatus, local_day
from schema.clinics.store import today_by
from schema.governance.rules import PackageOnSale, Site
from schema.paging import grouped
from schema.practitioners import store as practitioners
from schema.pricing.models import PackageRow
from schema.protocols.models import ClinicProtocolRow, ProtocolVersionRow
from schema.protocols.rules import CourseSeverity, ProtocolContent, overlaid
from schema.protocols.store import PUBLIC
from schema.protocols.store.layers import layers
from schema.protocols.store.overlays import overlay_documents
from schema.scheduling.rules import Resource, device, practitioner, room
from schema.scope import Scope

#: By clinic.
Rows = Mapping[UUID, Sequence[Any]]

Adopted = ClinicProtocolRow


async def newest_published(session: Reader, template_id: UUID) -> int | None:
    """The highest number that a version of the template was ever published under."""
    version = ProtocolVersionRow
    query = select(func.max(col(version.number))).where(
        col(version.template_id) == template_id, among(col(version.state), PUBLIC)
    )
    found: int | None = (await execute(session, query)).scalar_one()
    return found


async def packages_on_sale(
    session: Reader, scope: Scope, template_id: UUID, content: ProtocolContent
) -> list[PackageOnSale]:
    """The packages that clinics sell today or later of what they adopted of the template, by the
    clinic's code and their own; each as `content` would apply there, and as what the clinic has
    does. Also where it does not offer the protocol at the moment: it can again, and its packages
    with it."""
    rows = list(await execute(session, selling(scope, col(Adopted.template_id) == template_id)))
    adoptions = list({row.clinic_protocol_id for row in rows})
    contents = await _applied(session, scope, adoptions, content)
    return [on_sale(row, *contents[row.clinic_protocol_id]) for row in rows]


async def _applied(
    session: Reader, scope: Scope, adoptions: Sequence[UUID], content: ProtocolContent
) -> Mapping[UUID, tuple[ProtocolContent, ProtocolContent]]:
    """What a version comes to under each adoption, under the overlays in force there today and
    what the clinic set for itself; and what the version that it has does. The former is not kept:
    while it is not published, it may change."""
    if not adoptions:
        return {}
    found = await layers(session, adoptions, scope)
    combinations = {each.overlay_ids for each in found}
    documents = await overlay_documents(session, {key for each in combinations for key in each})
    lower = {each: overlaid(content, [documents[key] for key in each]) for each in combinations}
    return {
        each.row.id: (
            each.over(lower[each.overlay_ids]).content,
            each.applied.content,
        )
        for each in found
    }


def selling(scope: Scope, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The packages on sale today or later of the adoptions that meet the conditions."""
    package = PackageRow
    return (
        select(*columns(package), col(ClinicRow.code).label("clinic_code"))
        .join(Adopted, col(Adopted.id) == package.clinic_protocol_id)
        .join(ClinicRow, col(ClinicRow.id) == package.clinic_id)
        .where(
            *conditions,
            scope.where(Adopted.clinic_id),
            col(ClinicRow.status) != ClinicStatus.CLOSED,
            or_(
                col(package.valid_to).is_(None),
                col(package.valid_to) >= today_by(ClinicRow.time_zone),
            ),
        )
        .order_by(col(ClinicRow.code), col(package.code))
    )


def on_sale(row: Any, content: ProtocolContent, before: ProtocolContent) -> PackageOnSale:
    """A package of `selling`, as it would be of `content` and is of `before`."""
    return PackageOnSale(
        id=row.id,
        code=row.code,
        severity=CourseSeverity(row.severity) if row.severity else None,
        sessions=row.sessions,
        validity_days=row.validity_days,
        clinic_id=row.clinic_id,
        clinic_code=row.clinic_code,
        clinic_protocol_id=row.clinic_protocol_id,
        content=content,
        before=before,
    )


async def live_sites(session: Reader, scope: Scope, now: datetime) -> list[Site]:
    """The clinics that are live, by code, each with what it works with today."""
    query = (
        select(*columns(ClinicRow))
        .where(scope.where(ClinicRow.id), col(ClinicRow.status) == ClinicStatus.LIVE)
        .order_by(col(ClinicRow.code))
    )
    rows = await fetch(session, ClinicRow, query)
    if not rows:
        return []
    ids = [each.id for each in rows]
    rooms = await clinics.all_rooms(session, ids, scope)
    devices = await clinics.all_devices(session, ids, scope)
    people = await _people(session, rows, scope)
    return [
        Site(
            each.id,
            each.code,
            local_day(now, ZoneInfo(each.time_zone)),
            (
                *(room(one.resource_no, one.room_kind) for one in rooms.get(each.id, ())),
                *(_device(one) for one in devices.get(each.id, ())),
                *people.get(each.id, ()),
            ),
        )
        for each in rows
    ]


def _device(row: Any) -> Resource:
    return device(
        row.resource_no,
        row.device_class,
        row.greatest_depth_mm,
        row.service_due_on,
        row.asks_for,
    )


async def _people(
    session: Reader, rows: Sequence[ClinicRow], scope: Scope
) -> dict[UUID, list[Resource]]:
    """Who is ever assigned to each clinic, under the law of its place."""
    ids = [each.id for each in rows]
    assigned: Rows = await practitioners.assignments_by_clinic(session, ids, scope)
    known = sorted({one.practitioner_id for each in assigned.values() for one in each})
    credentials = await practitioners.credentials_by_practitioner(session, known, scope)
    certifications = await practitioners.certifications_by_practitioner(session, known, scope)
    scope_rules = await practitioners.scope_rules(session)
    chains = await clinics.jurisdiction_chains(session)
    return {
        each.id: [
            practitioner(
                assignments[0].resource_no,
                assignments,
                credentials.get(person, ()),
                scope_rules,
                chains[each.jurisdiction_code],
                certifications.get(person, ()),
            )
            for person, assignments in grouped(assigned.get(each.id, ()), "practitioner_id").items()
        ]
        for each in rows
    }
