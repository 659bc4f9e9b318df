from asyncio import to_thread
from datetime import datetime
from typing import Annotated

import strawberry
from sqlmodel.ext.asyncio.session import AsyncSession
from strawberry import relay

from schema.access.rules import Actor, Permission
from schema.context import Info, now_of
from schema.courses import store as courses
from schema.courses.rules import check_active
from schema.errors import BadRequest, NotFound, RuleViolation
from schema.fields import By, Reads, key_of
from schema.paging import DEFAULT_FIRST, After, First, Page, connection
from schema.protocols import store as protocols
from schema.scheduling import store
from schema.scheduling.rules import Offer, Search, answers
from schema.scheduling.types.appointments import Appointment
from schema.scheduling.types.availability import (
    Availability,
    AvailabilityInput,
    VisitInput,
    WhereInput,
)
from schema.scheduling.types.changes import AppointmentFilter

Asked = Annotated[AvailabilityInput, strawberry.argument(description="Where, what and when.")]
Which = Annotated[AppointmentFilter | None, strawberry.argument(description="Only some of them.")]
Identity = Annotated[relay.GlobalID, strawberry.argument(description="The visit's id.")]
WhichClinic = Annotated[By, strawberry.argument(description="Where it was booked.")]
Reference = Annotated[
    str, strawberry.argument(description="The `externalReference` that you gave.")
]


async def _for_visit(
    actor: Actor,
    session: AsyncSession,
    where: WhereInput,
    visit: VisitInput,
    search: Search,
    now: datetime,
) -> list[Offer]:
    scope, wish = actor.scope(Permission.AVAILABILITY_READ), visit.wish()
    offers = await store.offers(session, scope, where.value(), wish, search.window, now)
    mistyped = not offers and isinstance(wish.protocol, str)
    if mistyped and await protocols.template(session, wish.protocol) is None:
        raise NotFound("protocol", wish.protocol)
    return offers


async def _for_course(
    actor: Actor, session: AsyncSession, course: By, search: Search, now: datetime
) -> list[Offer]:
    """Raises: AccessDenied, NotFound, BadRequest where nothing of the course is left."""
    key, scope = course.key("Course", "course"), actor.scope(Permission.AVAILABILITY_READ)
    found = await courses.course(session, actor.require(Permission.COURSES_READ), key)
    if found is None or found.clinic_id not in scope:
        raise NotFound("course", key)
    try:
        check_active(found.state)
    except RuleViolation as error:
        raise BadRequest(error.message) from error
    return await store.course_offers(session, scope, found, search.window, now)


@strawberry.type
class SchedulingQueries:
    @strawberry.field(extensions=[Reads(Permission.AVAILABILITY_READ)])
    async def availability(self, info: Info, input: Asked) -> Availability:
        """The free starts of a visit, in one clinic or in many. Nothing is reserved by asking."""
        wanted = input.wanted()
        async with info.context.reading() as session:
            now = now_of(await session.connection(), info.context.clock_offset)
            search = input.search(now)
            if isinstance(wanted, By):
                offers = await _for_course(info.context.actor, session, wanted, search, now)
            else:
                offers = await _for_visit(info.context.actor, session, *wanted, search, now)
        return Availability.of(now, await to_thread(answers, offers, search, now))

    @strawberry.field(extensions=[Reads(Permission.APPOINTMENTS_READ)])
    async def appointment(self, info: Info, id: Identity) -> Appointment | None:
        """One visit; null where there is none, or none that you may see."""
        scope = info.context.actor.scope(Permission.APPOINTMENTS_READ)
        async with info.context.reading() as session:
            row = await store.appointment(session, scope, key_of(id, "Appointment", "appointment"))
        return Appointment.of(row) if row else None

    @strawberry.field(extensions=[Reads(Permission.APPOINTMENTS_BOOK)])
    async def appointment_by_reference(
        self, info: Info, clinic: WhichClinic, external_reference: Reference
    ) -> Appointment | None:
        """The visit that you booked under a reference of yours, in whatever state; null where you
        booked none. A partner whose answer was lost, or whom `bookAppointment` answers
        `REFERENCE_TAKEN`, finds here what it booked, by any of its keys."""
        actor = info.context.actor
        async with info.context.reading() as session:
            row = await store.appointment_by_reference(
                session,
                actor.scope(Permission.APPOINTMENTS_BOOK),
                clinic.key("Clinic", "clinic"),
                external_reference.strip(),
                actor.id,
            )
        return Appointment.of(row) if row else None

    @strawberry.field(extensions=[Reads(Permission.APPOINTMENTS_READ)])
    async def appointments(
        self, info: Info, filter: Which = None, first: First = DEFAULT_FIRST, after: After = None
    ) -> relay.Connection[Appointment]:
        """The visits to the clinics you may see, by start."""
        page, scope = Page(first, after), info.context.actor.scope(Permission.APPOINTMENTS_READ)
        wanted = filter or AppointmentFilter()
        async with info.context.reading() as session:
            rows = await store.appointments(
                session,
                scope,
                page,
                clinic=wanted.clinic.key("Clinic", "clinic") if wanted.clinic else None,
                state=wanted.state,
                starts_from=wanted.from_,
                starts_before=wanted.to,
            )
        return connection(rows, page, store.BY_START, Appointment.of)
