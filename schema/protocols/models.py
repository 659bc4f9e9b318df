from datetime import date, datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from schema.base import (
    EVERY_CLINIC,
    MYSELF,
    SHARED,
    SOMEBODY,
    TENANT,
    Kind,
    Row,
    choice,
    code_text,
    instant,
    one_of,
)
from schema.protocols.rules import AdoptionState, PinCause, ProtocolKind, VersionState

#: Whoever reaches every clinic and is of the franchise: a partner's key may reach them all, too.
OURS = (
    "(select current_setting('app.all_clinics', true) = 'on'"
    " and coalesce(current_setting('app.actor_kind', true), '') <> 'PARTNER')"
)
PUBLIC = f"({SOMEBODY} and state in ('PUBLISHED', 'RETIRED'))"

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


def unchanging(table: str) -> tuple[str, str]:
    """The statements that keep a table's published versions as they are."""
    trigger = f"""
create trigger unchanging before update or delete on {table}
  for each row execute function protocol_version_unchanging()
"""
    return UNCHANGING, trigger


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
        UniqueConstraint("id", "author_id"),
        one_of("state", VersionState),
        CheckConstraint(
            "state not in ('PUBLISHED', 'RETIRED') or"
            " (published_from is not null and published_by is not null)",
            name="published_by_somebody",
        ),
        CheckConstraint("author_id = any (written_by)", name="written_by_its_author"),
    )
    kind: ClassVar[Kind] = Kind("shared", f"{OURS} or {PUBLIC}", EVERY_CLINIC)
    ddl: ClassVar[tuple[str, ...]] = unchanging("protocol_versions")

    template_id: UUID = Field(foreign_key="protocol_templates.id")
    number: int
    state: VersionState = choice(VersionState, default=VersionState.DRAFT)
    content: dict[str, Any] = Field(sa_type=JSONB)
    #: The version that its first draft was copied from, of this template or of another.
    based_on_id: UUID | None = Field(default=None, foreign_key="protocol_versions.id", index=True)
    #: Who wrote it last.
    author_id: UUID
    #: Everybody who wrote some of it, since it was last published: none of them approves it.
    written_by: list[UUID] = Field(sa_type=cast(Any, ARRAY(Uuid)))
    published_by: UUID | None = None
    published_from: date | None = None
    retired_on: date | None = None
    revision: int = 1


class ProtocolApprovalRow(Row, table=True):
    """A person other than the author approved a version; a version that is edited loses them."""

    __tablename__ = "protocol_approvals"
    __table_args__ = (
        UniqueConstraint("version_id", "approver_id"),
        # The author as of the approval: whoever wrote it cannot approve it, nor change hands then.
        ForeignKeyConstraint(
            ["version_id", "author_id"], ["protocol_versions.id", "protocol_versions.author_id"]
        ),
        CheckConstraint("approver_id <> author_id", name="approved_by_another"),
    )
    # As a value, not as `exists`, which the planner would make a hash of all versions for.
    kind: ClassVar[Kind] = Kind(
        "shared",
        f"{OURS} or (select true from protocol_versions where protocol_versions.id = version_id)",
        EVERY_CLINIC,
    )

    version_id: UUID
    author_id: UUID
    approver_id: UUID
    approved_at: datetime = instant()


class JurisdictionOverlayRow(Row, table=True):
    """What a country or a state adds to a template, owned by the lead of that country."""

    __tablename__ = "jurisdiction_overlays"
    __table_args__ = (
        UniqueConstraint("template_id", "jurisdiction_code"),
        Index("ix_jurisdiction_overlays_jurisdiction_code", "jurisdiction_code", "template_id"),
    )
    kind: ClassVar[Kind] = SHARED

    template_id: UUID = Field(foreign_key="protocol_templates.id")
    jurisdiction_code: str = Field(foreign_key="jurisdictions.code")
    lead_id: UUID = Field(foreign_key="people.id", index=True)
    #: Counts who led it; what it says has revisions of its own.
    revision: int = 1


LEADS_IT = (
    "exists (select from jurisdiction_overlays where jurisdiction_overlays.id = overlay_id"
    f" and jurisdiction_overlays.lead_id = {MYSELF})"
)


class JurisdictionOverlayVersionRow(Row, table=True):
    """One version of an overlay: the edits that it makes. Published, it never changes again.

    The newest published one is in force from its day on, the older ones no more.
    """

    __tablename__ = "jurisdiction_overlay_versions"
    __table_args__ = (
        UniqueConstraint("overlay_id", "number"),
        one_of("state", VersionState),
        CheckConstraint("author_id = any (written_by)", name="written_by_its_author"),
        CheckConstraint("approver_id <> all (written_by)", name="approved_by_another"),
        CheckConstraint(
            "state not in ('PUBLISHED', 'RETIRED') or (published_from is not null"
            " and published_by is not null and approver_id is not null)",
            name="published_by_somebody",
        ),
    )
    kind: ClassVar[Kind] = Kind(
        "shared",
        f"{OURS} or {PUBLIC} or {LEADS_IT}",
        f"{EVERY_CLINIC} or {LEADS_IT}",
    )
    ddl: ClassVar[tuple[str, ...]] = unchanging("jurisdiction_overlay_versions")

    overlay_id: UUID = Field(foreign_key="jurisdiction_overlays.id")
    number: int
    state: VersionState = choice(VersionState, default=VersionState.DRAFT)
    #: Each `{"edit": …, "source": …}`, the edit as `store.documents` writes it.
    edits: list[dict[str, Any]] = Field(sa_type=JSONB)
    #: Who wrote it last.
    author_id: UUID
    #: Everybody who wrote some of it, since it was last published: none of them approves it.
    written_by: list[UUID] = Field(sa_type=cast(Any, ARRAY(Uuid)))
    approver_id: UUID | None = None
    published_by: UUID | None = None
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
        Index("ix_clinic_protocols_template_id", "template_id", "id"),
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


class ClinicProtocolPinRow(Row, table=True):
    """A version that a clinic was pinned to: since when, by whom, and what it left behind."""

    __tablename__ = "clinic_protocol_pins"
    __table_args__ = (
        UniqueConstraint("clinic_id", "clinic_protocol_id", "number"),
        UniqueConstraint("clinic_id", "id"),
        Index("ix_clinic_protocol_pins_clinic_protocol_id", "clinic_protocol_id", "number"),
        Index(
            "uq_clinic_protocol_pins_present",
            "clinic_id",
            "clinic_protocol_id",
            unique=True,
            postgresql_where=text("left_at is null"),
        ),
        ForeignKeyConstraint(
            ["clinic_id", "clinic_protocol_id"],
            ["clinic_protocols.clinic_id", "clinic_protocols.id"],
        ),
        one_of("cause", PinCause),
        CheckConstraint(
            "(left_at is null) = (overrides is null) and (left_at is null) = (add_on_keys is null)",
            name="leaves_with_its_values",
        ),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID
    clinic_protocol_id: UUID
    #: 1, 2, … for each adoption.
    number: int
    version_id: UUID = Field(foreign_key="protocol_versions.id", index=True)
    cause: PinCause = choice(PinCause)
    pinned_at: datetime = instant()
    pinned_by: UUID | None = None
    left_at: datetime | None = instant(default=None)
    left_by: UUID | None = None
    #: The clinic's own values and add-ons when it left this version; NULL while it is on it.
    overrides: list[dict[str, Any]] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    add_on_keys: list[str] | None = Field(default=None, sa_type=ARRAY(String))
