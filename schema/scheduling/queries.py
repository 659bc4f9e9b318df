from typing import Annotated

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.base import Reader
from schema.clinics import store as clinics
from schema.context import Info, now_in
from schema.errors import NotFound
from schema.fields import By, Reads, key_of
from schema.paging import DEFAULT_FIRST, After, First, Page, connection
from schema.scheduling import store
from schema.scheduling.store.allowance import Allowance
from schema.scheduling.store.prerequisites import PREREQUISITES_BY_PLACE, prerequisites
from schema.scheduling.store.searching import Searching, answered
from schema.scheduling.store.why import Judging
from schema.scheduling.types.appointments import Appointment
from schema.scheduling.types.availability import Availability
from schema.scheduling.types.changes import AppointmentFilter
from schema.scheduling.types.prerequisites import Prerequisite, PrerequisiteFilter
from schema.scheduling.types.reasons import Bookability, WhyNotInput
from schema.scheduling.types.searches import AvailabilityInput

Asked = Annotated[AvailabilityInput, strawberry.argument(description="Where, what and when.")]
AskedWhy = Annotated[WhyNotInput, strawberry.argument(description="What, where and when.")]
Which = Annotated[AppointmentFilter | None, strawberry.argument(description="Only some of them.")]
WhichPrerequisites = Annotated[
    PrerequisiteFilter | None, strawberry.argument(description="Only some of them.")
]
Identity = Annotated[relay.GlobalID, strawberry.argument(description="The visit's id.")]
WhichClinic = Annotated[By, strawberry.argument(description="Where it was booked.")]
Reference = Annotated[
    str, strawberry.argument(description="The `externalReference` that you gave.")
]


@strawberry.type
class SchedulingQueries:
    @strawberry.field(extensions=[Reads(Permission.AVAILABILITY_READ)])
    async def availability(self, info: Info, input: Asked) -> Availability:
        """The free starts of a visit, in one clinic or in many. Nothing is reserved by asking."""
        context, wanted = info.context, input.wanted()
        memory, allowance = store.Memory.of(context, fresh=input.fresh), context.own.get(Allowance)
        async with allowance.turn:
            # Calendars in memory are as of later than the query began: the rest must be, too.
            async with context.reading_anew() as session:
                now = await now_in(session, context.clock_offset)
                search = input.search(now)
                searching = Searching(session, context.actor, wanted, search, now, memory)
                offers = await searching.offers()
                offers = await store.with_beyond(session, searching.scope, offers, search, now)
            found = await answered(offers, search, now, allowance)
        return Availability.of(memory.as_of(now), found, now, allowance)

    @strawberry.field(extensions=[Reads(Permission.AVAILABILITY_READ)])
    async def why_not_bookable(self, info: Info, input: AskedWhy) -> Bookability:
        """Whether a visit can be booked at a start, or on a day, and if not every reason: what
        stops it, until when, and who may set that aside. Always as of now, from the tables; what
        was found about a client is told as to whoever may read it."""
        context, question = info.context, input.question()
        async with context.own.get(Allowance).turn, context.reading_anew() as session:
            now = await now_in(session, context.clock_offset)
            verdict = await Judging(session, context.actor, now).verdict(question)
        return Bookability.of(verdict, question, context.actor, now)

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

    @strawberry.field(extensions=[Reads(Permission.PROTOCOLS_READ)])
    async def prerequisites(
        self,
        info: Info,
        filter: WhichPrerequisites = None,
        first: First = DEFAULT_FIRST,
        after: After = None,
    ) -> relay.Connection[Prerequisite]:
        """What headquarters set to come before treatments, by jurisdiction. All of what holds in a
        place applies, the nearer and the farther; an owner's own besides."""
        page, wanted = Page(first, after), filter or PrerequisiteFilter()
        async with info.context.reading() as session:
            chain = await _chain(session, wanted.jurisdiction_code)
            rows = await prerequisites(session, page, jurisdictions=chain, on=wanted.on)
        return connection(rows, page, PREREQUISITES_BY_PLACE, Prerequisite.of)


async def _chain(session: Reader, code: str | None) -> tuple[str, ...] | None:
    """The jurisdiction with this code and its parents. Raises: NotFound."""
    if code is None:
        return None
    chain = (await clinics.jurisdiction_chains(session)).get(code.strip().upper())
    if chain is None:
        raise NotFound("jurisdiction", code)
    return chain
