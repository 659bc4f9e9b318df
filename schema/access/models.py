from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlmodel import Field

from schema.access.rules import Role, ScopeKind
from schema.base import MY_CLINICS, MYSELF, Kind, Row, choice, code_text, instant, one_of, personal

HQ_ONLY = "false"


class PersonRow(Row, table=True):
    """Somebody who signs in."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("email"),)
    kind: ClassVar[Kind] = personal(
        f"id = {MYSELF} or exists (select from role_assignments"
        f" where role_assignments.person_id = people.id"
        f" and role_assignments.scope_id = any ({MY_CLINICS}))"
    )

    email: str = code_text()
    name: str
    deactivated_at: datetime | None = instant(default=None)


class PasswordRow(Row, table=True):
    """What a person signs in with; apart, because colleagues see each other's `people` rows."""

    __tablename__ = "passwords"
    __table_args__ = (UniqueConstraint("person_id"),)
    kind: ClassVar[Kind] = personal(HQ_ONLY)

    person_id: UUID = Field(foreign_key="people.id")
    password_hash: str


class RoleAssignmentRow(Row, table=True):
    """A person holds a role in a scope: the franchise, a region, an owner's clinics, one clinic."""

    __tablename__ = "role_assignments"
    __table_args__ = (
        one_of("role", Role),
        one_of("scope_kind", ScopeKind),
        CheckConstraint("(scope_kind = 'FRANCHISE') = (scope_id is null)", name="scope_named"),
        UniqueConstraint(
            "person_id", "role", "scope_kind", "scope_id", postgresql_nulls_not_distinct=True
        ),
        Index("ix_role_assignments_scope_id", "scope_id"),
    )
    kind: ClassVar[Kind] = personal(f"person_id = {MYSELF} or scope_id = any ({MY_CLINICS})")

    person_id: UUID = Field(foreign_key="people.id")
    role: Role = choice(Role)
    scope_kind: ScopeKind = choice(ScopeKind)
    scope_id: UUID | None = None


class SignInAttemptRow(Row, table=True):
    """A sign-in that failed; enough of them, and the address has to wait."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index("ix_sign_in_attempts_email_hash", "email_hash", "failed_at"),)
    kind: ClassVar[Kind] = personal(HQ_ONLY)

    email_hash: str
    failed_at: datetime = instant()


class PartnerAppRow(Row, table=True):
    """Another company's system that asks by API key."""

    __tablename__ = "partner_apps"
    __table_args__ = (UniqueConstraint("code"),)
    kind: ClassVar[Kind] = personal(f"id = {MYSELF}")

    code: str = code_text()
    name: str


class ApiKeyRow(Row, table=True):
    """A key of a partner app. The secret itself is shown once and never stored."""

    __tablename__ = "api_keys"
    __table_args__ = (
        UniqueConstraint("key_id"),
        Index("ix_api_keys_partner_app_id", "partner_app_id"),
    )
    kind: ClassVar[Kind] = personal(f"partner_app_id = {MYSELF}")

    partner_app_id: UUID = Field(foreign_key="partner_apps.id")
    key_id: str
    secret_hash: str = Field(sa_type=Text)
    permissions: list[str] = Field(sa_type=ARRAY(String))
    #: NULL: every clinic.
    clinic_ids: list[UUID] | None = Field(default=None, sa_type=ARRAY(UuidType(as_uuid=True)))
    expires_at: datetime | None = instant(default=None)
    last_used_at: datetime | None = instant(default=None)
    revoked_at: datetime | None = instant(default=None)
