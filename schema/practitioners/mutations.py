import strawberry

from schema.access.rules import Permission
from schema.clinics.actions import Key
from schema.context import Info
from schema.fields import By, Writes, key_of
from schema.practitioners import actions
from schema.practitioners.types import changes as change
from schema.practitioners.types.people import (
    Certification,
    Credential,
    Practitioner,
    PractitionerAssignment,
    ScopeRule,
    TimeOff,
)


def clinic_key(by: By) -> Key:
    return by.key("Clinic", "clinic")


def practitioner_key(by: By) -> Key:
    return by.key("Practitioner", "practitioner")


@strawberry.type
class PractitionerMutations:
    @strawberry.mutation(extensions=[Writes(Permission.PRACTITIONERS_MANAGE)])
    async def register_practitioner(
        self, info: Info, input: change.RegisterPractitionerInput
    ) -> change.PractitionerResult:
        """Register a practitioner with a first clinic, and what they are licensed as."""
        row = await actions.register_practitioner(
            info.context.work,
            clinic=clinic_key(input.clinic),
            code=input.code,
            name=input.name,
            from_on=input.from_on,
            person=input.person.key("Person", "person") if input.person else None,
            licences=[each.value() for each in input.credentials],
        )
        return Practitioner.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PRACTITIONERS_MANAGE)])
    async def assign_practitioner(
        self, info: Info, input: change.AssignPractitionerInput
    ) -> change.AssignmentResult:
        """Let a practitioner work in one more of your clinics. From a clinic that is not yours
        only headquarters can lend one to you."""
        row = await actions.assign_practitioner(
            info.context.work,
            practitioner=practitioner_key(input.practitioner),
            clinic=clinic_key(input.clinic),
            from_on=input.from_on,
            to_on=input.to_on,
        )
        return PractitionerAssignment.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PRACTITIONERS_MANAGE)])
    async def end_assignment(
        self, info: Info, input: change.EndAssignmentInput
    ) -> change.AssignmentResult:
        """Set an assignment's last day, or bring it forward. What is booked stays booked."""
        row = await actions.end_assignment(
            info.context.work,
            assignment_id=key_of(input.id, "PractitionerAssignment", "assignment"),
            to_on=input.to_on,
        )
        return PractitionerAssignment.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PRACTITIONERS_MANAGE)])
    async def add_credential(
        self, info: Info, input: change.AddCredentialInput
    ) -> change.AddCredentialResult:
        """Note what a practitioner is licensed as, or that a licence was renewed."""
        row = await actions.add_credential(
            info.context.work,
            practitioner=practitioner_key(input.practitioner),
            licence=input.credential.value(),
        )
        return Credential.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PRACTITIONERS_MANAGE)])
    async def remove_credential(
        self, info: Info, input: change.RemoveCredentialInput
    ) -> change.RemoveCredentialResult:
        """Take back a credential that was noted by mistake, or lost. What is booked stays
        booked; the answer no longer has its `number`."""
        row = await actions.remove_credential(
            info.context.work, credential_id=key_of(input.id, "Credential", "credential")
        )
        return Credential.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PRACTITIONERS_MANAGE)])
    async def add_certification(
        self, info: Info, input: change.AddCertificationInput
    ) -> change.AddCertificationResult:
        """Note what a practitioner was trained for."""
        row = await actions.add_certification(
            info.context.work,
            practitioner=practitioner_key(input.practitioner),
            kind=input.kind,
            code=input.code,
            expires_on=input.expires_on,
        )
        return Certification.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PRACTITIONERS_MANAGE)])
    async def remove_certification(
        self, info: Info, input: change.RemoveCertificationInput
    ) -> change.RemoveCertificationResult:
        """Take back training that was noted by mistake, or no longer counts. What is booked stays
        booked."""
        row = await actions.remove_certification(
            info.context.work, certification_id=key_of(input.id, "Certification", "certification")
        )
        return Certification.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PRACTITIONERS_MANAGE)])
    async def set_working_hours(
        self, info: Info, input: change.SetWorkingHoursInput
    ) -> change.PractitionerResult:
        """Replace a practitioner's week in one clinic; other clinics' hours stay."""
        row = await actions.set_working_hours(
            info.context.work,
            clinic=clinic_key(input.clinic),
            practitioner=practitioner_key(input.practitioner),
            week=[each.value() for each in input.week],
        )
        return Practitioner.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PRACTITIONERS_MANAGE)])
    async def add_time_off(self, info: Info, input: change.AddTimeOffInput) -> change.TimeOffResult:
        """Take a practitioner out of every clinic's calendar. What is booked stays booked."""
        row = await actions.add_time_off(
            info.context.work,
            practitioner=practitioner_key(input.practitioner),
            starts_at=input.starts_at,
            ends_at=input.ends_at,
            reason=input.reason,
        )
        return TimeOff.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PRACTITIONERS_MANAGE)])
    async def remove_time_off(
        self, info: Info, input: change.RemoveTimeOffInput
    ) -> change.TimeOffResult:
        """Put a practitioner back into the calendars."""
        row = await actions.remove_time_off(
            info.context.work, time_off_id=key_of(input.id, "TimeOff", "time off")
        )
        return TimeOff.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.SCOPE_RULES_VERIFY)])
    async def verify_scope_rule(
        self, info: Info, input: change.VerifyScopeRuleInput
    ) -> change.VerifyScopeRuleResult:
        """State, in your own name, what a credential may do in a jurisdiction. What was verified
        before is replaced, at once and everywhere."""
        row = await actions.verify_scope_rule(
            info.context.work,
            jurisdiction_code=input.jurisdiction_code,
            credential_type=input.credential_type,
            max_needle_depth_mm=input.max_needle_depth_mm,
            supervision=input.supervision,
            source=input.source,
        )
        return ScopeRule.of(row)
