"""Who comes, and what speaks against it: holds of the client, other visits, the course."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from schema.access.rules import ActorKind, Permission
from schema.base import execute
from schema.clients.actions import check_no_hold, client_in_scope, data_key_of
from schema.clients.models import ClientRow
from schema.clients.rules import check_reason
from schema.clinics.actions import Key
from schema.clinics.models import ClinicRow
from schema.context import Work
from schema.courses import store as courses
from schema.courses.rules import SessionState
from schema.errors import AccessDenied, NotFound
from schema.practitioners import store as practitioners
from schema.scheduling import store
from schema.scheduling.actions.prerequisites import check_prerequisites
from schema.scheduling.actions.treatments import Treatment
from schema.scheduling.models import AppointmentRow
from schema.scheduling.rules import check_course_has_room
from schema.scheduling.rules.booking import (
    Leniency,
    Override,
    check_spacing,
    least_interval_days,
)


async def client_to_book(work: Work, here: ClinicRow, key: Key) -> ClientRow:
    """A client of this clinic; partners book those that they registered.

    Whoever links the client, and so gives it another number, waits or is waited for; so does
    whoever books the same person in another clinic. Raises: NotFound.
    """
    found = await client_in_scope(work, key)
    by_partner = work.actor.kind is ActorKind.PARTNER
    if found.clinic_id != here.id or (by_partner and found.partner_id != work.actor.id):
        raise NotFound("client", key, field="client")
    row = await work.session.get_one(
        ClientRow, found.id, with_for_update={"read": True}, populate_existing=True
    )
    if row.person_id is not None:
        await in_turn(work, f"person {row.person_id}")
    return row


async def in_turn(work: Work, name: str) -> None:
    """Wait for whoever has the same name, until the transaction ends; before any calendar."""
    await execute(work.session, select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def number_of(work: Work, practitioner: Key | None) -> int | None:
    """The number in the calendar of whoever is to treat. Raises: NotFound."""
    if practitioner is None:
        return None
    found = await practitioners.practitioner(work.session, work.scope, practitioner)
    if found is None:
        raise NotFound("practitioner", practitioner, field="practitioner")
    return found.resource_no


def leniency_for(work: Work, clinic_id: UUID, override: Override | None) -> Leniency:
    """The rules that the caller sets aside. Raises: AccessDenied, ReasonNeeded."""
    if override is None or not override.rules:
        return Leniency()
    if clinic_id not in work.actor.scope(Permission.APPOINTMENTS_OVERRIDE):
        raise AccessDenied(f"Requires {Permission.APPOINTMENTS_OVERRIDE} in this clinic.")
    check_reason(override.reason, "override.reason")
    return Leniency(override.rules)


def write_override(
    work: Work,
    row: AppointmentRow,
    client: ClientRow,
    leniency: Leniency,
    override: Override | None,
) -> None:
    """Write down what was set aside and why, sealed; nothing where nothing had to be."""
    row.overridden = sorted(leniency.used)
    row.override_reason = None
    if override is not None and leniency.used:
        reason = check_reason(override.reason, "override.reason")
        row.override_reason = data_key_of(work, client).seal(row.id, reason)


async def check_guest(
    work: Work,
    here: ClinicRow,
    client: ClientRow,
    treatment: Treatment,
    day: date,
    starts_at: datetime,
) -> None:
    """Raise HoldStops, NotYet, MissingPrerequisite: what no turn at a calendar changes."""
    code, wish = treatment.template_code, treatment.wish
    await check_no_hold(work, client, code, day)
    await check_prerequisites(work, here, client, code, wish, day, starts_at)


async def check_other_visits(
    work: Work,
    client: ClientRow,
    treatment: Treatment,
    day: date,
    leniency: Leniency,
    *,
    moved: bool = False,
) -> None:
    """Raise what the course and the client's other visits say of that day: in a turn at the
    calendar. A visit that is `moved` does not count: what it took was freed."""
    if course := treatment.course:
        sessions = await courses.sessions_by_course(work.session, [course.id], work.scope)
        planned = [each for each in sessions[course.id] if each.state == SessionState.PLANNED]
        booked = await store.count_booked(work.session, work.scope, course.id, work.now)
        check_course_has_room(day, course.expires_on, len(planned), booked - moved)
    if treatment.spacing is not None:
        areas = treatment.wish.areas
        done = await courses.days_done(work.session, client, areas)
        booked_days = await store.days_booked(work.session, client.resource_no, areas, work.now)
        least = least_interval_days(treatment.applied, treatment.wish.variant, areas)
        check_spacing([*done, *booked_days], day, treatment.spacing, least, leniency)
