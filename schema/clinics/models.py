from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Float, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field

from schema.base import (
    MY_CLINICS,
    SHARED,
    TENANT,
    Kind,
    Row,
    choice,
    code_text,
    millimetres,
    one_of,
    personal,
    resource_number,
    tenant,
)
from schema.clinics.rules import ClinicStatus, DeviceClass, RoomKind


class JurisdictionRow(Row, table=True):
    """A place with laws of its own, by its ISO 3166 code: `US-NC`, whose parent is `US`."""

    __tablename__ = "jurisdictions"
    __table_args__ = (UniqueConstraint("code"),)
    kind: ClassVar[Kind] = SHARED

    code: str = code_text()
    name: str
    parent_code: str | None = Field(default=None, foreign_key="jurisdictions.code", index=True)


class RegionRow(Row, table=True):
    """A part of the franchise's territory; regions nest."""

    __tablename__ = "regions"
    __table_args__ = (UniqueConstraint("code"),)
    kind: ClassVar[Kind] = SHARED

    code: str = code_text()
    name: str
    parent_id: UUID | None = Field(default=None, foreign_key="regions.id", index=True)


class OwnerRow(Row, table=True):
    """A legal entity that owns clinics for periods; it sells, is invoiced and keeps the records."""

    __tablename__ = "owners"
    __table_args__ = (UniqueConstraint("code"),)
    kind: ClassVar[Kind] = personal(
        "exists (select from clinic_ownerships where clinic_ownerships.owner_id = owners.id"
        f" and clinic_ownerships.clinic_id = any ({MY_CLINICS}))"
    )

    code: str = code_text()
    name: str
    country: str
    tax_number: str
    invoice_prefix: str
    next_invoice_number: int = 1


class ClinicRow(Row, table=True):
    """A clinic: the tenant. Its days and hours are those of `time_zone`."""

    __tablename__ = "clinics"
    __table_args__ = (
        UniqueConstraint("code"),
        one_of("status", ClinicStatus),
        CheckConstraint("latitude between -90 and 90", name="latitude_on_globe"),
        CheckConstraint("longitude between -180 and 180", name="longitude_on_globe"),
    )
    kind: ClassVar[Kind] = tenant("id")

    code: str = code_text()
    name: str
    status: ClinicStatus = choice(ClinicStatus, default=ClinicStatus.PLANNED)
    region_id: UUID = Field(foreign_key="regions.id", index=True)
    jurisdiction_code: str = Field(foreign_key="jurisdictions.code", index=True)
    time_zone: str
    currency: str
    street: str
    city: str
    postal_code: str
    country: str
    latitude: float = Field(sa_type=Float)
    longitude: float = Field(sa_type=Float)
    phone: str | None = None


class ClinicOwnershipRow(Row, table=True):
    """An owner owns a clinic from a day until a day, both included; `to_on` NULL: still."""

    __tablename__ = "clinic_ownerships"
    __table_args__ = (
        UniqueConstraint("clinic_id", "from_on"),
        CheckConstraint("to_on >= from_on", name="ends_after_start"),
        Index("ix_clinic_ownerships_owner_id", "owner_id"),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    owner_id: UUID = Field(foreign_key="owners.id")
    from_on: date
    to_on: date | None = None


class OpeningHoursRow(Row, table=True):
    """One interval of the week in which a clinic is open; any number of them a day."""

    __tablename__ = "opening_hours"
    __table_args__ = (
        UniqueConstraint("clinic_id", "weekday", "opens"),
        CheckConstraint("weekday between 0 and 6", name="weekday_known"),
        CheckConstraint("opens between 0 and 1435 and opens % 5 = 0", name="opens_on_grid"),
        CheckConstraint("closes between 0 and 1440 and closes % 5 = 0", name="closes_on_grid"),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    weekday: int
    opens: int
    closes: int


class ClosureRow(Row, table=True):
    """Days on which a clinic is closed whatever its hours say, both included."""

    __tablename__ = "closures"
    __table_args__ = (
        Index("ix_closures_clinic_id", "clinic_id", "to_on"),
        CheckConstraint("to_on >= from_on", name="ends_after_start"),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    from_on: date
    to_on: date
    reason: str


class RoomRow(Row, table=True):
    """A room of a kind."""

    __tablename__ = "rooms"
    __table_args__ = (
        UniqueConstraint("clinic_id", "code"),
        UniqueConstraint("clinic_id", "id"),
        one_of("room_kind", RoomKind),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    code: str = code_text()
    name: str
    room_kind: RoomKind = choice(RoomKind)
    resource_no: int = resource_number()


class DeviceModelRow(Row, table=True):
    """What a maker sells; clinics have pieces of it."""

    __tablename__ = "device_models"
    __table_args__ = (UniqueConstraint("code"), one_of("device_class", DeviceClass))
    kind: ClassVar[Kind] = SHARED

    code: str = code_text()
    name: str
    maker: str
    device_class: DeviceClass = choice(DeviceClass)
    #: NULL where the class has no needles.
    greatest_depth_mm: Decimal | None = millimetres(default=None)
    #: Whether only those who are certified for this model may use a piece of it.
    certification_required: bool = Field(
        default=False, sa_column_kwargs={"server_default": "false"}
    )


class DeviceRow(Row, table=True):
    """One piece of a device model, in one clinic."""

    __tablename__ = "devices"
    __table_args__ = (
        UniqueConstraint("clinic_id", "code"),
        UniqueConstraint("clinic_id", "id"),
        UniqueConstraint("device_model_id", "serial_number"),
        ForeignKeyConstraint(["device_model_id"], ["device_models.id"]),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    code: str = code_text()
    device_model_id: UUID
    serial_number: str
    service_due_on: date | None = None
    resource_no: int = resource_number()
