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
from schema.scheduling.types.slot_holds import (
    ExtendSlotHoldInput,
    HoldSlotInput,
    HoldSlotResult,
    ReleaseSlotHoldInput,
    SlotHold,
    SlotHoldResult,
)


@strawberry.type
class SchedulingMutations:
    @strawberry.mutation(extensions=[Writes(Permission.APPOINTMENTS_BOOK)])
    async def book_appointment(
        self, info: Info, input: change.BookAppointmentInput
    ) -> change.BookAppointmentResult:
        """Book a visit, at a free start or at one that you hold. Who and what it takes is chosen
        when it is booked or held, so that most is left for others."""
        with change.within(input.slot):
            row = await actions.book_appointment(
                info.context.work,
                client=input.client.key("Client", "client"),
                external_reference=input.external_reference,
                pre_care_attested=input.pre_care_attested,
                override=input.override.value() if input.override else None,
                **input.slot.wanted(),
            )
        return Appointment.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.APPOINTMENTS_BOOK)])
    async def move_appointment(
        self, info: Info, input: change.MoveAppointmentInput
    ) -> change.MoveAppointmentResult:
        """Move a visit to another start before it begins; it is never in its own way."""
        row = await actions.move_appointment(
            info.context.work,
            appointment_id=key_of(input.id, "Appointment", "appointment"),
            starts_at=input.starts_at,
            practitioner=change.practitioner_key(input.practitioner),
            override=input.override.value() if input.override else None,
            pre_care_attested=input.pre_care_attested,
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

    @strawberry.mutation(extensions=[Writes(Permission.APPOINTMENTS_BOOK)])
    async def mark_no_show(
        self, info: Info, input: change.MarkNoShowInput
    ) -> change.MarkNoShowResult:
        """Note that a client did not come, once the visit should have begun. What it would still
        take is free at once, and no interval counts from it. For the clinic's own people."""
        row = await actions.mark_no_show(
            info.context.work, appointment_id=key_of(input.id, "Appointment", "appointment")
        )
        return Appointment.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.APPOINTMENTS_BOOK)])
    async def hold_slot(self, info: Info, input: HoldSlotInput) -> HoldSlotResult:
        """Keep a start for some minutes, in which nobody but you can book it. You hold at most 5
        at once, partners 20."""
        with change.within(input.slot):
            row = await actions.hold_slot(
                info.context.work,
                client=input.client.key("Client", "client") if input.client else None,
                minutes=input.minutes,
                **input.slot.wanted(),
            )
        return SlotHold.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.APPOINTMENTS_BOOK)])
    async def extend_slot_hold(self, info: Info, input: ExtendSlotHoldInput) -> SlotHoldResult:
        """Prolong a hold of yours, once, to at most 15 minutes in all."""
        row = await actions.extend_slot_hold(
            info.context.work,
            slot_hold_id=key_of(input.id, "SlotHold", "slot hold"),
            minutes=input.minutes,
        )
        return SlotHold.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.APPOINTMENTS_BOOK)])
    async def release_slot_hold(self, info: Info, input: ReleaseSlotHoldInput) -> SlotHoldResult:
        """Give a start back that you hold; it is free again at once."""
        row = await actions.release_slot_hold(
            info.context.work, slot_hold_id=key_of(input.id, "SlotHold", "slot hold")
        )
        return SlotHold.of(row)

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
