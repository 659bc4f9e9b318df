"""Holds of a slot, as GraphQL shows and makes them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.clients.types.holds import HoldProblem
from schema.clinics.store import clinics_by_id
from schema.clinics.types.places import Clinic
from schema.fields import By, described, identified, link
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem
from schema.scheduling import store
from schema.scheduling.models import SlotHoldRow
from schema.scheduling.rules import SlotHoldState
from schema.scheduling.rules.slot_holds import USUAL_HOLD_MINUTES
from schema.scheduling.store.slot_holds import slot_holds_by_id
from schema.scheduling.types.appointments import Appointment
from schema.scheduling.types.changes import FreeSlotInput, SlotTakenProblem

described(
    SlotHoldState,
    "What became of a held start.",
    {
        SlotHoldState.CONFIRMED: "Booked: see `appointment`. Final.",
        SlotHoldState.EXPIRED: "Nobody booked it in time: it is free again. Final.",
        SlotHoldState.HELD: "Held: nobody but its holder can book it.",
        SlotHoldState.RELEASED: "Given back: it is free again. Final.",
    },
)


@identified(slot_holds_by_id, reads=Permission.APPOINTMENTS_BOOK)
@strawberry.type(
    description="A start that is kept for its holder for some minutes. Partners see their own,"
    " clinics all of theirs."
)
class SlotHold(relay.Node):
    id: relay.NodeID[UUID]
    clinic_id: strawberry.Private[UUID]
    appointment_id: strawberry.Private[UUID | None]
    starts_at: datetime = strawberry.field(description="When the client would come.")
    ends_at: datetime = strawberry.field(description="When the client would leave.")
    expires_at: datetime = strawberry.field(description="Until when it is held.")
    state: SlotHoldState = strawberry.field(description="What became of it by now.")
    clinic: Clinic | None = link(
        clinics_by_id,
        key="clinic_id",
        of=Clinic.of,
        reads=Permission.CLINICS_READ,
        describe="Where.",
    )
    appointment: Appointment | None = link(
        store.appointments_by_id,
        key="appointment_id",
        of=Appointment.of,
        reads=Permission.APPOINTMENTS_READ,
        describe="The visit that it became; null before.",
    )

    @classmethod
    def of(cls, row: SlotHoldRow) -> "SlotHold":
        return cls(
            id=row.id,
            clinic_id=row.clinic_id,
            appointment_id=row.appointment_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            expires_at=row.expires_at,
            state=SlotHoldState(row.state),
        )


@strawberry.input(description="A start to be held.")
class HoldSlotInput:
    slot: FreeSlotInput = strawberry.field(description="Where, when and what for.")
    client: By | None = strawberry.field(
        default=None,
        description="Who comes, where that is known: what stops them is said now. A course's own"
        " client where it is left out.",
    )
    minutes: int = strawberry.field(
        default=USUAL_HOLD_MINUTES, description="For how long: 1 to 15 minutes."
    )


@strawberry.input(description="A hold to be prolonged.")
class ExtendSlotHoldInput:
    id: relay.GlobalID = strawberry.field(description="The hold's id.")
    minutes: int = strawberry.field(
        default=USUAL_HOLD_MINUTES,
        description="For how long after it would expire; 15 minutes in all.",
    )


@strawberry.input(description="A hold to be given back.")
class ReleaseSlotHoldInput:
    id: relay.GlobalID = strawberry.field(description="The hold's id.")


HoldSlotResult = Annotated[
    SlotHold | SlotTakenProblem | HoldProblem | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("HoldSlotResult", description="The hold, or what is wrong."),
]
SlotHoldResult = Annotated[
    SlotHold | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("SlotHoldResult", description="The hold, or what is wrong."),
]
