"""Booking a visit."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from schema.access.rules import ActorKind
from schema.clients.actions import check_no_hold, client_in_scope
from schema.clients.models import ClientRow
from schema.clients.rules import check_reference
from schema.clinics.actions import Key, clinic_in_scope
from schema.clinics.models import ClinicRow
from schema.clinics.rules import local_day
from schema.context import Work
from schema.courses import store as courses
from schema.courses.models import CourseRow
from schema.courses.rules import (
    SessionState,
    Spacing,
    check_active,
    check_interval,
    spacing_in_force,
)
from schema.errors import NotFound
from schema.practitioners import store as practitioners
from schema.protocols import store as protocols
from schema.protocols.rules import AdoptionState, ProtocolContent, check_visit, spacing_for
from schema.scheduling import store
from schema.scheduling.actions.taking import (
    BOOKED_BEFORE,
    Place,
    lock_calendar,
    place,
    take,
)
from schema.scheduling.models import AppointmentRow
from schema.scheduling.rules import (
    ReferenceTaken,
    Visit,
    Wish,
    check_clinic,
    check_course_has_room,
    check_course_visit,
    check_start,
)


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is to be done, as the clinic does it or as a course pinned it."""

    clinic_protocol_id: UUID
    version_id: UUID
    template_code: str
    content: ProtocolContent
    wish: Wish
    spacing: Spacing | None
    course: CourseRow | None = None


async def book_appointment(
    work: Work,
    *,
    clinic: Key,
    client: Key,
    starts_at: datetime,
    wish: Wish | None = None,
    course: Key | None = None,
    practitioner: Key | None = None,
    external_reference: str | None = None,
) -> AppointmentRow:
    """Book a client's visit: a single one by `wish`, or the next session of a course.

    A partner books those clients that it registered, under a reference of its own. Locked in this
    order: client, course, adoption, calendar; until the visit is booked, the clinic changes nothing
    of what it offers.

    Raises: NotFound, ClinicNotBookable, StartNotBookable, HoldStops, NotYet, CourseNotActive,
    CourseNotBookable, IntervalTooShort, NothingSuitable, PractitionerNotSuitable, ReferenceTaken,
    SlotTaken, what `check_visit` and `check_reference` raise.
    """
    here = await clinic_in_scope(work, clinic)
    check_clinic(here.status)
    check_start(starts_at, work.now)
    guest = await _client(work, here, client)
    reference = await _reference(work, here, external_reference)
    treatment = await _treatment(work, here, guest, wish, course)
    day = local_day(starts_at, ZoneInfo(here.time_zone))
    await check_no_hold(work, guest, treatment.template_code, day)
    visit = Visit.of(
        treatment.content,
        treatment.wish,
        treatment.template_code,
        guests=(guest.resource_no,),
        led_by=await _number_of(work, practitioner),
    )
    wanted = await place(work, here, visit, starts_at.astimezone(UTC))
    await lock_calendar(work, here.id)
    await _check_spacing(work, guest, treatment, day)
    row = _appointment(work, guest, treatment, wanted, reference)
    await take(work, wanted, row)
    work.record(
        "appointment.booked", here.id, row, client_id=guest.id, starts_at=starts_at.isoformat()
    )
    return row


async def _client(work: Work, here: ClinicRow, key: Key) -> ClientRow:
    found = await client_in_scope(work, key)
    by_partner = work.actor.kind is ActorKind.PARTNER
    if found.clinic_id != here.id or (by_partner and found.partner_id != work.actor.id):
        raise NotFound("client", key, field="client")
    # Shared: whoever links the client, and so gives it another number, waits or is waited for.
    return await work.session.get_one(ClientRow, found.id, with_for_update={"read": True})


async def _reference(work: Work, here: ClinicRow, given: str | None) -> str | None:
    """What the caller calls the visit; said before what is free, so that whoever lost an answer
    and asks again does not book another start. Raises: ReferenceTaken, what the check raises."""
    reference = check_reference(given, needed=work.actor.kind is ActorKind.PARTNER)
    booked_by = work.actor.id
    if reference and await store.reference_taken(work.session, here.id, reference, booked_by):
        raise ReferenceTaken(BOOKED_BEFORE, field="externalReference")
    return reference


