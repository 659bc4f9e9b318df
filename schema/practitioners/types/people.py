"""Practitioners and the scope of practice, as GraphQL shows them."""

from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.access.store import people_by_id
from schema.access.types import Person
from schema.clinics.store import clinics_by_id, jurisdictions_by_code
from schema.clinics.types.places import Clinic, Jurisdiction
from schema.fields import described, extends, identified, link, read_by_columns
from schema.practitioners import store
from schema.practitioners.models import (
    CertificationRow,
    CredentialRow,
    PractitionerAssignmentRow,
    PractitionerRow,
    ScopeRuleRow,
    TimeOffRow,
    WorkingHoursRow,
)
from schema.practitioners.rules import (
    CertificationKind,
    CredentialType,
    PractitionerStatus,
    Supervision,
)

described(
    CredentialType,
    "What a practitioner is licensed as, in some jurisdiction.",
    {
        CredentialType.AESTHETICIAN: "Treats the skin's surface; how deep, differs by place.",
        CredentialType.DERMATOLOGIST: "A physician of the skin; clears skin conditions.",
        CredentialType.NURSE: "A registered nurse.",
        CredentialType.PHLEBOTOMIST: "Draws blood, as for platelet-rich plasma.",
        CredentialType.PHYSICIAN: "A licensed physician.",
        CredentialType.PRESCRIBER: "May prescribe medicine.",
    },
)
described(
    PractitionerStatus,
    "Whether a practitioner may be booked anywhere at all.",
    {
        PractitionerStatus.ACTIVE: "Bookable where and when assigned and at work.",
        PractitionerStatus.SUSPENDED: "Stopped by headquarters: nothing may be booked.",
    },
)
described(
    CertificationKind,
    "What a practitioner was trained for.",
    {
        CertificationKind.DEVICE_MODEL: "A device model, by its code.",
        CertificationKind.PROTOCOL_TEMPLATE: "A protocol template, by its code.",
    },
)
described(
    Supervision,
    "Who else must be there.",
    {
        Supervision.NONE: "Nobody.",
        Supervision.REMOTE: "A supervisor who can be reached at once.",
        Supervision.ON_SITE: "A supervisor in the building.",
        Supervision.DIRECT: "A supervisor in the room.",
    },
)


@identified(store.assignments_by_id, reads=Permission.PRACTITIONERS_READ)
@strawberry.type(description="A practitioner works in a clinic for a period.")
class PractitionerAssignment(relay.Node):
    id: relay.NodeID[UUID]
    clinic_id: strawberry.Private[UUID]
    from_on: date = strawberry.field(description="The first day, in the clinic's zone.")
    to_on: date | None = strawberry.field(description="The last day, included; null: still.")
    clinic: Clinic | None = link(
        clinics_by_id,
        key="clinic_id",
        of=Clinic.of,
        reads=Permission.CLINICS_READ,
        describe="Where.",
    )

    @classmethod
    def of(cls, row: PractitionerAssignmentRow) -> "PractitionerAssignment":
        return cls(id=row.id, clinic_id=row.clinic_id, from_on=row.from_on, to_on=row.to_on)


@identified(store.credentials_by_id, reads=Permission.PRACTITIONERS_READ)
@strawberry.type(description="What a practitioner is licensed as, and where.")
class Credential(relay.Node):
    id: relay.NodeID[UUID]
    jurisdiction_code: strawberry.Private[str]
    credential_type: CredentialType = strawberry.field(description="As what.")
    expires_on: date | None = strawberry.field(
        description="Its last day; null: for good. A renewal is a credential of its own."
    )
    jurisdiction: Jurisdiction | None = link(
        jurisdictions_by_code,
        key="jurisdiction_code",
        of=Jurisdiction.of,
        reads=Permission.CLINICS_READ,
        describe="Where it counts: there, and in what is part of it.",
    )
    number: str | None = link(
        store.credentials_by_id,
        key="id",
        of=attrgetter("number"),
        reads=Permission.PRACTITIONERS_MANAGE,
        describe="Its number; null where you do not manage the practitioner.",
    )

    @classmethod
    def of(cls, row: CredentialRow) -> "Credential":
        return cls(
            id=row.id,
            jurisdiction_code=row.jurisdiction_code,
            credential_type=CredentialType(row.credential_type),
            expires_on=row.expires_on,
        )


@identified(store.certifications_by_id, reads=Permission.PRACTITIONERS_READ)
@strawberry.type(description="What a practitioner was trained for.")
class Certification(relay.Node):
    id: relay.NodeID[UUID]
    kind: CertificationKind = strawberry.field(description="For what kind of thing.")
    code: str = strawberry.field(description="For which, by its code.")
    expires_on: date | None = strawberry.field(description="Its last day; null: for good.")

    @classmethod
    def of(cls, row: CertificationRow) -> "Certification":
        return cls(
            id=row.id,
            kind=CertificationKind(row.certification_kind),
            code=row.code,
            expires_on=row.expires_on,
        )


@strawberry.type(description="An interval of the week in which a practitioner works in a clinic.")
class WorkingHours:
    clinic_id: strawberry.Private[UUID]
    weekday: int = strawberry.field(description="0 is Monday, 6 is Sunday.")
    starts: int = strawberry.field(description="Minutes after midnight, in the clinic's zone.")
    ends: int = strawberry.field(
        description="Minutes after midnight; 1440 is midnight, and an end at or before the start"
        " runs into the next day."
    )
    clinic: Clinic | None = link(
        clinics_by_id,
        key="clinic_id",
        of=Clinic.of,
        reads=Permission.CLINICS_READ,
        describe="Where.",
    )

    @classmethod
    def of(cls, row: WorkingHoursRow) -> "WorkingHours":
        return cls(clinic_id=row.clinic_id, weekday=row.weekday, starts=row.starts, ends=row.ends)


