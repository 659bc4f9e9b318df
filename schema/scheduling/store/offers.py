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
from schema.courses.rules import spacing_in_force
from schema.intervals import Interval
from schema.protocols.models import ClinicProtocolRow, ProtocolTemplateRow
from schema.protocols.rules import AdoptionState, ProtocolKind
from schema.protocols.store import ResolvedProtocol, resolved_protocols
from schema.scheduling.rules import Offer, Offered, Where, Wish, offer
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
        offer(
            each.id,
            calendars[each.id],
            _offered(resolved[adopted[each.id]]),
            wish,
            where.distance_km(each.latitude, each.longitude),
        )
        for each in offering
    ]


def _offered(found: ResolvedProtocol) -> Offered:
    return Offered(found.id, found.template_code, found.kind, found.content, found.add_on_keys)


async def course_offers(
    session: AsyncSession, scope: Scope, course: CourseRow, window: Interval, now: datetime
) -> list[Offer]:
    """The next visit of a course in its clinic, as it was sold; none where that is not live."""
    places = await _live_clinics(session, scope, Where(clinics=(course.clinic_id,)))
    calendars = await clinic_calendars(session, places, scope, window, now)
    kept, wish = await _kept(session, scope, course), wish_of(course)
    return [offer(clinic_id, calendar, kept, wish) for clinic_id, calendar in calendars.items()]


async def _kept(session: AsyncSession, scope: Scope, course: CourseRow) -> Offered:
    """The protocol as a course keeps it, at its interval."""
    applied = await courses.pinned_protocol(session, course, scope)
    adopted, template = ClinicProtocolRow, ProtocolTemplateRow
    query = (
        select(col(template.code), col(template.protocol_kind))
        .join(adopted, col(adopted.template_id) == template.id)
        .where(col(adopted.id) == course.clinic_protocol_id, scope.where(adopted.clinic_id))
    )
    code, kind = (await execute(session, query)).one()
    spacing = spacing_in_force(course, applied, courses.variant(course), course.areas)
    return Offered(
        course.clinic_protocol_id, code, ProtocolKind(kind), applied.content, None, spacing
    )


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
