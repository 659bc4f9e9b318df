"""The demo's map: regions, owners, and what each clinic consists of.

Telephone numbers are of the ranges that are kept free for stories (555-01xx; Ofcom's 7946 0xxx).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schema.clinics import actions as clinics
from schema.clinics.actions import Address
from schema.clinics.rules import ClinicStatus, RoomKind, WeeklyInterval
from schema.context import Work

REGIONS = (
    ("AMERICAS", "Americas", None),
    ("US-SOUTHEAST", "US Southeast", "AMERICAS"),
    ("CAROLINAS", "The Carolinas", "US-SOUTHEAST"),
    ("GULF", "Gulf coast", "US-SOUTHEAST"),
    ("US-WEST", "US West", "AMERICAS"),
    ("EUROPE", "Europe", None),
    ("UNITED-KINGDOM", "United Kingdom", "EUROPE"),
)
OWNERS = (
    ("CAROLINA", "Carolina Skin LLC", "US", "56-0000001", "CS"),
    ("SUNSHINE", "Sunshine Aesthetics Inc.", "US", "59-0000002", "SA"),
    ("CAHABA", "Cahaba Dermal LLC", "US", "63-0000003", "CD"),
    ("ALBION", "Albion Skin Ltd", "GB", "GB000000004", "AS"),
)
ROOMS = (
    ("T1", "Treatment 1", RoomKind.TREATMENT),
    ("T2", "Treatment 2", RoomKind.TREATMENT),
    ("T3", "Treatment 3", RoomKind.TREATMENT),
    ("C1", "Consultation", RoomKind.CONSULTATION),
    ("L1", "Laboratory", RoomKind.LABORATORY),
)
DEVICES = ("PEN-LIGHT", "PEN-DEEP", "ROLLER", "STAMP", "MMP-PEN", "CENTRIFUGE", "LED-PANEL")


def week(days: str, *hours: tuple[str, str]) -> list[WeeklyInterval]:
    """`week("01234", ("9:00", "18:00"))`: on these weekdays, 0 is Monday, these hours."""
    return [WeeklyInterval(int(day), _minutes(a), _minutes(b)) for day in days for a, b in hours]


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


@dataclass(frozen=True, slots=True)
class Place:
    """A clinic of the demo; one that is not live yet is being made ready."""

    code: str
    name: str
    region: str
    owner: str
    jurisdiction: str
    time_zone: str
    currency: str
    address: Address
    phone: str
    hours: Sequence[WeeklyInterval]
    live: bool = True
    laser: bool = False


PLACES = (
    Place(
        "RALEIGH", "Raleigh North Hills", "CAROLINAS", "CAROLINA", "US-NC",
        "America/New_York", "USD",
        Address("4100 Main at North Hills", "Raleigh", "27609", "US", 35.837, -78.642),
        "+1 919 555 0101",
        week("01234", ("8:30", "13:00"), ("13:30", "18:30")) + week("5", ("9:00", "15:00")),
        laser=True,
    ),
    Place(
        "CHARLOTTE", "Charlotte South End", "CAROLINAS", "CAROLINA", "US-NC",
        "America/New_York", "USD",
        Address("1500 South Boulevard", "Charlotte", "28203", "US", 35.213, -80.859),
        "+1 704 555 0102",
        week("01234", ("9:00", "18:00")) + week("5", ("9:00", "16:00")),
    ),
    Place(
        "MIAMI", "Miami Brickell", "GULF", "SUNSHINE", "US-FL",
        "America/New_York", "USD",
        Address("900 Brickell Avenue", "Miami", "33131", "US", 25.765, -80.191),
        "+1 305 555 0103",
        week("0123", ("10:00", "20:00")) + week("45", ("12:00", "24:00")),
        laser=True,
    ),
    Place(
        "TAMPA", "Tampa Hyde Park", "GULF", "SUNSHINE", "US-FL",
        "America/New_York", "USD",
        Address("1600 West Swann Avenue", "Tampa", "33606", "US", 27.937, -82.476),
        "+1 813 555 0104",
        week("01234", ("9:00", "17:00")),
    ),
    Place(
        "BIRMINGHAM", "Birmingham Homewood", "GULF", "CAROLINA", "US-AL",
        "America/Chicago", "USD",
        Address("2800 18th Street South", "Birmingham", "35209", "US", 33.48, -86.79),
        "+1 205 555 0105",
        week("01234", ("9:00", "18:00")) + week("5", ("9:00", "13:00")),
    ),
    Place(
        "LONDON", "London Marylebone", "UNITED-KINGDOM", "ALBION", "GB-ENG",
        "Europe/London", "GBP",
        Address("30 New Cavendish Street", "London", "W1G 8TH", "GB", 51.519, -0.149),
        "+44 20 7946 0106",
        week("01234", ("9:00", "19:00")) + week("5", ("10:00", "17:00")),
    ),
    Place(
        "PHOENIX", "Phoenix Arcadia", "US-WEST", "CAROLINA", "US-AZ",
        "America/Phoenix", "USD",
        Address("4400 East Camelback Road", "Phoenix", "85018", "US", 33.509, -111.985),
        "+1 602 555 0107",
        week("01234", ("9:00", "17:00")),
        live=False,
    ),
)  # fmt: skip

SUSPENDED = "TAMPA"
LIVE = tuple(each.code for each in PLACES if each.live)
OPENED = timedelta(days=3 * 365)


async def draw_map(work: Work) -> None:
    """Regions, and who owns clinics in them."""
    for code, name, parent in REGIONS:
        await clinics.add_region(work, code=code, name=name, parent=parent)
    for code, name, country, tax_number, prefix in OWNERS:
        await clinics.add_owner(
            work,
            code=code,
            name=name,
            country=country,
            tax_number=tax_number,
            invoice_prefix=prefix,
        )


async def open_clinics(work: Work) -> None:
    """The clinics with what is in them; the one in Birmingham has changed hands."""
    today = work.now.date()
    for place in PLACES:
        await _plan(work, place, today)
        await _furnish(work, place, today)
        await _move(work, place.code, ClinicStatus.ONBOARDING)
        if place.live:
            await _move(work, place.code, ClinicStatus.LIVE)
    last_year = today - timedelta(days=365)
    await clinics.transfer_clinic(work, clinic="BIRMINGHAM", owner="CAHABA", from_on=last_year)


async def suspend_clinic(work: Work) -> None:
    """The last thing that happens: one clinic stops, with all that was sold there."""
    await _move(work, SUSPENDED, ClinicStatus.SUSPENDED)


async def _move(work: Work, clinic: str, status: ClinicStatus) -> None:
    await clinics.change_clinic_status(work, clinic=clinic, status=status)


async def _plan(work: Work, place: Place, today: date) -> None:
    await clinics.plan_clinic(
        work,
        code=place.code,
        name=place.name,
        region=place.region,
        owner=place.owner,
        owned_from=today - OPENED,
        jurisdiction_code=place.jurisdiction,
        time_zone=place.time_zone,
        currency=place.currency,
        address=place.address,
        phone=place.phone,
    )
    await clinics.set_opening_hours(work, clinic=place.code, week=place.hours)
    await clinics.add_closure(
        work,
        clinic=place.code,
        from_on=date(today.year, 12, 25),
        to_on=date(today.year, 12, 26),
        reason="Christmas",
    )


async def _furnish(work: Work, place: Place, today: date) -> None:
    """Rooms and devices, serviced not long ago."""
    for code, name, room_kind in ROOMS:
        await clinics.add_room(work, clinic=place.code, code=code, name=name, room_kind=room_kind)
    for number, model in enumerate((*DEVICES, "LASER") if place.laser else DEVICES, 1):
        await clinics.add_device(
            work,
            clinic=place.code,
            code=f"D{number}",
            model=model,
            serial_number=f"{place.code[:3]}-{number:04}",
            service_due_on=today + timedelta(days=300),
        )
