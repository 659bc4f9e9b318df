"""Which clinics offer a visit, each with its calendar: a fixed number of statements for all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schema.base import among, columns, execute, fetch, named
from schema.clinics import store as clinics
from schema.clinics.models import ClinicRow
from schema.clinics.rules import ClinicStatus
from schema.courses import store as courses
from schema.courses.models import CourseRow
from schema.intervals import Interval
from schema.protocols.models import ClinicProtocolRow, ProtocolTemplateRow
from schema.protocols.rules import AdoptionState
from schema.protocols.store import resolved_protocols
from schema.scheduling.rules import Offer, Where, Wish, offer
from schema.scheduling.store.calendars import clinic_calendars
from schema.scope import Scope

MOST_CLINICS = 1000


async def offers(
    session: AsyncSession,
    scope: Scope,
    where: Where,
    wish: Wish,
    window: Interval,
    now: datetime,
) -> list[Offer]:
    """The live clinics in scope that offer the protocol, by code, or the nearest first."""
    places = await _live_clinics(session, scope, where)
    adopted = await adoptions(session, scope, [each.id for each in places], wish.protocol)
    resolved = await resolved_protocols(session, list(adopted.values()), scope)
    offering = [each for each in places if each.id in adopted]
    calendars = await clinic_calendars(session, offering, scope, window, now)
    return [
        offer(clinic_id, calendar, found.content, found.template_code, found.add_on_keys, wish)
        for clinic_id, calendar in calendars.items()
        for found in [resolved[adopted[clinic_id]]]
    ]


async def course_offers(
    session: AsyncSession, scope: Scope, course: CourseRow, window: Interval, now: datetime
) -> list[Offer]:
    """The next visit of a course in its clinic, as it was sold; none where that is not live."""
    places = await _live_clinics(session, scope, Where(clinics=(course.clinic_id,)))
    applied = await courses.pinned_protocol(session, course, scope)
    code = await _template_code(session, scope, course.clinic_protocol_id)
    calendars = await clinic_calendars(session, places, scope, window, now)
    return [
        offer(clinic_id, calendar, applied.content, code, None, wish_of(course))
        for clinic_id, calendar in calendars.items()
    ]


async def _template_code(session: AsyncSession, scope: Scope, adoption_id: UUID) -> str:
    adopted, template = ClinicProtocolRow, ProtocolTemplateRow
    query = (
        select(col(template.code))
        .join(adopted, col(adopted.template_id) == template.id)
        .where(col(adopted.id) == adoption_id, scope.where(adopted.clinic_id))
    )
    found: str = (await execute(session, query)).scalar_one()
    return found


def wish_of(course: CourseRow) -> Wish:
    """What a course sold, as a wish for its next visit."""
    return Wish(
        protocol=course.clinic_protocol_id,
        areas=tuple(course.areas),
        variant=courses.variant(course),
        add_ons=tuple(course.add_on_keys),
    )


async def adoptions(
    session: AsyncSession, scope: Scope, clinic_ids: Sequence[UUID], protocol: UUID | str
) -> Mapping[UUID, UUID]:
    """By clinic: the id of its adoption of a protocol, where it still offers it.

    `protocol` is the template's code, or the id of the template or of an adoption.
    """
    adopted, template = ClinicProtocolRow, ProtocolTemplateRow
    query = (
        select(col(adopted.clinic_id), col(adopted.id))
        .join(template, col(template.id) == adopted.template_id)
        .where(
            among(col(adopted.clinic_id), clinic_ids),
            scope.where(adopted.clinic_id),
            col(adopted.state) == AdoptionState.OFFERED,
            or_(named(template, protocol), col(adopted.id) == protocol)
            if isinstance(protocol, UUID)
            else named(template, protocol),
        )
    )
    return {row.clinic_id: row.id for row in await execute(session, query)}


async def _live_clinics(session: AsyncSession, scope: Scope, where: Where) -> list[ClinicRow]:
    if circle := where.circle:
        near = await clinics.clinics_near(
            session, scope, circle.latitude, circle.longitude, circle.radius_km, MOST_CLINICS
        )
        return [each for each in near if each.status == ClinicStatus.LIVE]
    query = (
        select(*columns(ClinicRow))
        .where(
            scope.where(ClinicRow.id),
            col(ClinicRow.status) == ClinicStatus.LIVE,
            _among_named(where),
        )
        .order_by(col(ClinicRow.code).collate("C"))
        .limit(MOST_CLINICS)
    )
    return await fetch(session, ClinicRow, query)


def _among_named(where: Where) -> ColumnElement[bool]:
    if where.region is not None:
        return col(ClinicRow.region_id).in_(clinics.regions_within(where.region))
    ids = [each for each in where.clinics if isinstance(each, UUID)]
    codes = [each.strip().upper() for each in where.clinics if isinstance(each, str)]
    return or_(among(col(ClinicRow.id), ids), among(col(ClinicRow.code), codes))
