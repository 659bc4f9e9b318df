from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from schema.base import TENANT, Kind, Row, choice, code_text, instant, millimetres, one_of
from schema.courses.rules import CourseCancellation, CourseState, SessionState
from schema.protocols.rules import CourseSeverity


class CourseRow(Row, table=True):
    """A course as it was sold. `min_days` to `max_days` are the interval between its sessions.

    Whether it has expired is computed: `state` here is ACTIVE, COMPLETED or CANCELLED.
    """

    __tablename__ = "courses"
    __table_args__ = (
        UniqueConstraint("clinic_id", "id"),
        UniqueConstraint("clinic_id", "code"),
        ForeignKeyConstraint(["clinic_id", "client_id"], ["clients.clinic_id", "clients.id"]),
        ForeignKeyConstraint(
            ["clinic_id", "clinic_protocol_id"],
            ["clinic_protocols.clinic_id", "clinic_protocols.id"],
        ),
        ForeignKeyConstraint(["clinic_id", "package_id"], ["packages.clinic_id", "packages.id"]),
        one_of("severity", CourseSeverity),
        one_of("state", CourseState),
        one_of("cancellation_reason", CourseCancellation),
        CheckConstraint("0 < min_days", name="interval_begins"),
        CheckConstraint("min_days <= preferred_days", name="interval_prefers"),
        CheckConstraint("preferred_days <= max_days", name="interval_ends"),
        CheckConstraint("sold_on <= expires_on", name="expires_after_sale"),
        CheckConstraint("sessions_planned between 1 and 52", name="sessions_counted"),
        CheckConstraint(
            "(state = 'CANCELLED') = (cancelled_at is not null)", name="cancelled_at_some_time"
        ),
        Index("ix_courses_client_id", "client_id", "id"),
        Index("ix_courses_clinic_protocol_id", "clinic_protocol_id", "id"),
        Index("ix_courses_package_id", "package_id"),
        Index(
            "uq_courses_external_reference",
            "clinic_id",
            "external_reference",
            "sold_by",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("external_reference is not null"),
        ),
    )
    kind: ClassVar[Kind] = TENANT
    unread: ClassVar[frozenset[str]] = Row.unread | {"sold_by", "owner_id"}

    clinic_id: UUID = Field(foreign_key="clinics.id")
    code: str = code_text()
    client_id: UUID
    clinic_protocol_id: UUID
    version_id: UUID = Field(foreign_key="protocol_versions.id", index=True)
    package_id: UUID | None = None
    areas: list[str] = Field(sa_type=ARRAY(String))
    indication: str | None = None
    severity: CourseSeverity = choice(CourseSeverity, default=CourseSeverity.STANDARD)
    depth_mm: Decimal | None = millimetres(default=None)
    add_on_keys: list[str] = Field(sa_type=ARRAY(String))
    min_days: int
    preferred_days: int
    max_days: int
    #: How the price came about, as it was quoted.
    price_lines: list[dict[str, Any]] = Field(sa_type=JSONB)
    total_minor: int = Field(sa_type=BigInteger)
    currency: str
    sessions_planned: int
    #: Why not as many sessions as the protocol's rule has: sealed, it may be clinical.
    sessions_reason: bytes | None = None
    sold_on: date
    sold_by: UUID | None = None
    #: The clinic's owner of that day, whose sale it is.
    owner_id: UUID = Field(foreign_key="owners.id", index=True)
    #: The last day on which a session may be done.
    expires_on: date
    state: CourseState = choice(CourseState, default=CourseState.ACTIVE)
    external_reference: str | None = None
    cancelled_at: datetime | None = instant(default=None)
    cancellation_reason: CourseCancellation | None = choice(CourseCancellation, default=None)


class CourseSessionRow(Row, table=True):
    """One session of a course: planned within a window, then done on a day, or never."""

    __tablename__ = "course_sessions"
    __table_args__ = (
        UniqueConstraint("clinic_id", "id"),
        UniqueConstraint("clinic_id", "course_id", "number"),
        ForeignKeyConstraint(["clinic_id", "course_id"], ["courses.clinic_id", "courses.id"]),
        one_of("state", SessionState),
        CheckConstraint("earliest_on <= preferred_on", name="window_prefers"),
        CheckConstraint("preferred_on <= latest_on", name="window_ends"),
        CheckConstraint("(state = 'DONE') = (done_on is not null)", name="done_on_some_day"),
        CheckConstraint(
            "(done_on is null) = (practitioner_id is null)", name="done_by_a_practitioner"
        ),
        Index("ix_course_sessions_course_id", "course_id", "number"),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    course_id: UUID
    number: int
    earliest_on: date
    preferred_on: date
    latest_on: date
    state: SessionState = choice(SessionState, default=SessionState.PLANNED)
    done_on: date | None = None
    practitioner_id: UUID | None = Field(default=None, foreign_key="practitioners.id", index=True)
    depth_mm: Decimal | None = millimetres(default=None)
