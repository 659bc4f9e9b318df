"""What has to come before a treatment, by the law of a place or the word of an owner."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from schema.base import SHARED, Kind, Row, choice, one_of
from schema.protocols.rules import ProtocolKind


class PrerequisiteRow(Row, table=True):
    """A visit that has to come before some treatments, in a jurisdiction and those inside it.

    Where `owner_id` is set, in that owner's clinics only. NULL lists mean any.
    """

    __tablename__ = "prerequisites"
    __table_args__ = (
        one_of("visit_kind", ProtocolKind),
        CheckConstraint("visit_kind <> 'TREATMENT'", name="visit_kind_before_treatment"),
        CheckConstraint(
            "min_days between 0 and 366"
            " and (max_days is null or max_days between min_days and 3660)",
            name="days_in_order",
        ),
        CheckConstraint("to_on >= from_on", name="ends_after_start"),
        Index("ix_prerequisites_jurisdiction_code", "jurisdiction_code"),
    )
    kind: ClassVar[Kind] = SHARED

    jurisdiction_code: str = Field(foreign_key="jurisdictions.code")
    owner_id: UUID | None = Field(default=None, foreign_key="owners.id", index=True)
    visit_kind: ProtocolKind = choice(ProtocolKind)
    #: The treatments that it comes before; NULL: all.
    template_codes: list[str] | None = Field(default=None, sa_type=ARRAY(String))
    areas: list[str] | None = Field(default=None, sa_type=ARRAY(String))
    add_on_keys: list[str] | None = Field(default=None, sa_type=ARRAY(String))
    #: Who has to do it: any of these; NULL: whoever the visit's protocol asks for.
    credential_types: list[str] | None = Field(default=None, sa_type=ARRAY(String))
    #: Whether by video will do.
    remote_allowed: bool = False
    #: So many of the clinic's days lie between, at least and at most (NULL: any number).
    min_days: int = 0
    max_days: int | None = None
    from_on: date
    to_on: date | None = None
    source: str
    set_by: UUID | None = Field(default=None, foreign_key="people.id")
