"""Appointments, holds of a slot, and what either takes of whom."""

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
    SlotHoldState,
)

LIVE = "state in ({})".format(", ".join(f"'{state}'" for state in LIVE_ALLOCATIONS))
STILL_HELD = "allocations.state = 'HELD'"
NEVER_TWICE = "ex_allocations_resource_no_during"


def on_grid(name: str) -> CheckConstraint:
    """The check that an instant lies on the calendar's grid."""
    seconds = GRID_MINUTES * 60
    return CheckConstraint(
        f"mod(extract(epoch from {name}), {seconds}) = 0", name=f"{name}_on_grid"
    )


def in_order() -> CheckConstraint:
    return CheckConstraint("starts_at < ends_at", name="ends_after_start")


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
    #: Whether the client attested the pre-care that the visit left too little time for.
    pre_care_attested: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    #: The rules that staff set aside for it, and why: sealed with the client's key.
    overridden: list[str] = Field(
        default_factory=list, sa_type=ARRAY(String), sa_column_kwargs={"server_default": "{}"}
    )
    override_reason: bytes | None = None
    cancelled_at: datetime | None = instant(default=None)
    cancellation_reason: CancellationReason | None = choice(CancellationReason, default=None)


class SlotHoldRow(Row, table=True):
    """A start that is kept for a caller for some minutes; what it takes are its allocations.

    It holds while it is HELD and `expires_at` is to come; nobody has to say that it expired.
    """

    __tablename__ = "slot_holds"
    __table_args__ = (
        UniqueConstraint("clinic_id", "id"),
        ForeignKeyConstraint(["clinic_id", "client_id"], ["clients.clinic_id", "clients.id"]),
        ForeignKeyConstraint(["clinic_id", "course_id"], ["courses.clinic_id", "courses.id"]),
        ForeignKeyConstraint(
            ["clinic_id", "clinic_protocol_id"],
            ["clinic_protocols.clinic_id", "clinic_protocols.id"],
        ),
        ForeignKeyConstraint(
            ["clinic_id", "appointment_id"], ["appointments.clinic_id", "appointments.id"]
        ),
        one_of("state", SlotHoldState),
        one_of("severity", CourseSeverity),
        on_grid("starts_at"),
        on_grid("ends_at"),
        in_order(),
        CheckConstraint(
            "(state = 'CONFIRMED') = (appointment_id is not null)", name="confirmed_as_visit"
        ),
        Index("ix_slot_holds_clinic_id", "clinic_id", "expires_at"),
        Index("ix_slot_holds_held_by", "held_by", "expires_at"),
        Index("ix_slot_holds_client_id", "client_id"),
        Index("ix_slot_holds_course_id", "course_id"),
        Index("ix_slot_holds_clinic_protocol_id", "clinic_protocol_id"),
        Index("ix_slot_holds_appointment_id", "appointment_id"),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    client_id: UUID | None = None
    course_id: UUID | None = None
    clinic_protocol_id: UUID
    version_id: UUID = Field(foreign_key="protocol_versions.id", index=True)
    areas: list[str] = Field(sa_type=ARRAY(String))
    add_on_keys: list[str] = Field(sa_type=ARRAY(String))
    indication: str | None = None
    severity: CourseSeverity = choice(CourseSeverity, default=CourseSeverity.STANDARD)
    depth_mm: Decimal | None = millimetres(default=None)
    #: The number of the practitioner who was named for it.
    led_by: int | None = Field(default=None, sa_type=BigInteger)
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    state: SlotHoldState = choice(SlotHoldState, default=SlotHoldState.HELD)
    #: The person or partner app that holds it.
    held_by: UUID | None = None
    expires_at: datetime = instant()
    extended_at: datetime | None = instant(default=None)
    appointment_id: UUID | None = None


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
        ForeignKeyConstraint(
            ["clinic_id", "slot_hold_id"], ["slot_holds.clinic_id", "slot_holds.id"]
        ),
        CheckConstraint("(state = 'HELD') = (expires_at is not null)", name="only_held_expires"),
        CheckConstraint(
            "case state when 'HELD' then slot_hold_id is not null"
            " when 'BOOKED' then appointment_id is not null else true end",
            name="taken_for_something",
        ),
        ExcludeConstraint(
            (func.int8range(column("resource_no"), column("resource_no"), "[]"), "&&"),
            (column("during"), "&&"),
            where=text(LIVE),
            name=NEVER_TWICE,
        ),
        Index("ix_allocations_clinic_id", "clinic_id", "ends_at"),
        Index("ix_allocations_resource_no", "resource_no", "ends_at"),
        Index("ix_allocations_appointment_id", "appointment_id"),
        Index("ix_allocations_slot_hold_id", "slot_hold_id"),
        # Few at any time: what is held by now, or ran out and was not cleared away.
        Index("ix_allocations_held", "resource_no", postgresql_where=text("state = 'HELD'")),
    )
    kind: ClassVar[Kind] = TENANT
    unread: ClassVar[frozenset[str]] = Row.unread | {"during"}

    clinic_id: UUID = Field(foreign_key="clinics.id")
    appointment_id: UUID | None = None
    #: The hold that took it, also once that became an appointment.
    slot_hold_id: UUID | None = None
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
