"""What the queries and mutations of the visits take and give."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay
from strawberry.types.field import StrawberryField

from schema.clients.types.holds import HoldProblem
from schema.context import Info
from schema.errors import DomainError
from schema.fields import By, key_of
from schema.problems import ConflictProblem, NotFoundProblem, Problem, RuleProblem
from schema.scheduling.rules import AppointmentState, CancellationReason, SlotTaken
from schema.scheduling.rules.booking import Override, SoftRule
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


@strawberry.input(description="A start in a clinic, and what for.")
class StartInput:
    clinic: By = strawberry.field(description="Where.")
    starts_at: datetime = strawberry.field(
        description="When: a multiple of 5 minutes, such as `availability` gives. A booking takes"
        " what you hold at that start, or gives it back where that is for something else."
    )
    booked_for: BookedFor = strawberry.field(description="What for.")
    practitioner: By | None = strawberry.field(
        default=None, description="Who is to treat; null: whoever leaves most open for others."
    )

    def wanted(self) -> dict[str, Any]:
        """As actions take it. Raises: NotFound for an id of something else."""
        visit, course = self.booked_for.visit, self.booked_for.course
        return {
            "clinic": self.clinic.key("Clinic", "clinic"),
            "starts_at": self.starts_at,
            "wish": visit.wish() if visit else None,
            "course": course.key("Course", "course") if course else None,
            "practitioner": practitioner_key(self.practitioner),
        }


def practitioner_key(named: By | None) -> UUID | str | None:
    return named.key("Practitioner", "practitioner") if named else None


#: Where in a `StartInput` the fields are that problems name.
IN_BOOKED_FOR = {"course": "course", "visit.protocol": "visit.protocol"}
IN_VISIT = ("addOns", "areas", "variant")
IN_START = ("clinic", "practitioner", "startsAt")


@strawberry.input(one_of=True, description="A start that is not held.")
class FreeSlotInput:
    token: str | None = strawberry.field(
        default=strawberry.UNSET, description="A start that `availability` gave you, by its token."
    )
    at: StartInput | None = strawberry.field(
        default=strawberry.UNSET, description="By clinic and start."
    )

    def wanted(self) -> dict[str, Any]:
        """As actions take it. Raises: NotFound for an id of something else."""
        return self.at.wanted() if self.at else {"slot_token": self.token}

    @property
    def way(self) -> str:
        return "at" if self.at else "token"


@strawberry.input(one_of=True, description="Which start.")
class SlotInput(FreeSlotInput):
    hold: relay.GlobalID | None = strawberry.field(
        default=strawberry.UNSET, description="A start that you hold, by the id of the `SlotHold`."
    )

    def wanted(self) -> dict[str, Any]:
        """As actions take it. Raises: NotFound for an id of something else."""
        if self.hold:
            return {"slot_hold": key_of(self.hold, "SlotHold", "slot hold")}
        return FreeSlotInput.wanted(self)

    @property
    def way(self) -> str:
        return "hold" if self.hold else "at" if self.at else "token"


@contextmanager
def within(slot: FreeSlotInput) -> Iterator[None]:
    """Say of a problem with a slot where in the input it is."""
    try:
        yield
    except DomainError as error:
        error.field = _path(slot.way, error.field)
        raise


def _path(way: str, field: str | None) -> str | None:
    first = (field or "").partition(".")[0]
    if field == "slot.hold":  # which was found by the start, where that is how it was named
        return f"slot.{way}"
    inside = None
    if first in IN_START:
        inside = field
    elif field in IN_BOOKED_FOR:
        inside = f"bookedFor.{field}"
    elif first in IN_VISIT:
        inside = f"bookedFor.visit.{field}"
    if inside is None:
        return field
    return f"slot.at.{inside}" if way == "at" else f"slot.{way}"


@strawberry.input(
    description="Rules that staff set aside, and why. Requires `appointments:override` in that"
    " clinic."
)
class OverrideInput:
    rules: list[SoftRule] = strawberry.field(description="Which; others are obeyed.")
    reason: str = strawberry.field(
        description="Why: for whoever holds `clinical:read`, and nobody else."
    )

    def value(self) -> Override:
        return Override(frozenset(self.rules), self.reason)


PRE_CARE = (
    "That the client says that the care before the visit has begun in time. Needed for a start"
    " sooner than the longest care before it that the protocol demands."
)


@strawberry.input(description="A visit to be booked.")
class BookAppointmentInput:
    client: By = strawberry.field(
        description="Who comes: a client of this clinic. Partners book whom they registered."
    )
    slot: SlotInput = strawberry.field(description="Where, when and what for.")
    external_reference: str | None = strawberry.field(
        default=None,
        description="What your system calls it; each of a caller's only once in a clinic. Partners"
        " must give one. `appointmentByReference` finds the visit by it.",
    )
    pre_care_attested: bool = strawberry.field(default=False, description=PRE_CARE)
    override: OverrideInput | None = strawberry.field(
        default=None, description="Rules to set aside; null: none."
    )


@strawberry.input(description="A visit to be moved.")
class MoveAppointmentInput:
    id: relay.GlobalID = strawberry.field(description="The visit's id.")
    starts_at: datetime = strawberry.field(
        description="To when: a multiple of 5 minutes. What you hold at that start is given back"
        " for it."
    )
    practitioner: By | None = strawberry.field(
        default=None, description="Who is to treat; null: whoever leaves most open for others."
    )
    pre_care_attested: bool = strawberry.field(default=False, description=PRE_CARE)
    override: OverrideInput | None = strawberry.field(
        default=None, description="Rules to set aside; null: none."
    )


@strawberry.input(description="A visit to be called off.")
class CancelAppointmentInput:
    id: relay.GlobalID = strawberry.field(description="The visit's id.")
    reason: CancellationReason = strawberry.field(description="Why.")


@strawberry.input(description="A visit to which the client did not come.")
class MarkNoShowInput:
    id: relay.GlobalID = strawberry.field(description="The visit's id.")


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
MoveAppointmentResult = Annotated[
    Appointment | SlotTakenProblem | HoldProblem | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("MoveAppointmentResult", description="The visit, or what is wrong."),
]
CancelAppointmentResult = Annotated[
    Appointment | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("CancelAppointmentResult", description="The visit, or what is wrong."),
]
MarkNoShowResult = Annotated[
    Appointment | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("MarkNoShowResult", description="The visit, or what is wrong."),
]
