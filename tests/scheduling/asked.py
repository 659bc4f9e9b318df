"""What the tests of this folder ask through GraphQL."""

from datetime import datetime
from typing import Any

from strawberry import relay

from schema.access.rules import Actor
from schema.clients.models import ClientRow
from schema.courses.actions import sell_course
from schema.courses.models import CourseRow
from schema.money import Money
from schema.pricing.actions import set_protocol_price
from schema.scheduling import store
from tests.asking import Acting, Asking
from tests.scheduling.setting import Setting

AVAILABILITY = """query ($input: AvailabilityInput!) { availability(input: $input) { asOf clinics {
    timeZone starts problem { code field } clinic { code }
    durations { chair { typical } practitioner { typical } total { typical } } } } }"""
BOOK = """mutation ($input: BookAppointmentInput!) { bookAppointment(input: $input) { __typename
    ... on Appointment { id startsAt endsAt state areas addOns externalReference }
    ... on SlotTakenProblem { code retry field nextFree }
    ... on HoldProblem { code field } ... on RuleProblem { code field retry }
    ... on NotFoundProblem { code field }
    ... on ConflictProblem { code message field } } }"""
CANCEL = """mutation ($input: CancelAppointmentInput!) { cancelAppointment(input: $input) {
    __typename
    ... on Appointment { state cancelledAt cancellationReason }
    ... on RuleProblem { code field } ... on NotFoundProblem { code field }
    ... on ConflictProblem { code field } } }"""
#: Where in the input of a booking the start is, and what it is for.
AT = "slot.at"
VISIT = f"{AT}.bookedFor.visit"


def global_id(kind: str, row: Any) -> str:
    return str(relay.GlobalID(kind, str(row.id)))


def by(kind: str, row: Any) -> dict[str, str]:
    return {"id": global_id(kind, row)}


def asked(start: datetime, end: datetime, **changed: Any) -> dict[str, Any]:
    """An availability input for a treatment of the face in Raleigh."""
    treatment = {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"]}
    where = {"clinics": [{"code": "RALEIGH"}]}
    return {"where": where, "visit": treatment, "window": instants(start, end), **changed}


def instants(start: datetime, end: datetime) -> dict[str, Any]:
    """A window of a search."""
    return {"instants": {"from": start.isoformat(), "to": end.isoformat()}}


def booking(visitor: Any, start: datetime, **changed: Any) -> dict[str, Any]:
    """A booking input for a treatment of the face in Raleigh. What is changed of the start goes
    where it belongs."""
    visit = {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"]}
    at = {
        "clinic": {"code": "RALEIGH"},
        "startsAt": start.isoformat(),
        "bookedFor": {"visit": visit},
    }
    at |= {name: changed.pop(name) for name in (*at, "practitioner") if name in changed}
    return {"client": by("Client", visitor), "slot": {"at": at}, **changed}


async def book(
    ask: Asking, actor: Actor, visitor: ClientRow, start: datetime, **changed: Any
) -> Any:
    return await ask.change(actor, BOOK, input=booking(visitor, start, **changed))


async def sold(act: Acting, setting: Setting, sessions: int = 3, days: int = 365) -> CourseRow:
    async with act.work() as work:
        clinic_id = setting.franchise.raleigh.id
        adopted = await store.adoptions(work.session, work.scope, [clinic_id], "MN-MEDICAL")
        await set_protocol_price(
            work, clinic_protocol_id=adopted[clinic_id], amount=Money(20_000, "USD")
        )
        return await sell_course(
            work,
            client=setting.raleigh_client.id,
            clinic_protocol=adopted[clinic_id],
            areas=["FACE"],
            sessions=sessions,
            sessions_reason="As agreed",
            validity_days=days,
        )


def of(course: CourseRow) -> dict[str, Any]:
    return {"bookedFor": {"course": {"code": course.code}}}
