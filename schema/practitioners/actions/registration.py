"""How somebody becomes a practitioner."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from schema.access import store as access
from schema.base import insert, new_id
from schema.clinics.actions import Key, clinic_in_scope, code_taken
from schema.clinics.rules import check_code
from schema.context import Work
from schema.errors import Conflict, NotFound
from schema.practitioners.actions.qualifications import Licence, note_licence
from schema.practitioners.models import PractitionerAssignmentRow, PractitionerRow
from schema.practitioners.rules import check_name
from schema.scope import Scope


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
        await note_licence(work, row, licence, f"credentials.{position}.", place.id)
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
