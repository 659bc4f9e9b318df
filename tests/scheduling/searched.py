"""What the tests of the search share: everything that an answer says of a clinic."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schema.access.rules import Actor
from schema.clients.models import ClientRow
from schema.scheduling.actions import book_appointment
from schema.scheduling.models import AppointmentRow
from schema.scheduling.rules import Wish
from tests.asking import Acting, Asking
from tests.scheduling.asked import asked, by
from tests.scheduling.setting import TREATMENT, Setting

DAY = timedelta(days=1)
SEARCH = """query ($input: AvailabilityInput!) { availability(input: $input) { asOf staleAfter
    clinics { timeZone starts preCareFrom preferredOn distanceKm problem { code message field }
    clinic { code } } } }"""


async def search(ask: Asking, actor: Actor, query: str = SEARCH, **wanted: Any) -> Any:
    """The one clinic's answer."""
    data = await ask.data(actor, query, input=wanted)
    (found,) = data["availability"]["clinics"]
    return found


def on(first: date, last: date | None = None) -> dict[str, Any]:
    """A window of a search: local days."""
    return {"days": {"from": first.isoformat(), "to": (last or first).isoformat()}}


def of_client(visitor: ClientRow, window: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A search for a client's treatment of the face."""
    visit = {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"]}
    return {"client": by("Client", visitor), "visit": visit, "window": window, **changed}


def days_of(found: Any) -> list[date]:
    """The clinic's days on which there are starts, in the order of the answer."""
    zone = ZoneInfo(found["timeZone"])
    starts = map(datetime.fromisoformat, found["starts"])
    return list(dict.fromkeys(each.astimezone(zone).date() for each in starts))


async def booked(
    act: Acting,
    setting: Setting,
    start: datetime,
    wish: Wish = TREATMENT,
    visitor: ClientRow | None = None,
    clinic: str = "RALEIGH",
) -> AppointmentRow:
    """A visit of Raleigh's client, or of another one."""
    guest = visitor or setting.raleigh_client
    async with act.work() as work:
        return await book_appointment(
            work, clinic=clinic, client=guest.id, starts_at=start, wish=wish
        )


__all__ = ["DAY", "SEARCH", "asked", "booked", "days_of", "of_client", "on", "search"]
