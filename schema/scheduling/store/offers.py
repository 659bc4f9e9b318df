"""Which clinics offer a visit, each with its calendar: a fixed number of statements for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from schema.base import Reader, columns, execute, fetch
from schema.clinics import store as clinics
from schema.clinics.models import ClinicRow
from schema.clinics.rules import ClinicStatus
from schema.context import Context
from schema.courses import store as courses
from schema.courses.models import CourseRow
from schema.courses.rules import spacing_in_force
from schema.intervals import Interval
from schema.protocols.models import ClinicProtocolRow, ProtocolTemplateRow
from schema.protocols.rules import ProtocolKind
from schema.scheduling.rules import ClinicCalendar, Offer, Offered, Where, Wish, offering
from schema.scheduling.store.calendars import clinic_calendars
from schema.scheduling.store.live import LiveCalendars
from schema.scheduling.store.offerings import Offerings
from schema.scope import Scope

MOST_CLINICS = 1000


@dataclass(frozen=True, slots=True)
class Memory:
    """What this process keeps, to answer searches from; `fresh` asks the tables what has changed
    since it was loaded."""

    engine: AsyncEngine
    live: LiveCalendars
    offerings: Offerings
    fresh: bool = False

    @classmethod
    def of(cls, context: Context, *, fresh: bool = False) -> "Memory":
        kept = context.kept
        return cls(context.engine, kept.get(LiveCalendars), kept.get(Offerings), fresh)

    def as_of(self, now: datetime) -> datetime:
        """As of when an answer is that was asked for at `now`."""
        return now if self.fresh else self.live.as_of(now)


async def offers(
    session: Reader,
    scope: Scope,
    where: Where,
    wish: Wish,
    window: Interval,
    now: datetime,
    memory: Memory | None = None,
) -> list[Offer]:
    """The live clinics in scope that offer the protocol, by code, or the nearest first.

    Two statements where all is known, however many clinics. Without a memory: from the tables, as
    the session's own transaction sees them.
    """
    places = await _live_clinics(session, scope, where)
    known = (memory.offerings if memory else Offerings()).of
    offering = await known(session, scope, places, wish, now)
    offered = [each for each in places if each.id in offering]
    calendars = await _calendars(session, scope, offered, window, now, memory)
    return [
        offering[each.id].at(
            each.id, calendars[each.id], where.distance_km(each.latitude, each.longitude)
        )
        for each in offered
    ]


async def _calendars(
    session: Reader,
    scope: Scope,
    places: Sequence[ClinicRow],
    window: Interval,
    now: datetime,
    memory: Memory | None,
) -> Mapping[UUID, ClinicCalendar]:
    if memory is None:
        return await clinic_calendars(session, places, scope, window, now)
    ids = [each.id for each in places]
    kept = await memory.live.calendars(memory.engine, ids, now, fresh=memory.fresh)
    return {each: kept[each].calendar for each in ids}


async def course_offers(
    session: Reader,
    scope: Scope,
    course: CourseRow,
    window: Interval,
    now: datetime,
    memory: Memory | None = None,
) -> list[Offer]:
    """The next visit of a course in its clinic, as it was sold; none where that is not live."""
    places = await _live_clinics(session, scope, Where(clinics=(course.clinic_id,)))
    calendars = await _calendars(session, scope, places, window, now, memory)
    kept = offering(await _kept(session, scope, course), wish_of(course))
    return [kept.at(clinic_id, calendar) for clinic_id, calendar in calendars.items()]


async def _kept(session: Reader, scope: Scope, course: CourseRow) -> Offered:
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
        course.clinic_protocol_id,
        code,
        ProtocolKind(kind),
        applied.content,
        add_ons=None,
        kept=spacing,
        course_id=course.id,
    )


def wish_of(course: CourseRow) -> Wish:
    """What a course sold, as a wish for its next visit."""
    return Wish(
        protocol=course.clinic_protocol_id,
        areas=tuple(course.areas),
        variant=courses.variant(course),
        add_ons=tuple(course.add_on_keys),
    )


async def _live_clinics(session: Reader, scope: Scope, where: Where) -> list[ClinicRow]:
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
            _found_in(where),
        )
        .order_by(col(ClinicRow.code).collate("C"))
        .limit(MOST_CLINICS)
    )
    return await fetch(session, ClinicRow, query)


def _found_in(where: Where) -> ColumnElement[bool]:
    if where.region is not None:
        return col(ClinicRow.region_id).in_(clinics.regions_within(where.region))
    return clinics.among_named(where.clinics)
