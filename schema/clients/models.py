from datetime import date, datetime
from typing import ClassVar
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
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from schema.base import (
    MY_CLINICS,
    RESOURCE_NUMBERS,
    SOMEBODY,
    TENANT,
    Kind,
    Row,
    choice,
    code_text,
    instant,
    one_of,
    personal,
)
from schema.protocols.rules import ScreeningSeverity

THEIRS = (
    "exists (select from clients where clients.person_id = client_persons.id"
    f" and clients.clinic_id = any ({MY_CLINICS}))"
)


class ClientPersonRow(Row, table=True):
    """Whom clients of several clinics are. No identity: that is each clinic's own, and sealed.

    Whoever knows the link code, which is kept as a keyed hash, may join a client to the person.
    """

    __tablename__ = "client_persons"
    __table_args__ = (UniqueConstraint("resource_no"), UniqueConstraint("link_code_hash"))
    kind: ClassVar[Kind] = personal(THEIRS, written=THEIRS, added=SOMEBODY)

    resource_no: int = Field(sa_type=BigInteger)
    link_code_hash: bytes | None = None
    link_code_expires_at: datetime | None = instant(default=None)


class ClientRow(Row, table=True):
    """A client of one clinic. `identity` is sealed with `data_key`, which is itself wrapped."""

    __tablename__ = "clients"
    __table_args__ = (
        UniqueConstraint("clinic_id", "id"),
        UniqueConstraint("clinic_id", "code"),
        UniqueConstraint("clinic_id", "person_id"),
        UniqueConstraint("clinic_id", "resource_no"),
        CheckConstraint("data_key is not null or email_index is null", name="erased_whole"),
        Index("ix_clients_code", "code", "id"),
        Index("ix_clients_email_index", "clinic_id", "email_index"),
        Index(
            "uq_clients_external_reference",
            "clinic_id",
            "external_reference",
            "partner_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("external_reference is not null"),
        ),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    code: str = code_text()
    person_id: UUID | None = Field(default=None, foreign_key="client_persons.id", index=True)
    #: The person's number, once linked: not unique across clinics.
    resource_no: int = Field(
        default=None,
        sa_type=BigInteger,
        sa_column_kwargs={"server_default": RESOURCE_NUMBERS.next_value()},
    )
    #: NULL: erased; what it sealed is noise for good.
    data_key: bytes | None = None
    identity: bytes
    #: A keyed hash of clinic and email address, for exact look-up.
    email_index: bytes | None = None
    external_reference: str | None = None
    #: The partner app that registered the client, whose reference it is.
    partner_id: UUID | None = Field(default=None, foreign_key="partner_apps.id", index=True)
    revision: int = 1


class ClientLinkRow(Row, table=True):
    """A client's recorded agreement that this clinic's record is joined to a person."""

    __tablename__ = "client_links"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "client_id"], ["clients.clinic_id", "clients.id"]),
        Index("ix_client_links_client_id", "client_id", "id"),
        Index("ix_client_links_clinic_id", "clinic_id", "id"),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID = Field(foreign_key="clinics.id")
    client_id: UUID
    person_id: UUID = Field(foreign_key="client_persons.id", index=True)
    agreed_on: date
    #: Where the signed agreement is kept: a document number, not its words.
    agreement: str
    recorded_by: UUID | None = None


class ClientHoldRow(Row, table=True):
    """A finding that stops a client's treatment. The reasons are sealed with the client's key."""

    __tablename__ = "client_holds"
    __table_args__ = (
        UniqueConstraint("clinic_id", "id"),
        ForeignKeyConstraint(["clinic_id", "client_id"], ["clients.clinic_id", "clients.id"]),
        one_of("severity", ScreeningSeverity),
        CheckConstraint(
            "(cleared_at is null) = (clearing_reason is null)", name="cleared_with_reason"
        ),
        Index("ix_client_holds_client_id", "client_id", "id"),
    )
    kind: ClassVar[Kind] = TENANT
    unread: ClassVar[frozenset[str]] = frozenset()

    clinic_id: UUID = Field(foreign_key="clinics.id")
    client_id: UUID
    severity: ScreeningSeverity = choice(ScreeningSeverity)
    #: The protocol templates it stops; NULL: all of them.
    template_codes: list[str] | None = Field(default=None, sa_type=ARRAY(String))
    #: The last day on which it holds; NULL: until cleared.
    until_on: date | None = None
    reason: bytes
    placed_by: UUID | None = None
    cleared_at: datetime | None = instant(default=None)
    cleared_by: UUID | None = None
    clearing_reason: bytes | None = None
