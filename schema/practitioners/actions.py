"""A function per write of who treats. What is about a practitioner is HQ's to change, or that of a
manager of a clinic to which she is, was or will be assigned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlmodel import col

from schema.access import store as access
from schema.base import execute, insert, new_id
from schema.clinics import store as clinics
from schema.clinics.actions import Key, clinic_in_scope, code_taken
from schema.clinics.rules import WeeklyInterval, check_code, check_hours, check_period
from schema.context import Work
from schema.errors import Conflict, NotFound
from schema.practitioners import store
from schema.practitioners.models import (
    CertificationRow,
    CredentialRow,
    PractitionerAssignmentRow,
    PractitionerRow,
    ScopeRuleRow,
    TimeOffRow,
    WorkingHoursRow,
)
from schema.practitioners.rules import (
    CertificationKind,
    CredentialType,
    Supervision,
    check_assigned,
    check_assignment,
    check_credential_number,
    check_depth,
    check_end,
    check_name,
    check_source,
    check_time_off,
    check_verifier,
)
from schema.scope import Scope


@dataclass(frozen=True, slots=True)
class Licence:
    """A credential to be noted; good until the end of `expires_on`, None: for good."""

    credential_type: CredentialType
    jurisdiction_code: str
    number: str
    expires_on: date | None = None


async def practitioner_in_scope(
    work: Work, key: Key, *, field: str = "practitioner"
) -> PractitionerRow:
    """The practitioner that a change names, locked until it ends, so that changes of one
    practitioner follow one another. Raises: NotFound outside the scope of the change."""
    found = await store.practitioner(work.session, work.scope, key)
    if found is None:
        raise NotFound("practitioner", key, field=field)
    return await work.session.get_one(PractitionerRow, found.id, with_for_update=True)


async def acting_clinic(work: Work, who: PractitionerRow) -> UUID | None:
    """In which clinic a change of a practitioner is recorded: the latest of the caller's that she
    was assigned to; None for HQ, whose changes are the whole franchise's."""
    if work.scope.clinic_ids is None:
        return None
    found = await store.assignments_by_practitioner(work.session, [who.id], work.scope)
    return found[who.id][-1].clinic_id


async def register_practitioner(
    work: Work,
    *,
    clinic: Key,
    code: str,
    name: str,
    from_on: date,
    person: Key | None = None,
    licences: Sequence[Licence] = (),
) -> PractitionerRow:
    """A practitioner with her first assignment and what she is licensed as.

    The assignment goes first: it is what lets a clinic's manager write and see the practitioner.
    Raises: NotFound, InvalidCode, InvalidName, InvalidCredential, Conflict.
    """
    place = await clinic_in_scope(work, clinic)
    row = PractitionerRow(
        id=new_id(),
        code=check_code(code),
        name=check_name(name),
        person_id=await _person_id(work, person, place.id),
    )
    first = PractitionerAssignmentRow(clinic_id=place.id, practitioner_id=row.id, from_on=from_on)
    await insert(work.session, first, taken=code_taken(row.code))
    taken = Conflict("The code is taken, or the person is a practitioner already.", field="code")
    await insert(work.session, row, taken=taken)
    for position, licence in enumerate(licences):
        await _note(work, row, licence, f"credentials.{position}.", place.id)
    work.record("practitioner.registered", place.id, row, code=row.code, from_on=from_on)
    return row


async def _person_id(work: Work, key: Key | None, clinic_id: UUID) -> UUID | None:
    """Who she is when she signs in; to a clinic's manager, somebody with a role in the clinic."""
    if key is None:
        return None
    person = await access.person(work.session, key)
    if person is None or not await _known_to(work, person.id, clinic_id):
        raise NotFound("person", key, field="person")
    return person.id


async def _known_to(work: Work, person_id: UUID, clinic_id: UUID) -> bool:
    if work.scope.clinic_ids is None:
        return True
    grants = await access.grants_of_person(work.session, person_id)
    return any(clinic_id in Scope(each.clinic_ids) for each in grants)


