"""Courses, as GraphQL shows them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.clients.store import clients_by_id
from schema.clients.types.clients import Client
from schema.clients.types.holds import read_clinical_text
from schema.clinics.store import clinics_by_id
from schema.clinics.types.places import Clinic
from schema.context import Info
from schema.courses import store
from schema.courses.models import CourseRow
from schema.courses.rules import CourseCancellation, CourseState
from schema.courses.types.sessions import CourseSession
from schema.fields import Reads, described, extends, identified, link, read_by_columns
from schema.money import Money as MoneyValue
from schema.pricing.rules import QuoteLine
from schema.pricing.store import packages_by_id
from schema.pricing.types.money import Money
from schema.pricing.types.prices import Package
from schema.pricing.types.quotes import PriceQuoteLine
from schema.protocols.rules import CourseSeverity
from schema.protocols.store import clinic_protocols_by_id, versions_by_id
from schema.protocols.types.adoptions import ClinicProtocol
from schema.protocols.types.differences import ProtocolDifference
from schema.protocols.types.templates import ProtocolVersion

described(
    CourseState,
    "What became of a course.",
    {
        CourseState.ACTIVE: "Sessions are still to be done.",
        CourseState.CANCELLED: "What was left of it was called off. Final.",
        CourseState.COMPLETED: "All its sessions are done. Final.",
        CourseState.EXPIRED: "Its last day has passed with sessions left: sell another course.",
    },
)
described(
    CourseCancellation,
    "Why what was left of a course was called off.",
    {
        CourseCancellation.CLIENT: "The client asked for it.",
        CourseCancellation.CLINIC: "The clinic cannot go on with it.",
        CourseCancellation.MISTAKE: "It was sold by mistake: sell it again as it should be.",
    },
)


@identified(store.courses_by_id, reads=Permission.COURSES_READ)
@read_by_columns(
    sealed_reason="sessions_reason",
    add_ons="add_on_keys",
    lines=store.price_lines,
    sum=lambda row: MoneyValue(row.total_minor, row.currency),
)
@strawberry.type(description="A course of sessions, on the terms of the day it was sold.")
class Course(relay.Node):
    id: relay.NodeID[UUID]
    clinic_id: strawberry.Private[UUID]
    client_id: strawberry.Private[UUID]
    clinic_protocol_id: strawberry.Private[UUID]
    version_id: strawberry.Private[UUID]
    package_id: strawberry.Private[UUID | None]
    sealed_reason: strawberry.Private[bytes | None]
    lines: strawberry.Private[tuple[QuoteLine, ...]]
    sum: strawberry.Private[MoneyValue]
    code: str = strawberry.field(description="Its human-readable code, unique in its clinic.")
    state: CourseState = strawberry.field(description="What became of it.")
    areas: list[str] = strawberry.field(description="Keys of the areas to be treated.")
    indication: str | None = strawberry.field(description="Key of what is treated.")
    severity: CourseSeverity = strawberry.field(description="How severe it is.")
    depth_mm: Decimal | None = strawberry.field(
        description="How deep the needle shall go, in millimetres; null: the protocol's default."
    )
    add_ons: list[str] = strawberry.field(description="Keys of the add-ons, with every session.")
    sessions_planned: int = strawberry.field(description="How many sessions were sold.")
    min_days: int = strawberry.field(
        description="At least so many days between sessions, as it was sold. Nothing shortens it;"
        " where the law of the place became stricter, booking waits longer."
    )
    preferred_days: int = strawberry.field(description="Best so many days between sessions.")
    max_days: int = strawberry.field(description="At most so many days between sessions.")
    sold_on: date = strawberry.field(description="The day of the sale, in the clinic's zone.")
    expires_on: date = strawberry.field(description="The last day for a session.")
    external_reference: str | None = strawberry.field(
        description="What the system that sold it calls it."
    )
    cancelled_at: datetime | None = strawberry.field(description="When it was called off.")
    cancellation_reason: CourseCancellation | None = strawberry.field(description="Why.")
    clinic: Clinic | None = link(
        clinics_by_id,
        key="clinic_id",
        of=Clinic.of,
        reads=Permission.CLINICS_READ,
        describe="Where it was sold.",
    )
    client: Client | None = link(
        clients_by_id,
        key="client_id",
        of=Client.of,
        reads=Permission.CLIENTS_READ,
        clinic="clinic_id",
        describe="Who bought it.",
    )
    clinic_protocol: ClinicProtocol | None = link(
        clinic_protocols_by_id,
        key="clinic_protocol_id",
        of=ClinicProtocol.of,
        reads=Permission.PROTOCOLS_READ,
        describe="The protocol, as the clinic offers it today.",
    )
    version: ProtocolVersion | None = link(
        versions_by_id,
        key="version_id",
        of=ProtocolVersion.of,
        reads=Permission.PROTOCOLS_READ,
        describe="The protocol's version that it was sold with, and is done by.",
    )
    differences: list[ProtocolDifference] | None = link(
        store.differences_by_course,
        key="id",
        of=ProtocolDifference.of,
        many=True,
        reads=Permission.PROTOCOLS_READ,
        clinic="clinic_id",
        describe="What the clinic does otherwise by now: what leads from what this course is done"
        " by (its version, with what the clinic set for itself under it, under the laws of today)"
        " to what the clinic offers now. Empty while the clinic is on the course's version.",
    )
    package: Package | None = link(
        packages_by_id,
        key="package_id",
        of=Package.of,
        reads=Permission.PRICES_READ,
        describe="The package that was bought; null where sessions were.",
    )
    sessions: list[CourseSession] = link(
        store.sessions_by_course,
        key="id",
        of=CourseSession.of,
        many=True,
        reads=Permission.COURSES_READ,
        describe="Its sessions by number, at most 50.",
    )
    next_session: CourseSession | None = link(
        store.next_session_by_course,
        key="id",
        of=CourseSession.of,
        reads=Permission.COURSES_READ,
        describe="The next one to be done, with its window; null where none is left.",
    )

    @classmethod
    def of(cls, row: CourseRow) -> "Course":
        return cls(
            id=row.id,
            clinic_id=row.clinic_id,
            client_id=row.client_id,
            clinic_protocol_id=row.clinic_protocol_id,
            version_id=row.version_id,
            package_id=row.package_id,
            sealed_reason=row.sessions_reason,
            code=row.code,
            state=CourseState(row.state),
            areas=row.areas,
            indication=row.indication,
            severity=CourseSeverity(row.severity),
            depth_mm=row.depth_mm,
            add_ons=row.add_on_keys,
            sessions_planned=row.sessions_planned,
            min_days=row.min_days,
            preferred_days=row.preferred_days,
            max_days=row.max_days,
            lines=store.price_lines(row),
            sum=MoneyValue(row.total_minor, row.currency),
            sold_on=row.sold_on,
            expires_on=row.expires_on,
            external_reference=row.external_reference,
            cancelled_at=row.cancelled_at,
            cancellation_reason=CourseCancellation(row.cancellation_reason)
            if row.cancellation_reason
            else None,
        )

    @strawberry.field(extensions=[Reads(Permission.COURSES_READ)])
    def price_lines(self) -> list[PriceQuoteLine]:
        """How its price came about, as on the day of the sale."""
        return [PriceQuoteLine.of(each) for each in self.lines]

    @strawberry.field(extensions=[Reads(Permission.COURSES_READ)])
    def total(self) -> Money:
        """What it was sold for."""
        return Money.of(self.sum)

    @strawberry.field(extensions=[Reads(Permission.CLINICAL_READ, clinic="clinic_id")])
    async def sessions_reason(self, info: Info) -> str | None:
        """Why there are not as many sessions as the protocol's rule has. Reading it leaves an
        entry in the audit trail."""
        if self.sealed_reason is None:
            return None
        (reason,) = await read_clinical_text(info, self.client_id, self.id, self.sealed_reason)
        return reason


extends(
    Client,
    courses=(
        relay.Connection[Course] | None,
        link(
            store.courses_by_client,
            key="id",
            of=Course.of,
            page=store.COURSES_NEWEST,
            reads=Permission.COURSES_READ,
            clinic="clinic_id",
            describe="What the client bought, the newest first.",
        ),
    ),
)
extends(
    Clinic,
    courses=(
        relay.Connection[Course] | None,
        link(
            store.courses_by_clinic,
            key="id",
            of=Course.of,
            page=store.COURSES_NEWEST,
            reads=Permission.COURSES_READ,
            clinic="id",
            describe="What it sold, the newest first.",
        ),
    ),
)
