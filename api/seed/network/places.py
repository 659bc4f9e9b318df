"""A network's clinics: where they are, when they are open, and 14 resources each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from api.seed.content import CERTIFIED
from api.seed.network.copying import Sheets
from api.seed.network.ground import Ground
from api.seed.network.offers import Offered, offer
from schema.base import Row
from schema.clinics.models import (
    ClinicOwnershipRow,
    ClinicRow,
    ClosureRow,
    DeviceRow,
    OpeningHoursRow,
    OwnerRow,
    RegionRow,
    RoomRow,
)
from schema.clinics.rules import ClinicStatus, RoomKind
from schema.practitioners.models import (
    CertificationRow,
    CredentialRow,
    PractitionerAssignmentRow,
    PractitionerRow,
    WorkingHoursRow,
)
from schema.practitioners.rules import CertificationKind, CredentialType
from schema.scheduling.models import ClinicCalendarRow

MODELS: tuple[type[Row], ...] = (
    RegionRow, OwnerRow, ClinicRow, ClinicOwnershipRow, OpeningHoursRow, ClosureRow, RoomRow,
    DeviceRow, PractitionerRow, PractitionerAssignmentRow, CredentialRow, CertificationRow,
    WorkingHoursRow, ClinicCalendarRow,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Home:
    """Where clinics are: some degrees around a place."""

    jurisdiction: str
    name: str
    time_zone: str
    currency: str
    latitude: float
    longitude: float

    @property
    def country(self) -> str:
        return self.jurisdiction[:2]


HOMES = (
    Home("US-NC", "North Carolina", "America/New_York", "USD", 35.6, -79.4),
    Home("US-FL", "Florida", "America/New_York", "USD", 28.2, -81.8),
    Home("US-AL", "Alabama", "America/Chicago", "USD", 32.9, -86.8),
    Home("GB-ENG", "England", "Europe/London", "GBP", 52.2, -1.3),
    Home("US-AZ", "Arizona", "America/Phoenix", "USD", 33.5, -111.9),
)
CLINICS_AN_OWNER = 8
ROOMS = (RoomKind.TREATMENT,) * 3 + (RoomKind.CONSULTATION, RoomKind.LABORATORY)
DEVICES = ("PEN-DEEP", "PEN-DEEP", "MMP-PEN", "CENTRIFUGE", "LED-PANEL")
PRACTITIONERS = (
    (CredentialType.PHYSICIAN,),
    (CredentialType.NURSE,),
    (CredentialType.NURSE,),
    (CredentialType.NURSE, CredentialType.PHLEBOTOMIST),
)
#: What all of them are certified for.
TRAINING = (
    (CertificationKind.DEVICE_MODEL, "PEN-DEEP"),
    *((CertificationKind.PROTOCOL_TEMPLATE, each) for each in CERTIFIED),
)
#: When clinics open on weekdays and on Saturday, in minutes: one of these.
WEEKS = (((540, 1080), (540, 840)), ((600, 1140), (600, 900)), ((480, 1020), (540, 780)))
#: Prices, owners and assignments are in force since so long ago.
SINCE = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Clinic:
    """What later parts need to know of a clinic; resources by number, practitioners by id too."""

    id: UUID
    home: Home
    owner_id: UUID
    week: tuple[tuple[int, int], ...]
    rooms: Sequence[int]
    devices: Sequence[int]
    practitioners: Sequence[tuple[UUID, int]]
    offered: Mapping[str, Offered]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.home.time_zone)


class Builder:
    """Writes clinic after clinic onto the sheets; codes begin with the network's prefix."""

    def __init__(
        self, sheets: Sheets, ground: Ground, random: Random, numbers: Iterator[int], prefix: str,
        today: date,
    ) -> None:  # fmt: skip
        self.sheets, self.ground, self.random, self.numbers = sheets, ground, random, numbers
        self.prefix, self.today = prefix, today
        self.regions: dict[str, UUID] = {}
        self.owners: dict[tuple[str, int], UUID] = {}

    def draw_map(self, name: str) -> None:
        """The region of the network, and one in it for each jurisdiction."""
        root = self.sheets.add(RegionRow, code=name, name=f"Network {self.prefix}")
        for home in HOMES:
            self.regions[home.jurisdiction] = self.sheets.add(
                RegionRow,
                code=f"{name}-{home.jurisdiction}",
                name=f"Network {self.prefix}, {home.name}",
                parent_id=root,
            )

    def build(self, index: int) -> Clinic:
        """The clinic with this number, from 0."""
        home = HOMES[index % len(HOMES)]
        owner_id = self._owner(home, index // len(HOMES) // CLINICS_AN_OWNER)
        week = self.random.choice(WEEKS)
        clinic_id = self._clinic(index, home, owner_id)
        self._hours(clinic_id, week)
        return Clinic(
            id=clinic_id,
            home=home,
            owner_id=owner_id,
            week=week,
            rooms=self._rooms(clinic_id),
            devices=self._devices(clinic_id, index),
            practitioners=self._practitioners(clinic_id, home, index, week),
            offered=self._offer(clinic_id, home),
        )

    def _offer(self, clinic_id: UUID, home: Home) -> dict[str, Offered]:
        level = self.random.uniform(0.8, 1.3)
        return {
            code: offer(self.sheets, clinic_id, home.currency, each, level, self.today - SINCE)
            for code, each in self.ground.templates.items()
        }

    def _owner(self, home: Home, number: int) -> UUID:
        key = home.country, number
        if key not in self.owners:
            code = f"{self.prefix}-{home.country}-{number + 1:03}"
            self.owners[key] = self.sheets.add(
                OwnerRow,
                code=code,
                name=f"Owner {code}",
                country=home.country,
                tax_number=f"{home.country}-{number:07}",
                invoice_prefix=code,
            )
        return self.owners[key]

    def _clinic(self, index: int, home: Home, owner_id: UUID) -> UUID:
        code = f"{self.prefix}-{index + 1:05}"
        clinic_id = self.sheets.add(
            ClinicRow,
            code=code,
            name=f"Clinic {code}",
            status=ClinicStatus.LIVE,
            region_id=self.regions[home.jurisdiction],
            jurisdiction_code=home.jurisdiction,
            time_zone=home.time_zone,
            currency=home.currency,
            street=f"{index + 1} High Street",
            city=home.name,
            postal_code=f"{index:05}",
            country=home.country,
            latitude=round(home.latitude + self.random.uniform(-2, 2), 5),
            longitude=round(home.longitude + self.random.uniform(-2, 2), 5),
        )
        self.sheets.add(
            ClinicOwnershipRow, clinic_id=clinic_id, owner_id=owner_id, from_on=self.today - SINCE
        )
        self.sheets.add(ClinicCalendarRow, clinic_id=clinic_id)
        new_year = date(self.today.year + 1, 1, 1)
        self.sheets.add(
            ClosureRow, clinic_id=clinic_id, from_on=new_year, to_on=new_year, reason="New Year"
        )
        return clinic_id

    def _hours(self, clinic_id: UUID, week: Sequence[tuple[int, int]]) -> None:
        for weekday, (opens, closes) in enumerate(hours_of(week)):
            self.sheets.add(
                OpeningHoursRow, clinic_id=clinic_id, weekday=weekday, opens=opens, closes=closes
            )

    def _rooms(self, clinic_id: UUID) -> list[int]:
        numbers = []
        for position, room_kind in enumerate(ROOMS, 1):
            numbers.append(next(self.numbers))
            self.sheets.add(
                RoomRow,
                clinic_id=clinic_id,
                code=f"R{position}",
                name=f"{room_kind.capitalize()} {position}",
                room_kind=room_kind,
                resource_no=numbers[-1],
            )
        return numbers

    def _devices(self, clinic_id: UUID, index: int) -> list[int]:
        numbers = []
        for position, model in enumerate(DEVICES, 1):
            numbers.append(next(self.numbers))
            self.sheets.add(
                DeviceRow,
                clinic_id=clinic_id,
                code=f"D{position}",
                device_model_id=self.ground.models[model],
                serial_number=f"{self.prefix}-{index + 1:05}-{position}",
                service_due_on=self.today + timedelta(days=self.random.randint(200, 500)),
                resource_no=numbers[-1],
            )
        return numbers

    def _practitioners(
        self, clinic_id: UUID, home: Home, index: int, week: Sequence[tuple[int, int]]
    ) -> list[tuple[UUID, int]]:
        found = []
        for position, credentials in enumerate(PRACTITIONERS, 1):
            code, number = f"{self.prefix}-{index + 1:05}-P{position}", next(self.numbers)
            who = self.sheets.add(
                PractitionerRow, code=code, name=f"Practitioner {code}", resource_no=number
            )
            self.sheets.add(
                PractitionerAssignmentRow,
                clinic_id=clinic_id,
                practitioner_id=who,
                from_on=self.today - SINCE,
            )
            self._qualify(who, home, code, credentials)
            for weekday, (starts, ends) in enumerate(hours_of(week)):
                self.sheets.add(
                    WorkingHoursRow,
                    clinic_id=clinic_id,
                    practitioner_id=who,
                    weekday=weekday,
                    starts=starts,
                    ends=ends,
                )
            found.append((who, number))
        return found

    def _qualify(
        self, who: UUID, home: Home, code: str, credentials: Sequence[CredentialType]
    ) -> None:
        for each in credentials:
            self.sheets.add(
                CredentialRow,
                practitioner_id=who,
                credential_type=each,
                jurisdiction_code=home.jurisdiction,
                number=f"{code}-{each}",
                expires_on=self.today + timedelta(days=self.random.randint(200, 900)),
            )
        for kind, certified_for in TRAINING:
            self.sheets.add(
                CertificationRow,
                practitioner_id=who,
                certification_kind=kind,
                code=certified_for,
            )


def hours_of(week: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Opening and closing of each day from Monday to Saturday."""
    weekday, saturday = week
    return [weekday] * 5 + [saturday]
