from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlmodel import Field

from schema.base import TENANT, Kind, Row, choice, code_text, one_of
from schema.protocols.rules import CourseSeverity


def minor(**kwargs: Any) -> Any:
    """A `bigint` column of minor units."""
    return Field(sa_type=BigInteger, **kwargs)


def of_clinic_protocol() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["clinic_id", "clinic_protocol_id"], ["clinic_protocols.clinic_id", "clinic_protocols.id"]
    )


class ProtocolPriceRow(Row, table=True):
    """What a session of a clinic's protocol, or of an add-on to it, costs from a day on.

    The latest of one (protocol, add-on, severity) counts. `amount_minor` is for the first area.
    """

    __tablename__ = "protocol_prices"
    __table_args__ = (
        UniqueConstraint(
            "clinic_id",
            "clinic_protocol_id",
            "add_on_key",
            "severity",
            "valid_from",
            name="uq_protocol_prices_day",
            postgresql_nulls_not_distinct=True,
        ),
        of_clinic_protocol(),
        Index("ix_protocol_prices_clinic_protocol_id", "clinic_protocol_id", "valid_from"),
        one_of("severity", CourseSeverity),
        CheckConstraint("amount_minor >= 0", name="amount_positive"),
        CheckConstraint("further_area_minor >= 0", name="further_area_positive"),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    clinic_protocol_id: UUID
    #: NULL: the protocol itself.
    add_on_key: str | None = None
    #: NULL: any severity.
    severity: CourseSeverity | None = choice(CourseSeverity, default=None)
    amount_minor: int = minor()
    further_area_minor: int = minor(default=0)
    currency: str
    valid_from: date


class PackageRow(Row, table=True):
    """Some sessions within a validity at one price, sold from a day until a day, both included."""

    __tablename__ = "packages"
    __table_args__ = (
        UniqueConstraint("clinic_id", "code"),
        UniqueConstraint("clinic_id", "id"),
        of_clinic_protocol(),
        Index("ix_packages_clinic_protocol_id", "clinic_protocol_id", "code"),
        one_of("severity", CourseSeverity),
        CheckConstraint("sessions >= 1", name="sessions_positive"),
        CheckConstraint("validity_days >= 1", name="validity_positive"),
        CheckConstraint("amount_minor >= 0", name="amount_positive"),
        CheckConstraint("further_area_minor >= 0", name="further_area_positive"),
        CheckConstraint("valid_to >= valid_from", name="ends_after_start"),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    clinic_protocol_id: UUID
    code: str = code_text()
    name: str
    #: NULL: any severity.
    severity: CourseSeverity | None = choice(CourseSeverity, default=None)
    sessions: int
    validity_days: int
    amount_minor: int = minor()
    further_area_minor: int = minor(default=0)
    currency: str
    valid_from: date
    valid_to: date | None = None
