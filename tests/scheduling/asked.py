"""The queries and mutations that the tests of this folder send."""

from datetime import datetime
from typing import Any

from strawberry import relay

AVAILABILITY = """query ($input: AvailabilityInput!) { availability(input: $input) { asOf clinics {
    timeZone starts problem { code field } clinic { code }
    durations { chair { typical } practitioner { typical } total { typical } } } } }"""
BOOK = """mutation ($input: BookAppointmentInput!) { bookAppointment(input: $input) { __typename
    ... on Appointment { id startsAt endsAt state areas addOns externalReference }
    ... on SlotTakenProblem { code retry field nextFree }
    ... on HoldProblem { code field } ... on RuleProblem { code field retry }
    ... on NotFoundProblem { code field } ... on ConflictProblem { code field } } }"""
CANCEL = """mutation ($input: CancelAppointmentInput!) { cancelAppointment(input: $input) {
    __typename
    ... on Appointment { state cancelledAt cancellationReason }
    ... on RuleProblem { code field } ... on NotFoundProblem { code field }
    ... on ConflictProblem { code field } } }"""


def global_id(kind: str, row: Any) -> str:
    return str(relay.GlobalID(kind, str(row.id)))


def by(kind: str, row: Any) -> dict[str, str]:
    return {"id": global_id(kind, row)}


def asked(start: datetime, end: datetime, **changed: Any) -> dict[str, Any]:
    """An availability input for a treatment of the face in Raleigh."""
    treatment = {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"]}
    where = {"clinics": [{"code": "RALEIGH"}]}
    window = {"from": start.isoformat(), "to": end.isoformat()}
    return {"where": where, "visit": treatment, **window, **changed}


def booking(visitor: Any, start: datetime, **changed: Any) -> dict[str, Any]:
    """A booking input for a treatment of the face in Raleigh."""
    visit = {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"]}
    return {
        "clinic": {"code": "RALEIGH"},
        "client": by("Client", visitor),
        "startsAt": start.isoformat(),
        "bookedFor": {"visit": visit},
        **changed,
    }