async def _number_of(work: Work, practitioner: Key | None) -> int | None:
    if practitioner is None:
        return None
    found = await practitioners.practitioner(work.session, work.scope, practitioner)
    if found is None:
        raise NotFound("practitioner", practitioner, field="practitioner")
    return found.resource_no


async def _treatment(
    work: Work, here: ClinicRow, client: ClientRow, wish: Wish | None, course: Key | None
) -> Treatment:
    if course is not None:
        return await _course_session(work, client, course)
    assert wish is not None, "a single visit says what it is for"
    return await _single_visit(work, here, wish)


async def _single_visit(work: Work, here: ClinicRow, wish: Wish) -> Treatment:
    adopted = await store.adoptions(work.session, work.scope, [here.id], wish.protocol)
    key = adopted.get(here.id)
    held = await protocols.lock_adoption_shared(work.session, work.scope, key) if key else None
    if key is None or held is None or held.state != AdoptionState.OFFERED:
        raise NotFound("protocol", wish.protocol, field="visit.protocol")
    found = (await protocols.resolved_protocols(work.session, [key], work.scope))[key]
    check_visit(found.content, wish.areas, wish.variant, wish.add_ons, offered=found.add_on_keys)
    return Treatment(
        clinic_protocol_id=key,
        version_id=found.version_id,
        template_code=found.template_code,
        content=found.content,
        wish=wish,
        spacing=spacing_for(found.content, wish.variant, wish.areas),
    )


async def _course_session(work: Work, client: ClientRow, key: Key) -> Treatment:
    """The treatment as the course pinned it; the clinic may follow a later version by now.

    Raises: NotFound, CourseNotActive; what `check_visit` raises where the law of the place does not
    allow any more what was sold.
    """
    named = await courses.course(work.session, work.scope, key)
    if named is None or named.client_id != client.id:
        raise NotFound("course", key, field="course")
    check_active(named.state)
    # Shared, and before the calendar: whoever calls the course off waits or is waited for.
    course = await work.session.get_one(CourseRow, named.id, with_for_update={"read": True})
    check_active(course.state)
    adoption = course.clinic_protocol_id
    await protocols.lock_adoption_shared(work.session, work.scope, adoption)
    found = (await protocols.resolved_protocols(work.session, [adoption], work.scope))[adoption]
    applied = await courses.pinned_protocol(work.session, course, work.scope)
    wish = store.wish_of(course)
    check_course_visit(applied.content, wish)
    return Treatment(
        clinic_protocol_id=adoption,
        version_id=course.version_id,
        template_code=found.template_code,
        content=applied.content,
        wish=wish,
        spacing=spacing_in_force(course, applied, wish.variant, wish.areas),
        course=course,
    )


async def _check_spacing(work: Work, client: ClientRow, treatment: Treatment, day: date) -> None:
    """Raise what the course and the client's other visits say of that day: under the lock."""
    if course := treatment.course:
        sessions = await courses.sessions_by_course(work.session, [course.id], work.scope)
        planned = [each for each in sessions[course.id] if each.state == SessionState.PLANNED]
        booked = await store.count_booked(work.session, work.scope, course.id, work.now)
        check_course_has_room(day, course.expires_on, len(planned), booked)
    if treatment.spacing is not None:
        areas = treatment.wish.areas
        done = await courses.days_done(work.session, client, areas)
        booked_days = await store.days_booked(work.session, client.resource_no, areas, work.now)
        check_interval([*done, *booked_days], day, treatment.spacing, "startsAt")


def _appointment(
    work: Work,
    client: ClientRow,
    treatment: Treatment,
    wanted: Place,
    reference: str | None,
) -> AppointmentRow:
    return AppointmentRow(
        clinic_id=client.clinic_id,
        client_id=client.id,
        course_id=treatment.course.id if treatment.course else None,
        clinic_protocol_id=treatment.clinic_protocol_id,
        version_id=treatment.version_id,
        areas=list(treatment.wish.areas),
        add_on_keys=list(treatment.wish.add_ons),
        indication=treatment.wish.variant.indication,
        severity=treatment.wish.variant.severity,
        depth_mm=treatment.wish.variant.depth_mm,
        starts_at=wanted.start,
        ends_at=wanted.start + timedelta(minutes=wanted.visit.minutes),
        external_reference=reference,
        booked_by=work.actor.id,
    )
