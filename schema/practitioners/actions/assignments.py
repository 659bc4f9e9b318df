"""Where practitioners work, and which of them a change may name."""

from datetime import date
from typing import TypeVar
from uuid import UUID

from schema.clinics.actions import Key, clinic_in_scope
from schema.clinics.rules import check_period
from schema.context import Batch, Work
from schema.errors import NotFound
from schema.practitioners import store
from schema.practitioners.models import (
    CertificationRow,
    CredentialRow,
    PractitionerAssignmentRow,
    PractitionerRow,
    TimeOffRow,
)
from schema.practitioners.rules import check_assignment, check_end

R = TypeVar("R", CredentialRow, CertificationRow, TimeOffRow)


async def practitioner_in_scope(
    work: Work, key: Key, *, field: str = "practitioner"
) -> PractitionerRow:
    """The practitioner that a change names, locked until it ends, so that changes of one
    practitioner follow one another. Raises: NotFound outside the scope of the change."""
    found = await store.practitioner(work.session, work.scope, key)
    if found is None:
        raise NotFound("practitioner", key, field=field)
    return await work.session.get_one(PractitionerRow, found.id, with_for_update=True)


async def about_in_scope(
    work: Work, batch: Batch[UUID, R], model: type[R], key: UUID, noun: str
) -> tuple[R, PractitionerRow]:
    """What a change takes back, by its id, and the practitioner it is about, locked.

    It is read again behind the lock: somebody else may have taken it back meanwhile.
    Raises: NotFound outside the scope of the change.
    """
    found = (await batch(work.session, [key], work.scope)).get(key)
    if found is not None:
        who = await practitioner_in_scope(work, found.practitioner_id)
        row = await work.session.get(model, key)
        if row is not None:
            return row, who
    raise NotFound(noun, key, field="id")


async def acting_clinic(work: Work, who: PractitionerRow) -> UUID | None:
    """In which clinic a change of a practitioner is recorded: the latest of the caller's that she
    was assigned to; None for HQ, whose changes are the whole franchise's."""
    if work.scope.clinic_ids is None:
        return None
    found = await store.assignments_by_practitioner(work.session, [who.id], work.scope)
    return found[who.id][-1].clinic_id


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
    found = await store.assignments_by_id(work.session, [assignment_id], work.scope)
    if assignment_id not in found:
        raise NotFound("assignment", assignment_id, field="id")
    await practitioner_in_scope(work, found[assignment_id].practitioner_id)
    row = await work.session.get_one(PractitionerAssignmentRow, assignment_id)
    check_end(row, to_on)
    row.to_on = to_on
    work.record("practitioner.assignment_ended", row.clinic_id, row, to_on=to_on)
    return row
