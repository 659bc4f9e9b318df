from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field

from schema.base import (
    MY_CLINICS,
    SHARED,
    TENANT,
    Kind,
    Row,
    choice,
    code_text,
    instant,
    millimetres,
    one_of,
    personal,
    resource_number,
)
from schema.practitioners.rules import (
    CertificationKind,
    CredentialType,
    PractitionerStatus,
    Supervision,
)


def through_assignment(practitioner: str) -> Kind:
    """A row about the practitioner whose id is `practitioner`: seen and written where she is, was
    or will be assigned to one of my clinics.

    Assignments are under a policy of their own, which leads to no other table: no recursion. A new
    practitioner's first assignment is inserted before her (its foreign key is deferred), so that
    this condition needs no exception under which anybody could insert anything.
    """
    assigned = (
        "exists (select from practitioner_assignments"
        f" where practitioner_assignments.practitioner_id = {practitioner}"
        f" and practitioner_assignments.clinic_id = any ({MY_CLINICS}))"
    )
    return personal(assigned, assigned)


class PractitionerRow(Row, table=True):
    """Somebody who treats, in one clinic or several; a person where she also signs in."""

    __tablename__ = "practitioners"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("person_id"),
        one_of("status", PractitionerStatus),
    )
    kind: ClassVar[Kind] = through_assignment("practitioners.id")

    code: str = code_text()
    name: str
    person_id: UUID | None = Field(default=None, foreign_key="people.id")
    resource_no: int = resource_number()
    status: PractitionerStatus = choice(PractitionerStatus, default=PractitionerStatus.ACTIVE)


class PractitionerAssignmentRow(Row, table=True):
    """A practitioner works in a clinic from a day until a day, both included; NULL: still."""

    __tablename__ = "practitioner_assignments"
    __table_args__ = (
        UniqueConstraint("clinic_id", "id"),
        UniqueConstraint("clinic_id", "practitioner_id", "from_on"),
        ForeignKeyConstraint(
            ["practitioner_id"], ["practitioners.id"], deferrable=True, initially="DEFERRED"
        ),
        CheckConstraint("to_on >= from_on", name="ends_after_start"),
        Index("ix_practitioner_assignments_practitioner_id", "practitioner_id", "clinic_id"),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    practitioner_id: UUID
    from_on: date
    to_on: date | None = None


class CredentialRow(Row, table=True):
    """A licence. A renewal is another row with a later `expires_on`; NULL: for good."""

    __tablename__ = "credentials"
    __table_args__ = (
        UniqueConstraint(
            "practitioner_id",
            "credential_type",
            "jurisdiction_code",
            "number",
            "expires_on",
            postgresql_nulls_not_distinct=True,
        ),
        one_of("credential_type", CredentialType),
    )
    kind: ClassVar[Kind] = through_assignment("credentials.practitioner_id")

    practitioner_id: UUID = Field(foreign_key="practitioners.id")
    credential_type: CredentialType = choice(CredentialType)
    jurisdiction_code: str = Field(foreign_key="jurisdictions.code", index=True)
    number: str
    expires_on: date | None = None


class CertificationRow(Row, table=True):
    """Training for a device model or a protocol template, by its code."""

    __tablename__ = "certifications"
    __table_args__ = (
        UniqueConstraint(
            "practitioner_id",
            "certification_kind",
            "code",
            "expires_on",
            postgresql_nulls_not_distinct=True,
        ),
        one_of("certification_kind", CertificationKind),
    )
    kind: ClassVar[Kind] = through_assignment("certifications.practitioner_id")

    practitioner_id: UUID = Field(foreign_key="practitioners.id")
    certification_kind: CertificationKind = choice(CertificationKind)
    code: str = code_text()
    expires_on: date | None = None


class WorkingHoursRow(Row, table=True):
    """One interval of the week in which a practitioner works in a clinic, in the clinic's zone.

    Minutes after local midnight; an end at or before the start runs into the next day.
    """

    __tablename__ = "working_hours"
    __table_args__ = (
        UniqueConstraint("clinic_id", "practitioner_id", "weekday", "starts"),
        CheckConstraint("weekday between 0 and 6", name="weekday_known"),
        CheckConstraint("starts between 0 and 1435 and starts % 5 = 0", name="starts_on_grid"),
        CheckConstraint("ends between 0 and 1440 and ends % 5 = 0", name="ends_on_grid"),
        Index("ix_working_hours_practitioner_id", "practitioner_id", "clinic_id"),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    practitioner_id: UUID = Field(foreign_key="practitioners.id")
    weekday: int
    starts: int
    ends: int


class TimeOffRow(Row, table=True):
    """When a practitioner is away, from every clinic: from `starts_at` up to, not including,
    `ends_at`."""

    __tablename__ = "time_off"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        Index("ix_time_off_practitioner_id", "practitioner_id", "ends_at"),
    )
    kind: ClassVar[Kind] = through_assignment("time_off.practitioner_id")

    practitioner_id: UUID = Field(foreign_key="practitioners.id")
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    reason: str


class ScopeRuleRow(Row, table=True):
    """How deep a credential may needle in a jurisdiction and those inside it, as HQ verified."""

    __tablename__ = "scope_rules"
    __table_args__ = (
        UniqueConstraint("jurisdiction_code", "credential_type"),
        one_of("credential_type", CredentialType),
        one_of("supervision", Supervision),
        CheckConstraint("max_needle_depth_mm between 0 and 10", name="depth_of_a_needle"),
    )
    kind: ClassVar[Kind] = SHARED

    jurisdiction_code: str = Field(foreign_key="jurisdictions.code")
    credential_type: CredentialType = choice(CredentialType)
    max_needle_depth_mm: Decimal = millimetres()
    supervision: Supervision = choice(Supervision)
    #: The law or the board's word, in words that another person can check.
    source: str
    verified_by: UUID = Field(foreign_key="people.id")
    verified_on: date