@identified(store.time_off_by_id, reads=Permission.PRACTITIONERS_READ)
@strawberry.type(description="When a practitioner is away, from every clinic.")
class TimeOff(relay.Node):
    id: relay.NodeID[UUID]
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when, not included.")
    reason: str | None = link(
        store.time_off_by_id,
        key="id",
        of=attrgetter("reason"),
        reads=Permission.PRACTITIONERS_MANAGE,
        describe="Why; null where you do not manage the practitioner.",
    )

    @classmethod
    def of(cls, row: TimeOffRow) -> "TimeOff":
        return cls(id=row.id, starts_at=row.starts_at, ends_at=row.ends_at)


@identified(store.practitioners_by_id, reads=Permission.PRACTITIONERS_READ)
@read_by_columns()
@strawberry.type(description="Somebody who treats, in one clinic or several.")
class Practitioner(relay.Node):
    id: relay.NodeID[UUID]
    person_id: strawberry.Private[UUID | None]
    code: str = strawberry.field(description="Their human-readable code.")
    name: str = strawberry.field(description="Their name.")
    status: PractitionerStatus = strawberry.field(description="Only ACTIVE can be booked.")
    person: Person | None = link(
        people_by_id,
        key="person_id",
        of=Person.of,
        reads=Permission.ACCESS_MANAGE,
        describe="Who they are when they sign in; null where they do not.",
    )
    assignments: list[PractitionerAssignment] = link(
        store.assignments_by_practitioner,
        key="id",
        of=PractitionerAssignment.of,
        many=True,
        reads=Permission.PRACTITIONERS_READ,
        describe="Where they work, worked or will work, among the clinics you see.",
    )
    credentials: list[Credential] = link(
        store.credentials_by_practitioner,
        key="id",
        of=Credential.of,
        many=True,
        reads=Permission.PRACTITIONERS_READ,
        describe="What they are licensed as, expired credentials too.",
    )
    certifications: list[Certification] = link(
        store.certifications_by_practitioner,
        key="id",
        of=Certification.of,
        many=True,
        reads=Permission.PRACTITIONERS_READ,
        describe="What they were trained for, expired certifications too.",
    )
    working_hours: list[WorkingHours] = link(
        store.working_hours_by_practitioner,
        key="id",
        of=WorkingHours.of,
        many=True,
        reads=Permission.PRACTITIONERS_READ,
        describe="Their week from Monday on, in the clinics you see.",
    )
    time_off: list[TimeOff] = link(
        store.time_off_by_practitioner,
        key="id",
        of=TimeOff.of,
        many=True,
        reads=Permission.PRACTITIONERS_READ,
        describe="When they are or will be away.",
    )

    @classmethod
    def of(cls, row: PractitionerRow) -> "Practitioner":
        return cls(
            id=row.id,
            person_id=row.person_id,
            code=row.code,
            name=row.name,
            status=PractitionerStatus(row.status),
        )


@identified(store.scope_rules_by_id, reads=Permission.PRACTITIONERS_READ)
@strawberry.type(
    description="How deep a credential may needle in a jurisdiction and in what is part of it, as"
    " headquarters verified. A rule for the part goes before one for the whole; where there is"
    " none, nothing is allowed."
)
class ScopeRule(relay.Node):
    id: relay.NodeID[UUID]
    verified_by_id: strawberry.Private[UUID]
    jurisdiction_code: str = strawberry.field(description="Where, ISO 3166.")
    credential_type: CredentialType = strawberry.field(description="Who.")
    max_needle_depth_mm: Decimal = strawberry.field(
        description="The deepest needle, in millimetres; 0: none."
    )
    supervision: Supervision = strawberry.field(description="Who else must be there.")
    source: str = strawberry.field(description="The law, or who confirmed it.")
    verified_on: date = strawberry.field(description="When it was verified.")
    verified_by: Person | None = link(
        people_by_id,
        key="verified_by_id",
        of=Person.of,
        reads=Permission.ACCESS_MANAGE,
        describe="Who verified it.",
    )

    @classmethod
    def of(cls, row: ScopeRuleRow) -> "ScopeRule":
        return cls(
            id=row.id,
            verified_by_id=row.verified_by,
            jurisdiction_code=row.jurisdiction_code,
            credential_type=CredentialType(row.credential_type),
            max_needle_depth_mm=row.max_needle_depth_mm,
            supervision=Supervision(row.supervision),
            source=row.source,
            verified_on=row.verified_on,
        )


extends(
    Clinic,
    practitioners=(
        relay.Connection[Practitioner] | None,
        link(
            store.practitioners_by_clinic,
            key="id",
            of=Practitioner.of,
            page=store.BY_CODE,
            clinic="id",
            reads=Permission.PRACTITIONERS_READ,
            describe="Who is assigned to it today, by code.",
        ),
    ),
)
extends(
    Jurisdiction,
    scope_rules=(
        list[ScopeRule] | None,
        link(
            store.scope_rules_by_jurisdiction,
            key="code",
            of=ScopeRule.of,
            many=True,
            reads=Permission.PRACTITIONERS_READ,
            describe="What was verified for it, by credential; its parents' rules are theirs.",
        ),
    ),
)