async def assign_practitioner(
    work: Work, *, practitioner: Key, clinic: Key, from_on: date, to_on: date | None = None
) -> PractitionerAssignmentRow:
    """Let a practitioner work in one more clinic, or in one again; both days included.

    Raises: NotFound, InvalidPeriod, AssignmentOverlaps.
    """
    check_period(from_on, to_on)
    place = await clinic_in_scope(work, clinic)
    who = await practitioner_in_scope(work, practitioner)
    check_assignment(await store.assignments_of(work.session, who.id, place.id), from_on, to_on)
    row = PractitionerAssignmentRow(
        clinic_id=place.id, practitioner_id=who.id, from_on=from_on, to_on=to_on
    )
    work.session.add(row)
    work.record("practitioner.assigned", place.id, row, code=who.code, from_on=from_on, to_on=to_on)
    return row


async def end_assignment(
    work: Work, *, assignment_id: UUID, to_on: date
) -> PractitionerAssignmentRow:
    """Set or bring forward an assignment's last day. Raises: NotFound, AssignmentEnded."""
    found = await store.assignment(work.session, work.scope, assignment_id)
    if found is None:
        raise NotFound("assignment", assignment_id, field="id")
    await practitioner_in_scope(work, found.practitioner_id)
    row = await work.session.get_one(PractitionerAssignmentRow, found.id)
    check_end(row, to_on)
    row.to_on = to_on
    work.record("practitioner.assignment_ended", row.clinic_id, row, to_on=to_on)
    return row


async def add_credential(work: Work, *, practitioner: Key, licence: Licence) -> CredentialRow:
    """Note a licence or its renewal. Raises: NotFound, InvalidCredential, Conflict."""
    who = await practitioner_in_scope(work, practitioner)
    return await _note(work, who, licence, "credential.", await acting_clinic(work, who))


async def _note(
    work: Work, who: PractitionerRow, licence: Licence, path: str, clinic_id: UUID | None
) -> CredentialRow:
    place = await clinics.jurisdiction(work.session, licence.jurisdiction_code)
    if place is None:
        raise NotFound("jurisdiction", licence.jurisdiction_code, field=f"{path}jurisdictionCode")
    row = CredentialRow(
        practitioner_id=who.id,
        credential_type=licence.credential_type,
        jurisdiction_code=place.code,
        number=check_credential_number(licence.number, f"{path}number"),
        expires_on=licence.expires_on,
    )
    taken = Conflict("This credential was noted already.", field=f"{path}number")
    await insert(work.session, row, taken=taken)
    work.record(
        "practitioner.credential_added",
        clinic_id,
        row,
        code=who.code,
        credential_type=row.credential_type,
        jurisdiction=place.code,
        expires_on=row.expires_on,
    )
    return row


async def add_certification(
    work: Work,
    *,
    practitioner: Key,
    kind: CertificationKind,
    code: str,
    expires_on: date | None = None,
) -> CertificationRow:
    """Note training for what `code` names; protocols come later, so theirs are not looked up.

    Raises: NotFound, InvalidCode, Conflict.
    """
    who = await practitioner_in_scope(work, practitioner)
    normal = check_code(code)
    looked_up = kind is CertificationKind.DEVICE_MODEL
    if looked_up and await clinics.device_model(work.session, normal) is None:
        raise NotFound("device model", normal, field="code")
    row = CertificationRow(
        practitioner_id=who.id, certification_kind=kind, code=normal, expires_on=expires_on
    )
    await insert(
        work.session, row, taken=Conflict("This certification was noted already.", field="code")
    )
    work.record(
        "practitioner.certification_added",
        await acting_clinic(work, who),
        row,
        code=who.code,
        kind=kind,
        certified_for=normal,
    )
    return row


