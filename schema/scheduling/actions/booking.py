"""Booking a visit: at a start that is free, or at one that is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from schema.access.rules import ActorKind
from schema.clients.models import ClientRow
from schema.clients.rules import check_reference
from schema.clinics.actions import Key
from schema.context import Work
from schema.errors import NotFound
from schema.scheduling import store
from schema.scheduling.actions.asking import Asked, asked_for, by_own_hold
from schema.scheduling.actions.changing import changing
from schema.scheduling.actions.confirming import confirm
from schema.scheduling.actions.own_holds import give_back, held_there, involved
from schema.scheduling.actions.taking import Claim, Place, or_next_starts, take
from schema.scheduling.actions.treatments import Treatment, course_to_book, treatment_for
from schema.scheduling.actions.visitors import (
    check_guest,
    check_other_visits,
    client_to_book,
    leniency_for,
    write_override,
)
from schema.scheduling.models import AppointmentRow, SlotHoldRow
from schema.scheduling.rules import ReferenceTaken, Wish
from schema.scheduling.rules.booking import Leniency, Override, check_pre_care

BOOKED_BEFORE = "You booked under this before: `appointmentByReference` finds the visit."


@dataclass(frozen=True, slots=True)
class Booking:
    """A visit that nothing speaks against but what a turn at the calendar shows."""

    guest: ClientRow
    treatment: Treatment
    leniency: Leniency
    row: AppointmentRow


async def book_appointment(
    work: Work,
    *,
    client: Key,
    clinic: Key | None = None,
    starts_at: datetime | None = None,
    wish: Wish | None = None,
    course: Key | None = None,
    practitioner: Key | None = None,
    slot_token: str | None = None,
    slot_hold: UUID | None = None,
    external_reference: str | None = None,
    pre_care_attested: bool = False,
    override: Override | None = None,
) -> AppointmentRow:
    """Book a client's visit: a single one by `wish`, or the next session of a course.

    Where and when: in a clinic at a start, as a slot token says, or as a hold of the caller's keeps
    it; of who holds that start, see `own_holds`. A partner books those clients that it registered,
    under a reference of its own. Locked in this order: client, course, adoption, calendars; until
    the visit is booked, the clinic changes nothing of what it offers.

    Raises: NotFound, ClinicNotBookable, StartNotBookable, LeadTimeTooShort, BeyondHorizon,
    DailyLimitReached, PreCareNotAttested, HoldStops, NotYet, MissingPrerequisite, CourseNotActive,
    CourseNotBookable, IntervalTooShort, NothingSuitable, PractitionerNotSuitable, ReferenceTaken,
    SlotTaken, HoldExpired, SlotTokenRefused; AccessDenied and ReasonNeeded for an override; what
    `check_visit` and `check_reference` raise.
    """
    asked = await asked_for(
        work,
        clinic=clinic,
        starts_at=starts_at,
        wish=wish,
        course=course,
        practitioner=practitioner,
        slot_token=slot_token,
        slot_hold=slot_hold,
    )
    booking = await _checked(work, asked, client, external_reference, override)
    row = booking.row
    held = await held_there(work, asked.clinic.id, asked.start, row.client_id)
    asked = by_own_hold(asked, row, held)
    await _attest(work, asked, booking, pre_care_attested)
    await _take(work, asked, booking, override, held)
    work.record(
        "appointment.booked",
        row.clinic_id,
        row,
        client_id=row.client_id,
        starts_at=row.starts_at.isoformat(),
        overridden=row.overridden,
    )
    return row


async def _checked(
    work: Work, asked: Asked, client: Key, external_reference: str | None, override: Override | None
) -> Booking:
    """All that is checked before the calendar is asked, each locked in its turn."""
    here, hold = asked.clinic, asked.hold
    leniency = leniency_for(work, here.id, override)
    guest = await client_to_book(work, here, client)
    if hold is not None and hold.client_id not in (None, guest.id):
        raise NotFound("client", client, field="client")
    reference = await _reference(work, here.id, external_reference)
    of_course = await course_to_book(work, guest, asked.course) if asked.course else None
    treatment = await treatment_for(work, here, asked.wish, of_course)
    await check_guest(work, here, guest, treatment, asked.day, asked.start)
    row = _appointment(work, asked, guest, treatment)
    row.external_reference = reference
    return Booking(guest, treatment, leniency, row)


async def _reference(work: Work, clinic_id: UUID, given: str | None) -> str | None:
    """What the caller calls the visit; said before what is free, so that whoever lost an answer
    and asks again does not book another start. Raises: ReferenceTaken, what the check raises."""
    reference = check_reference(given, needed=work.actor.kind is ActorKind.PARTNER)
    booked_by = work.actor.id
    if reference and await store.reference_taken(work.session, clinic_id, reference, booked_by):
        raise ReferenceTaken(BOOKED_BEFORE, field="externalReference")
    return reference


async def _attest(work: Work, asked: Asked, booking: Booking, attested: bool) -> None:
    """Note whether the client's word was needed. A hold counts from when it was made."""
    chosen_at = asked.hold.created_at if asked.hold else work.now
    content = booking.treatment.content
    booking.row.pre_care_attested = check_pre_care(
        content, asked.start, chosen_at, attested, booking.leniency
    )


async def _take(
    work: Work,
    asked: Asked,
    booking: Booking,
    override: Override | None,
    held: Sequence[SlotHoldRow],
) -> None:
    """Book it, in a turn at the clinic's calendar; by a hold, or giving back what is held there."""
    guest, row, leniency = booking.guest, booking.row, booking.leniency
    visit = booking.treatment.visit((guest.resource_no,), asked.led_by)
    chosen_at = asked.hold.created_at if asked.hold else work.now
    place = Place(work, asked.clinic, visit, asked.start, leniency, chosen_at)
    await place.read()
    read = partial(involved, work, place, held)
    async with or_next_starts(place), changing(work, asked.clinic.id, read) as turn:
        await check_other_visits(work, guest, booking.treatment, asked.day, leniency)

        async def write() -> None:
            write_override(work, row, guest, leniency, override)
            await _insert(work, row)

        if asked.hold is None:
            await give_back(work, turn, place, held)
            claim = Claim(clinic_id=row.clinic_id, appointment_id=row.id)
            await take(turn, place, claim, write)
        else:
            await confirm(turn, place, asked.hold.id, row, write)


async def _insert(work: Work, row: AppointmentRow) -> None:
    """Raises: ReferenceTaken where the caller booked under the reference just now."""
    work.session.add(row)
    try:
        await work.session.flush()
    except IntegrityError as error:
        raise ReferenceTaken(BOOKED_BEFORE, field="externalReference") from error


def _appointment(
    work: Work, asked: Asked, client: ClientRow, treatment: Treatment
) -> AppointmentRow:
    minutes = treatment.visit((), None).minutes
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
        starts_at=asked.start,
        ends_at=asked.start + timedelta(minutes=minutes),
        booked_by=work.actor.id,
    )
