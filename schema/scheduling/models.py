from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    column,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE, ExcludeConstraint, Range
from sqlmodel import Field

from schema.base import TENANT, Kind, Row, choice, instant, millimetres, one_of
from schema.protocols.rules import CourseSeverity
from schema.scheduling.rules import (
    GRID_MINUTES,
    LIVE_ALLOCATIONS,
    AllocatedKind,
    AllocationState,
    AppointmentState,
    CancellationReason,
)

LIVE = "state in ({})".format(", ".join(f"'{state}'" for state in LIVE_ALLOCATIONS))
NEVER_TWICE = "ex_allocations_resource_no_during"


def on_grid(name: str) -> CheckConstraint:
    """The check that an instant lies on the calendar's grid."""
    seconds = GRID_MINUTES * 60
    return CheckConstraint(
        f"mod(extract(epoch from {name}), {seconds}) = 0", name=f"{name}_on_grid"
    )


def in_order() -> CheckConstraint:
    return CheckConstraint("starts_at < ends_at", name="ends_after_start")


class ClinicCalendarRow(Row, table=True):
    """A clinic's calendar. Whoever changes it counts `version` up, and so waits for the others."""

    __tablename__ = "clinic_calendars"
    __table_args__ = (UniqueConstraint("clinic_id"),)
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    version: int = Field(default=0, sa_type=BigInteger)


class AppointmentRow(Row, table=True):
    """A client's visit, from arrival to leaving."""

    __tablename__ = "appointments"
    __table_args__ = (
        UniqueConstraint("clinic_id", "id"),
        ForeignKeyConstraint(["clinic_id", "client_id"], ["clients.clinic_id", "clients.id"]),
        ForeignKeyConstraint(["clinic_id", "course_id"], ["courses.clinic_id", "courses.id"]),
        ForeignKeyConstraint(
            ["clinic_id", "clinic_protocol_id"],
            ["clinic_protocols.clinic_id", "clinic_protocols.id"],
        ),
        one_of("state", AppointmentState),
        one_of("severity", CourseSeverity),
        one_of("cancellation_reason", CancellationReason),
        CheckConstraint(
            "(state = 'CANCELLED') = (cancelled_at is not null)"
            " and (cancelled_at is null) = (cancellation_reason is null)",
            name="cancelled_for_a_reason",
        ),
        on_grid("starts_at"),
        on_grid("ends_at"),
        in_order(),
        Index("ix_appointments_starts_at", "clinic_id", "starts_at", "id"),
        Index("ix_appointments_client_id", "client_id", "starts_at", "id"),
        Index("ix_appointments_course_id", "course_id", "starts_at", "id"),
        Index("ix_appointments_clinic_protocol_id", "clinic_protocol_id"),
        Index(
            "uq_appointments_external_reference",
            "clinic_id",
            "booked_by",
            "external_reference",
            unique=True,
            postgresql_where=text("external_reference is not null"),
        ),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    client_id: UUID
    course_id: UUID | None = None
    clinic_protocol_id: UUID
    version_id: UUID = Field(foreign_key="protocol_versions.id", index=True)
    areas: list[str] = Field(sa_type=ARRAY(String))
    add_on_keys: list[str] = Field(sa_type=ARRAY(String))
    indication: str | None = None
    severity: CourseSeverity = choice(CourseSeverity, default=CourseSeverity.STANDARD)
    depth_mm: Decimal | None = millimetres(default=None)
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    state: AppointmentState = choice(AppointmentState, default=AppointmentState.BOOKED)
    external_reference: str | None = None
    #: The person or partner app that booked it.
    booked_by: UUID | None = None
    cancelled_at: datetime | None = instant(default=None)
    cancellation_reason: CancellationReason | None = choice(CancellationReason, default=None)


class AllocationRow(Row, table=True):
    """One resource taken for one time, clean-up included.

    That no resource is ever taken twice is the database's word, across clinics too: `during` and
    the constraint on it. Queries compare `starts_at` and `ends_at`: operators on ranges are not
    leakproof, so that under row-level security their index would go unused.
    """

    __tablename__ = "allocations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clinic_id", "appointment_id"], ["appointments.clinic_id", "appointments.id"]
        ),
        one_of("state", AllocationState),
        one_of("resource_kind", AllocatedKind),
        on_grid("starts_at"),
        on_grid("ends_at"),
        in_order(),
        CheckConstraint("(state = 'HELD') = (expires_at is not null)", name="only_held_expires"),
        ExcludeConstraint(
            (func.int8range(column("resource_no"), column("resource_no"), "[]"), "&&"),
            (column("during"), "&&"),
            where=text(LIVE),
            name=NEVER_TWICE,
        ),
        Index("ix_allocations_clinic_id", "clinic_id", "ends_at"),
        Index("ix_allocations_resource_no", "resource_no", "ends_at"),
        Index("ix_allocations_appointment_id", "appointment_id"),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    appointment_id: UUID
    resource_kind: AllocatedKind = choice(AllocatedKind)
    #: What the resource does in the visit, as the protocol's steps name it.
    role: str
    resource_no: int = Field(sa_type=BigInteger)
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    during: Range[datetime] = Field(
        default=None,
        sa_type=TSTZRANGE,
        sa_column_args=(Computed("tstzrange(starts_at, ends_at)", persisted=True),),
    )
    state: AllocationState = choice(AllocationState, default=AllocationState.BOOKED)
    expires_at: datetime | None = instant(default=None)
