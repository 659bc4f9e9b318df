"""Visits, as GraphQL shows them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.clients.store import clients_by_id
from schema.clients.types.clients import Client
from schema.clients.types.holds import read_clinical_text
from schema.clinics.store import clinics_by_id
from schema.clinics.types.places import Clinic, Device, Room
from schema.context import Info
from schema.courses.store import courses_by_id
from schema.courses.types.courses import Course
from schema.fields import Reads, described, extends, identified, link, read_by_columns
from schema.practitioners.types.people import Practitioner
from schema.protocols.rules import CourseSeverity
from schema.protocols.store import clinic_protocols_by_id
from schema.protocols.types.adoptions import ClinicProtocol
from schema.scheduling import store
from schema.scheduling.models import AppointmentRow
from schema.scheduling.rules import AppointmentState, CancellationReason
from schema.scheduling.rules.booking import SoftRule

described(
    AppointmentState,
    "What became of a visit.",
    {
        AppointmentState.BOOKED: "Booked: its resources are taken.",
        AppointmentState.CANCELLED: "Called off: its resources are free again. Final.",
        AppointmentState.COMPLETED: "It took place. Final.",
        AppointmentState.NO_SHOW: "The client did not come. Final.",
    },
)
described(
    CancellationReason,
    "Why a visit was called off.",
    {
        CancellationReason.CLIENT: "The client asked for it.",
        CancellationReason.CLINIC: "The clinic could not do it: offer another start.",
        CancellationReason.MISTAKE: "It was booked by mistake.",
    },
)
described(
    SoftRule,
    "A rule that staff may set aside for a visit, with a reason. Never one of them: how long skin"
    " heals, what stops the client, what has to come before, who and what is free and fit for it.",
    {
        SoftRule.DAILY_LIMIT: "How many visits the clinic, or a practitioner, takes on a day.",
        SoftRule.HORIZON: "How far ahead the clinic takes bookings.",
        SoftRule.LEAD_TIME: "How soon the clinic takes bookings.",
        SoftRule.MIN_INTERVAL: "The days between visits of an area: down to how long skin heals, or"
        " to what the law of the place sets.",
        SoftRule.PRE_CARE: "The care before a visit, where the client does not attest it.",
    },
)


@identified(store.appointments_by_id, reads=Permission.APPOINTMENTS_READ)
@read_by_columns(add_ons="add_on_keys", sealed_reason="override_reason")
@strawberry.type(description="A client's visit to a clinic.")
class Appointment(relay.Node):
    id: relay.NodeID[UUID]
    clinic_id: strawberry.Private[UUID]
    client_id: strawberry.Private[UUID]
    course_id: strawberry.Private[UUID | None]
    clinic_protocol_id: strawberry.Private[UUID]
    starts_at: datetime = strawberry.field(description="When the client comes.")
    ends_at: datetime = strawberry.field(description="When the client leaves; clean-up follows.")
    state: AppointmentState = strawberry.field(description="What became of it.")
    areas: list[str] = strawberry.field(description="Keys of the treated areas.")
    add_ons: list[str] = strawberry.field(description="Keys of the add-ons.")
    indication: str | None = strawberry.field(description="Key of what is treated.")
    severity: CourseSeverity = strawberry.field(description="How severe it is.")
    depth_mm: Decimal | None = strawberry.field(
        description="How deep the needle goes, in millimetres, where it was asked for."
    )
    external_reference: str | None = strawberry.field(
        description="What the system that booked it calls it."
    )
    pre_care_attested: bool = strawberry.field(
        description="Whether the client's word was needed, and given, that the care before the"
        " visit began in time."
    )
    overridden: list[SoftRule] = strawberry.field(
        description="The rules that staff set aside for it."
    )
    sealed_reason: strawberry.Private[bytes | None]
    cancelled_at: datetime | None = strawberry.field(description="When it was called off.")
    cancellation_reason: CancellationReason | None = strawberry.field(description="Why.")
    clinic: Clinic | None = link(
        clinics_by_id,
        key="clinic_id",
        of=Clinic.of,
        reads=Permission.CLINICS_READ,
        describe="Where; its `timeZone` is the zone of the visit.",
    )
    client: Client | None = link(
        clients_by_id,
        key="client_id",
        of=Client.of,
        reads=Permission.CLIENTS_READ,
        describe="Who comes.",
    )
    course: Course | None = link(
        courses_by_id,
        key="course_id",
        of=Course.of,
        reads=Permission.COURSES_READ,
        describe="The course it is a session of; null for a single visit.",
    )
    protocol: ClinicProtocol | None = link(
        clinic_protocols_by_id,
        key="clinic_protocol_id",
        of=ClinicProtocol.of,
        reads=Permission.PROTOCOLS_READ,
        describe="The clinic's protocol that it follows.",
    )
    practitioners: list[Practitioner] | None = link(
        store.practitioners_by_appointment,
        key="id",
        of=Practitioner.of,
        many=True,
        reads=Permission.PRACTITIONERS_READ,
        describe="Who treats; empty once cancelled.",
    )
    rooms: list[Room] | None = link(
        store.rooms_by_appointment,
        key="id",
        of=Room.of,
        many=True,
        reads=Permission.CLINICS_READ,
        describe="Which rooms it takes; empty once cancelled.",
    )
    devices: list[Device] | None = link(
        store.devices_by_appointment,
        key="id",
        of=Device.of,
        many=True,
        reads=Permission.CLINICS_READ,
        describe="Which devices it takes; empty once cancelled.",
    )

    @classmethod
    def of(cls, row: AppointmentRow) -> "Appointment":
        return cls(
            id=row.id,
            clinic_id=row.clinic_id,
            client_id=row.client_id,
            course_id=row.course_id,
            clinic_protocol_id=row.clinic_protocol_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            state=AppointmentState(row.state),
            areas=row.areas,
            add_ons=row.add_on_keys,
            indication=row.indication,
            severity=CourseSeverity(row.severity),
            depth_mm=row.depth_mm,
            external_reference=row.external_reference,
            pre_care_attested=row.pre_care_attested,
            overridden=[SoftRule(each) for each in row.overridden],
            sealed_reason=row.override_reason,
            cancelled_at=row.cancelled_at,
            cancellation_reason=row.cancellation_reason
            and CancellationReason(row.cancellation_reason),
        )

    @strawberry.field(extensions=[Reads(Permission.CLINICAL_READ, clinic="clinic_id")])
    async def override_reason(self, info: Info) -> str | None:
        """Why rules were set aside; null where none was, or once the client is erased. Reading it
        leaves an entry in the audit trail."""
        if self.sealed_reason is None:
            return None
        (reason,) = await read_clinical_text(info, self.client_id, self.id, self.sealed_reason)
        return reason


extends(
    Clinic,
    appointments=(
        relay.Connection[Appointment] | None,
        link(
            store.appointments_by_clinic,
            key="id",
            of=Appointment.of,
            page=store.BY_START,
            reads=Permission.APPOINTMENTS_READ,
            clinic="id",
            describe="Its visits, by start.",
        ),
    ),
)
extends(
    Client,
    appointments=(
        relay.Connection[Appointment] | None,
        link(
            store.appointments_by_client,
            key="id",
            of=Appointment.of,
            page=store.BY_START,
            reads=Permission.APPOINTMENTS_READ,
            clinic="clinic_id",
            describe="Their visits to this clinic, by start.",
        ),
    ),
)
extends(
    Course,
    appointments=(
        relay.Connection[Appointment] | None,
        link(
            store.appointments_by_course,
            key="id",
            of=Appointment.of,
            page=store.BY_START,
            reads=Permission.APPOINTMENTS_READ,
            clinic="clinic_id",
            describe="Its visits, by start.",
        ),
    ),
)
