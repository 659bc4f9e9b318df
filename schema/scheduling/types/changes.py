"""What the queries and mutations of the visits take and give."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import relay
from strawberry.types.field import StrawberryField

from schema.clients.types.holds import HoldProblem
from schema.context import Info
from schema.fields import By
from schema.problems import ConflictProblem, NotFoundProblem, Problem, RuleProblem
from schema.scheduling.rules import AppointmentState, CancellationReason, SlotTaken
from schema.scheduling.types.appointments import Appointment
from schema.scheduling.types.searches import VisitInput


@strawberry.input(description="Which visits.")
class AppointmentFilter:
    clinic: By | None = strawberry.field(default=None, description="In this clinic.")
    state: AppointmentState | None = strawberry.field(default=None, description="In this state.")
    from_: datetime | None = strawberry.field(
        default=None, name="from", description="That start at or after this instant."
    )
    to: datetime | None = strawberry.field(
        default=None, description="That start before this instant."
    )


@strawberry.input(one_of=True, description="What is booked.")
class BookedFor:
    course: By | None = strawberry.field(
        default=strawberry.UNSET,
        description="The next session of a course: of the version that it was sold with, under the"
        " law of today.",
    )
    visit: VisitInput | None = strawberry.field(
        default=strawberry.UNSET, description="A single visit, as the clinic offers it."
    )


@strawberry.input(description="A visit to be booked.")
class BookAppointmentInput:
    clinic: By = strawberry.field(description="Where.")
    client: By = strawberry.field(
        description="Who comes: a client of this clinic. Partners book whom they registered."
    )
    starts_at: datetime = strawberry.field(
        description="When: a multiple of 5 minutes, such as `availability` gives."
    )
    booked_for: BookedFor = strawberry.field(description="What for.")
    practitioner: By | None = strawberry.field(
        default=None, description="Who is to treat; null: whoever leaves most open for others."
    )
    external_reference: str | None = strawberry.field(
        default=None,
        description="What your system calls it; each of a caller's only once in a clinic. Partners"
        " must give one. `appointmentByReference` finds the visit by it.",
    )


@strawberry.input(description="A visit to be called off.")
class CancelAppointmentInput:
    id: relay.GlobalID = strawberry.field(description="The visit's id.")
    reason: CancellationReason = strawberry.field(description="Why.")


@strawberry.type(description="This start is not free. Take one of `nextFree`, or ask again.")
class SlotTakenProblem(Problem):
    field: str | None = strawberry.field(default=None, description="Path into `input`.")
    next_free: list[datetime] = strawberry.field(
        default_factory=list, description="The next starts that are, within two weeks, in UTC."
    )


class OnSlotTaken(strawberry.ExceptionHandler[SlotTaken, SlotTakenProblem]):
    def handle(
        self, exception: SlotTaken, *, field: StrawberryField, info: Info
    ) -> SlotTakenProblem:
        return SlotTakenProblem(
            code=exception.code,
            message=exception.message,
            retry=exception.retry,
            field=exception.field,
            next_free=list(exception.next_free),
        )


BookAppointmentResult = Annotated[
    Appointment | SlotTakenProblem | HoldProblem | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("BookAppointmentResult", description="The visit, or what is wrong."),
]
CancelAppointmentResult = Annotated[
    Appointment | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("CancelAppointmentResult", description="The visit, or what is wrong."),
]
