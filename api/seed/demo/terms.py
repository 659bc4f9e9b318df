"""How the demo's clinics take bookings: all keep public holidays, two have rules of their own."""

from collections.abc import Mapping
from datetime import date, timedelta

from api.seed.demo.cast import Cast
from api.seed.demo.catalogue import managing
from api.seed.demo.places import PLACES, Place
from schema.access.rules import Permission
from schema.scheduling import actions as scheduling
from schema.scheduling.rules.booking_rules import TermsChange
from schema.scheduling.rules.holidays import public_holidays

TERMS: Mapping[str, TermsChange] = {
    "CHARLOTTE": {"step_minutes": 30, "lead_minutes": 120},
    "LONDON": {
        "buffer_before_minutes": 5,
        "buffer_after_minutes": 5,
        "most_visits_a_day": 24,
        "most_visits_a_practitioner": 8,
    },
}
#: The holidays that a clinic opens on all the same, by name.
OPENED: Mapping[str, str] = {"MIAMI": "Labor Day"}
YEAR = timedelta(days=366)


async def agree_terms(cast: Cast) -> None:
    """Every clinic that is open; a manager sets them for the year to come."""
    for place in PLACES:
        if place.live:
            work = managing(cast, place.code, Permission.CLINICS_OPERATE)
            await scheduling.set_booking_rules(
                work,
                clinic=place.code,
                expected_revision=0,
                terms=TERMS.get(place.code),
                closed_on_holidays=True,
                open_on=_opened(place, work.now.date() + timedelta(days=1)),
            )


def _opened(place: Place, first_day: date) -> list[date]:
    """From tomorrow on: in Florida it may still be yesterday."""
    names = public_holidays(place.jurisdiction, first_day, first_day + YEAR)
    return [day for day, name in names.items() if name == OPENED.get(place.code)]
