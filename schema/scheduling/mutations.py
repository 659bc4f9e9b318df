import strawberry

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import Writes, key_of
from schema.scheduling import actions
from schema.scheduling.types import changes as change
from schema.scheduling.types.appointments import Appointment
from schema.scheduling.types.booking_rules import (
    BookingRules,
    SetBookingRulesInput,
    SetBookingRulesResult,
)
from schema.scheduling.types.prerequisites import (
    EndPrerequisiteInput,
    Prerequisite,
    PrerequisiteResult,
    SetPrerequisiteInput,
)


@strawberry.type
class SchedulingMutations:
    @strawberry.mutation(extensions=[Writes(Permission.APPOINTMENTS_BOOK)])
    async def book_appointment(
        self, info: Info, input: change.BookAppointmentInput
    ) -> change.BookAppointmentResult:
        """Book a visit. Who and what it takes is chosen now, so that most is left for others."""
        wanted = input.booked_for
        row = await actions.book_appointment(
            info.context.work,
            clinic=input.clinic.key("Clinic", "clinic"),
            client=input.client.key("Client", "client"),
            starts_at=input.starts_at,
            wish=wanted.visit.wish() if wanted.visit else None,
            course=wanted.course.key("Course", "course") if wanted.course else None,
            practitioner=input.practitioner.key("Practitioner", "practitioner")
            if input.practitioner
            else None,
            external_reference=input.external_reference,
        )
        return Appointment.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.APPOINTMENTS_BOOK)])
    async def cancel_appointment(
        self, info: Info, input: change.CancelAppointmentInput
    ) -> change.CancelAppointmentResult:
        """Call a visit off before it begins; what it took is free again at once."""
        row = await actions.cancel_appointment(
            info.context.work,
            appointment_id=key_of(input.id, "Appointment", "appointment"),
            reason=input.reason,
        )
        return Appointment.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICS_OPERATE)])
    async def set_booking_rules(
        self, info: Info, input: SetBookingRulesInput
    ) -> SetBookingRulesResult:
        """Change how a clinic takes bookings. What is booked already stays booked."""
        row = await actions.set_booking_rules(
            info.context.work,
            clinic=input.clinic.key("Clinic", "clinic"),
            expected_revision=input.expected_revision,
            terms=input.terms(),
            closed_on_holidays=input.closed_on_holidays,
            open_on=input.open_holidays,
        )
        return BookingRules.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PREREQUISITES_SET)])
    async def set_prerequisite(self, info: Info, input: SetPrerequisiteInput) -> PrerequisiteResult:
        """State that a visit has to come before some treatments. It adds to what was set before;
        treatments that are booked already stay booked."""
        row = await actions.set_prerequisite(
            info.context.work,
            jurisdiction_code=input.jurisdiction_code,
            visit_kind=input.visit_kind,
            from_on=input.from_on,
            to_on=input.to_on,
            source=input.source,
            before=input.before(),
            owner=input.owner.key("Owner", "owner") if input.owner else None,
            credential_types=input.credential_types,
            remote_allowed=input.remote_allowed,
            min_days=input.min_days,
            max_days=input.max_days,
        )
        return Prerequisite.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PREREQUISITES_SET)])
    async def end_prerequisite(self, info: Info, input: EndPrerequisiteInput) -> PrerequisiteResult:
        """Set the last day of treatments that a prerequisite comes before, or bring it forward."""
        row = await actions.end_prerequisite(
            info.context.work,
            prerequisite_id=key_of(input.id, "Prerequisite", "prerequisite"),
            to_on=input.to_on,
        )
        return Prerequisite.of(row)
