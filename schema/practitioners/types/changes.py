"""What the mutations of practitioners take and give."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import relay

from schema.clinics.rules import WeeklyInterval
from schema.fields import By
from schema.practitioners.actions import Licence
from schema.practitioners.rules import CertificationKind, CredentialType, Supervision
from schema.practitioners.types.people import (
    Certification,
    Credential,
    Practitioner,
    PractitionerAssignment,
    ScopeRule,
    TimeOff,
)
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem


@strawberry.input(description="Which practitioners.")
class PractitionerFilter:
    clinic: By | None = strawberry.field(
        default=None, description="Who works, worked or will work in this clinic."
    )


@strawberry.input(description="A licence, or its renewal.")
class CredentialInput:
    credential_type: CredentialType = strawberry.field(description="As what.")
    jurisdiction_code: str = strawberry.field(description="Where it counts, ISO 3166.")
    number: str = strawberry.field(description="The board's number, 1 to 60 characters.")
    expires_on: date | None = strawberry.field(
        default=None, description="Its last day; null: for good."
    )

    def value(self) -> Licence:
        return Licence(self.credential_type, self.jurisdiction_code, self.number, self.expires_on)


@strawberry.input(description="Somebody who will treat.")
class RegisterPractitionerInput:
    clinic: By = strawberry.field(description="Where they begin.")
    code: str = strawberry.field(description="2 to 40 of A-Z, 0-9 and -; unique.")
    name: str = strawberry.field(description="Their name, 1 to 200 characters.")
    from_on: date = strawberry.field(description="Their first day, in the clinic's zone.")
    person: By | None = strawberry.field(
        default=None, description="Who they are when they sign in; as `code` goes the email."
    )
    credentials: list[CredentialInput] = strawberry.field(
        default_factory=list, description="What they are licensed as."
    )


@strawberry.input(description="One more clinic for a practitioner, or one again.")
class AssignPractitionerInput:
    practitioner: By = strawberry.field(description="Who.")
    clinic: By = strawberry.field(description="Where.")
    from_on: date = strawberry.field(description="The first day, in the clinic's zone.")
    to_on: date | None = strawberry.field(
        default=None, description="The last day, included; null: until further notice."
    )


@strawberry.input(description="The end of an assignment.")
class EndAssignmentInput:
    id: relay.GlobalID = strawberry.field(description="The assignment's id.")
    to_on: date = strawberry.field(description="The last day, included; earlier than before.")


@strawberry.input(description="A credential of a practitioner.")
class AddCredentialInput:
    practitioner: By = strawberry.field(description="Whose.")
    credential: CredentialInput = strawberry.field(description="Which.")


@strawberry.input(description="A credential to take back.")
class RemoveCredentialInput:
    id: relay.GlobalID = strawberry.field(description="The credential's id.")


@strawberry.input(description="Training of a practitioner.")
class AddCertificationInput:
    practitioner: By = strawberry.field(description="Whose.")
    kind: CertificationKind = strawberry.field(description="For what kind of thing.")
    code: str = strawberry.field(description="For which, by its code.")
    expires_on: date | None = strawberry.field(
        default=None, description="Its last day; null: for good."
    )


@strawberry.input(description="Training to take back.")
class RemoveCertificationInput:
    id: relay.GlobalID = strawberry.field(description="The certification's id.")


@strawberry.input(description="An interval of the week.")
class WorkingHoursInput:
    weekday: int = strawberry.field(description="0 is Monday, 6 is Sunday.")
    starts: int = strawberry.field(description="Minutes after midnight, multiples of 5.")
    ends: int = strawberry.field(
        description="Minutes after midnight; at or before `starts`: on the next day."
    )

    def value(self) -> WeeklyInterval:
        return WeeklyInterval(self.weekday, self.starts, self.ends)


@strawberry.input(description="The week of a practitioner in a clinic.")
class SetWorkingHoursInput:
    practitioner: By = strawberry.field(description="Whose.")
    clinic: By = strawberry.field(description="Where.")
    week: list[WorkingHoursInput] = strawberry.field(
        description="The whole week there; what was set before is replaced. Empty: never there."
    )


@strawberry.input(description="Time away.")
class AddTimeOffInput:
    practitioner: By = strawberry.field(description="Who is away, from every clinic.")
    starts_at: datetime = strawberry.field(description="From when, with its offset.")
    ends_at: datetime = strawberry.field(description="Until when, not included, with its offset.")
    reason: str = strawberry.field(default="", description="Why; shown to managers only.")


@strawberry.input(description="Time away to undo.")
class RemoveTimeOffInput:
    id: relay.GlobalID = strawberry.field(description="The time off's id.")


@strawberry.input(description="What a credential may do in a jurisdiction.")
class VerifyScopeRuleInput:
    jurisdiction_code: str = strawberry.field(description="Where, ISO 3166.")
    credential_type: CredentialType = strawberry.field(description="Who.")
    max_needle_depth_mm: Decimal = strawberry.field(
        description="The deepest needle, 0 to 10 millimetres, in hundredths; 0: none."
    )
    supervision: Supervision = strawberry.field(description="Who else must be there.")
    source: str = strawberry.field(description="The law, or who confirmed it.")


PractitionerResult = Annotated[
    Practitioner | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("PractitionerResult", description="The practitioner, or what is wrong."),
]
AssignmentResult = Annotated[
    PractitionerAssignment | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("AssignmentResult", description="The assignment, or what is wrong."),
]
AddCredentialResult = Annotated[
    Credential | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("AddCredentialResult", description="The credential, or what is wrong."),
]
AddCertificationResult = Annotated[
    Certification | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("AddCertificationResult", description="The certification, or what is wrong."),
]
RemoveCredentialResult = Annotated[
    Credential | NotFoundProblem | ConflictProblem,
    strawberry.union(
        "RemoveCredentialResult", description="The credential as it was, or what is wrong."
    ),
]
RemoveCertificationResult = Annotated[
    Certification | NotFoundProblem | ConflictProblem,
    strawberry.union(
        "RemoveCertificationResult", description="The certification as it was, or what is wrong."
    ),
]
TimeOffResult = Annotated[
    TimeOff | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("TimeOffResult", description="The time off, or what is wrong."),
]
VerifyScopeRuleResult = Annotated[
    ScopeRule | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("VerifyScopeRuleResult", description="The rule, or what is wrong."),
]
