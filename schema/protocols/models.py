from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from schema.base import (
    SHARED,
    SOMEBODY,
    TENANT,
    Kind,
    Row,
    choice,
    code_text,
    instant,
    one_of,
    shared,
)
from schema.protocols.rules import AdoptionState, ProtocolKind, VersionState

# A published version keeps what it says for good, whatever the code does: it can only be retired.
UNCHANGING = """
create or replace function protocol_version_unchanging() returns trigger language plpgsql as $$
begin
  if old.state in ('PUBLISHED', 'RETIRED') and (
    tg_op = 'DELETE'
    or new.state not in (old.state, 'RETIRED')
    or to_jsonb(new) - array['state', 'retired_on', 'revision']
       <> to_jsonb(old) - array['state', 'retired_on', 'revision']
  ) then
    raise exception 'version % of a protocol is published and never changes', old.number
      using errcode = 'restrict_violation';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
"""
TRIGGER = """
create trigger unchanging before update or delete on protocol_versions
  for each row execute function protocol_version_unchanging()
"""


class ProtocolTemplateRow(Row, table=True):
    """A protocol of the franchise, whose versions say what it is."""

    __tablename__ = "protocol_templates"
    __table_args__ = (UniqueConstraint("code"), one_of("protocol_kind", ProtocolKind))
    kind: ClassVar[Kind] = SHARED

    code: str = code_text()
    name: str
    protocol_kind: ProtocolKind = choice(ProtocolKind)


class ProtocolVersionRow(Row, table=True):
    """One version of a template. Drafts are HQ's to see; a published one never changes again."""

    __tablename__ = "protocol_versions"
    __table_args__ = (
        UniqueConstraint("template_id", "number"),
        UniqueConstraint("template_id", "id"),
        one_of("state", VersionState),
        CheckConstraint("approver_id <> author_id", name="approved_by_another"),
        CheckConstraint(
            "state not in ('PUBLISHED', 'RETIRED') or"
            " (published_from is not null and approver_id is not null)",
            name="published_by_somebody",
        ),
    )
    kind: ClassVar[Kind] = shared(f"({SOMEBODY} and state in ('PUBLISHED', 'RETIRED'))")
    ddl: ClassVar[tuple[str, ...]] = (UNCHANGING, TRIGGER)

    template_id: UUID = Field(foreign_key="protocol_templates.id")
    number: int
    state: VersionState = choice(VersionState, default=VersionState.DRAFT)
    content: dict[str, Any] = Field(sa_type=JSONB)
    author_id: UUID | None = None
    approver_id: UUID | None = None
    published_from: date | None = None
    retired_on: date | None = None
    revision: int = 1


class ClinicProtocolRow(Row, table=True):
    """A clinic's adoption of a template: the version it pinned, since when, by whom."""

    __tablename__ = "clinic_protocols"
    __table_args__ = (
        UniqueConstraint("clinic_id", "template_id"),
        UniqueConstraint("clinic_id", "id"),
        ForeignKeyConstraint(
            ["template_id", "version_id"], ["protocol_versions.template_id", "protocol_versions.id"]
        ),
        Index("ix_clinic_protocols_template_id", "template_id", "clinic_id"),
        one_of("state", AdoptionState),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    template_id: UUID = Field(foreign_key="protocol_templates.id")
    version_id: UUID
    state: AdoptionState = choice(AdoptionState, default=AdoptionState.OFFERED)
    adopted_by: UUID | None = None
    adopted_at: datetime = instant()
    revision: int = 1


class ClinicProtocolAddOnRow(Row, table=True):
    """An add-on of the protocol that the clinic offers, by its key in the version's content."""

    __tablename__ = "clinic_protocol_add_ons"
    __table_args__ = (
        UniqueConstraint("clinic_id", "clinic_protocol_id", "add_on_key"),
        UniqueConstraint("clinic_id", "id"),
        Index("ix_clinic_protocol_add_ons_clinic_protocol_id", "clinic_protocol_id"),
        ForeignKeyConstraint(
            ["clinic_id", "clinic_protocol_id"],
            ["clinic_protocols.clinic_id", "clinic_protocols.id"],
        ),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID
    clinic_protocol_id: UUID
    add_on_key: str


class ClinicProtocolOverrideRow(Row, table=True):
    """One field that the clinic set for itself; what it does not set is HQ's."""

    __tablename__ = "clinic_protocol_overrides"
    __table_args__ = (
        UniqueConstraint("clinic_id", "clinic_protocol_id", "path"),
        Index("ix_clinic_protocol_overrides_clinic_protocol_id", "clinic_protocol_id"),
        ForeignKeyConstraint(
            ["clinic_id", "clinic_protocol_id"],
            ["clinic_protocols.clinic_id", "clinic_protocols.id"],
        ),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID
    clinic_protocol_id: UUID
    path: str
    #: A number, a text or a truth value; decimals are texts.
    value: int | bool | str | None = Field(sa_type=JSONB)
    reason: str
    set_by: UUID | None = None
    set_at: datetime = instant()
