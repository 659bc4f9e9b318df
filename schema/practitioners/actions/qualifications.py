"""What practitioners are licensed as, and trained for."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from schema.base import insert
from schema.clinics import store as clinics
from schema.clinics.actions import Key
from schema.clinics.rules import check_code
from schema.context import Work
from schema.errors import Conflict, NotFound
from schema.practitioners import store
from schema.practitioners.actions.assignments import (
    about_in_scope,
    acting_clinic,
    practitioner_in_scope,
)
from schema.practitioners.models import CertificationRow, CredentialRow, PractitionerRow
from schema.practitioners.rules import (
    CertificationKind,
    CredentialType,
    check_credential_number,
)


@dataclass(frozen=True, slots=True)
class Licence:
    """A credential to be noted; good until the end of `expires_on`, None: for good."""

    credential_type: CredentialType
    jurisdiction_code: str
    number: str
    expires_on: date | None = None


async def add_credential(work: Work, *, practitioner: Key, licence: Licence) -> CredentialRow:
    """Note a licence or its renewal. Raises: NotFound, InvalidCredential, Conflict."""
    who = await practitioner_in_scope(work, practitioner)
    return await note_licence(work, who, licence, "credential.", await acting_clinic(work, who))


async def note_licence(
    work: Work, who: PractitionerRow, licence: Licence, path: str, clinic_id: UUID | None
) -> CredentialRow:
    """A licence of a practitioner who is in scope; `path` leads to it in the input.

    Raises: NotFound, InvalidCredential, Conflict.
    """
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


async def remove_credential(work: Work, *, credential_id: UUID) -> CredentialRow:
    """Take back a licence that was noted by mistake, or that was lost. Raises: NotFound."""
    row, who = await about_in_scope(
        work, store.credentials_by_id, CredentialRow, credential_id, "credential"
    )
    await work.session.delete(row)
    work.record(
        "practitioner.credential_removed",
        await acting_clinic(work, who),
        row,
        code=who.code,
        credential_type=row.credential_type,
        jurisdiction=row.jurisdiction_code,
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


async def remove_certification(work: Work, *, certification_id: UUID) -> CertificationRow:
    """Take back training that was noted by mistake, or that no longer counts. Raises: NotFound."""
    row, who = await about_in_scope(
        work, store.certifications_by_id, CertificationRow, certification_id, "certification"
    )
    await work.session.delete(row)
    work.record(
        "practitioner.certification_removed",
        await acting_clinic(work, who),
        row,
        code=who.code,
        kind=row.certification_kind,
        certified_for=row.code,
        expires_on=row.expires_on,
    )
    return row
