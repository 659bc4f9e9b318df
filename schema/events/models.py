from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from schema.access.rules import ActorKind
from schema.base import (
    EVERY_CLINIC,
    MY_CLINICS,
    MYSELF,
    SOMEBODY,
    Kind,
    Row,
    choice,
    instant,
    one_of,
)


class EventRow(Row, table=True):
    """One thing that happened, recorded in the transaction that made it so. Never changed."""

    __tablename__ = "events"
    __table_args__ = (
        one_of("actor_kind", ActorKind),
        Index("ix_events_clinic_id", "clinic_id", "id"),
        Index("ix_events_subject_id", "subject_id"),
    )
    kind: ClassVar[Kind] = Kind(
        "tenant",
        visible=f"{EVERY_CLINIC} or clinic_id = any ({MY_CLINICS})",
        written="false",
        added=f"{EVERY_CLINIC} or clinic_id = any ({MY_CLINICS})"
        f" or (clinic_id is null and actor_id = {MYSELF} and {SOMEBODY})",
    )

    clinic_id: UUID | None = Field(default=None, foreign_key="clinics.id")
    name: str
    actor_kind: ActorKind = choice(ActorKind)
    actor_id: UUID | None = None
    subject_type: str
    subject_id: UUID
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    request_id: str | None = None
    occurred_at: datetime = instant()