async def set_working_hours(
    work: Work, *, clinic: Key, practitioner: Key, week: Sequence[WeeklyInterval]
) -> PractitionerRow:
    """Replace a practitioner's week in one clinic; an empty week is never there.

    Raises: NotFound, InvalidHours, NotAssigned.
    """
    check_hours(week, "week")
    place = await clinic_in_scope(work, clinic)
    who = await practitioner_in_scope(work, practitioner)
    today = work.now.astimezone(ZoneInfo(place.time_zone)).date()
    check_assigned(await store.assignments_of(work.session, who.id, place.id), today)
    hours = WorkingHoursRow
    await execute(
        work.session,
        delete(hours).where(col(hours.clinic_id) == place.id, col(hours.practitioner_id) == who.id),
    )
    work.session.add_all(
        hours(
            clinic_id=place.id,
            practitioner_id=who.id,
            weekday=each.weekday,
            starts=each.opens,
            ends=each.closes,
        )
        for each in week
    )
    work.record("practitioner.hours_set", place.id, who, code=who.code, intervals=len(week))
    return who


async def add_time_off(
    work: Work, *, practitioner: Key, starts_at: datetime, ends_at: datetime, reason: str
) -> TimeOffRow:
    """Take a practitioner out of every clinic's calendar, from an instant up to another.

    Raises: NotFound, InvalidTimeOff.
    """
    check_time_off(starts_at, ends_at)
    who = await practitioner_in_scope(work, practitioner)
    row = TimeOffRow(
        practitioner_id=who.id, starts_at=starts_at, ends_at=ends_at, reason=reason.strip()
    )
    work.session.add(row)
    work.record(
        "practitioner.time_off_added",
        await acting_clinic(work, who),
        row,
        code=who.code,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    return row


async def remove_time_off(work: Work, *, time_off_id: UUID) -> TimeOffRow:
    """Put a practitioner back into the calendars. Raises: NotFound."""
    found = await store.time_off_by_id(work.session, [time_off_id], work.scope)
    if time_off_id not in found:
        raise NotFound("time off", time_off_id, field="id")
    who = await practitioner_in_scope(work, found[time_off_id].practitioner_id)
    row = await work.session.get_one(TimeOffRow, time_off_id)
    await work.session.delete(row)
    work.record(
        "practitioner.time_off_removed",
        await acting_clinic(work, who),
        row,
        code=who.code,
        starts_at=row.starts_at,
    )
    return row


async def verify_scope_rule(
    work: Work,
    *,
    jurisdiction_code: str,
    credential_type: CredentialType,
    max_needle_depth_mm: Decimal,
    supervision: Supervision,
    source: str,
) -> ScopeRuleRow:
    """State, in one's own name and as of today (UTC), what a credential may do in a jurisdiction.

    What was verified before is replaced.
    Raises: InvalidScopeRule, VerifierUnknown, NotFound, Conflict.
    """
    depth, verifier = check_depth(max_needle_depth_mm), check_verifier(work.actor)
    place = await clinics.jurisdiction(work.session, jurisdiction_code)
    if place is None:
        raise NotFound("jurisdiction", jurisdiction_code, field="jurisdictionCode")
    found = await store.scope_rule(work.session, place.code, credential_type)
    stated: dict[str, Any] = {
        "max_needle_depth_mm": depth,
        "supervision": supervision,
        "source": check_source(source),
        "verified_by": verifier,
        "verified_on": work.now.date(),
    }
    if found is None:
        row = ScopeRuleRow(jurisdiction_code=place.code, credential_type=credential_type, **stated)
    else:
        row = await work.session.get_one(ScopeRuleRow, found.id, with_for_update=True)
        row.sqlmodel_update(stated)
    taken = Conflict("Somebody else has just verified it; look again.", field="jurisdictionCode")
    await insert(work.session, row, taken=taken)
    work.record(
        "scope_rule.verified",
        None,
        row,
        jurisdiction=place.code,
        credential_type=credential_type,
        max_needle_depth_mm=depth,
        before=found.max_needle_depth_mm if found else None,
    )
    return row
