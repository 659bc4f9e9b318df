"""Calendars that are two thirds full, in the clinics' own opening hours.

A room, a device and a practitioner form a lane, which takes visit after visit. Whether the device
is what the protocol needs is not looked at: what counts is how full the calendars are.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import zip_longest
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from api.seed.network.copying import Sheets
from api.seed.network.guests import Guests
from api.seed.network.places import Clinic, hours_of
from schema.base import Row
from schema.clients.models import ClientRow
from schema.intervals import Interval
from schema.scheduling.models import AllocationRow, AppointmentRow
from schema.scheduling.rules import AllocatedKind, Hours, OpeningRules, opening_intervals

MODELS: tuple[type[Row], ...] = (ClientRow, AppointmentRow, AllocationRow)
LENGTHS, GAPS, CLEAN_UP = (45, 60, 75, 90), (15, 30, 40, 50), timedelta(minutes=10)
#: What each lane is for, with the areas that are treated.
LANES = (
    ("MN-MEDICAL", ("FACE",)),
    ("MN-MEDICAL", ("FACE",)),
    ("MN-FIRST", ("FACE",)),
    ("CONSULT", ()),
    ("CONSULT", ()),
)
#: Nobody comes twice within so many days.
APART_DAYS = 28

Taken = tuple[AllocatedKind, str, int]


class Visits:
    """Books clinic after clinic from tomorrow on."""

    def __init__(
        self, sheets: Sheets, guests: Guests, random: Random, today: date, days: int
    ) -> None:
        self.sheets, self.guests, self.random = sheets, guests, random
        self.first, self.last = today + timedelta(days=1), today + timedelta(days=days)

    def book(self, clinic: Clinic) -> int:
        """Book all the days; how many visits that makes."""
        clients: list[tuple[UUID, int]] = []
        until = self.first + timedelta(days=APART_DAYS)
        count = 0
        for opening in _opening(clinic.week, clinic.zone, self.first, self.last):
            for lane, taken in enumerate(_lanes(clinic)):
                for visit in self._fill(opening):
                    if opening.start.date() < until:
                        clients.append(self.guests.register(clinic.id))
                    self._visit(clinic, lane, taken, visit, clients[count % len(clients)])
                    count += 1
        return count

    def _fill(self, opening: Interval) -> Iterator[Interval]:
        start = opening.start + timedelta(minutes=self.random.choice(GAPS))
        while True:
            end = start + timedelta(minutes=self.random.choice(LENGTHS))
            if end + CLEAN_UP > opening.end:
                return
            yield Interval(start, end)
            start = end + timedelta(minutes=self.random.choice(GAPS))

    def _visit(
        self,
        clinic: Clinic,
        lane: int,
        taken: Sequence[Taken],
        visit: Interval,
        client: tuple[UUID, int],
    ) -> None:
        client_id, number = client
        protocol, areas = LANES[lane]
        offered = clinic.offered[protocol]
        appointment_id = self.sheets.add(
            AppointmentRow,
            clinic_id=clinic.id,
            client_id=client_id,
            clinic_protocol_id=offered.id,
            version_id=offered.template.version_id,
            areas=areas,
            add_on_keys=(),
            starts_at=visit.start,
            ends_at=visit.end,
        )
        for kind, role, resource in (*taken, (AllocatedKind.CLIENT, "CLIENT", number)):
            cleaned = kind in (AllocatedKind.ROOM, AllocatedKind.DEVICE)
            self.sheets.add(
                AllocationRow,
                clinic_id=clinic.id,
                appointment_id=appointment_id,
                resource_kind=kind,
                role=role,
                resource_no=resource,
                starts_at=visit.start,
                ends_at=visit.end + CLEAN_UP if cleaned else visit.end,
            )


def _lanes(clinic: Clinic) -> list[list[Taken]]:
    """What each lane takes; the last has nobody to treat."""
    people = [number for _, number in clinic.practitioners]
    return [
        [
            (AllocatedKind.ROOM, "ROOM", room),
            (AllocatedKind.DEVICE, "NEEDLE_DEVICE", device),
            *([(AllocatedKind.PRACTITIONER, "OPERATOR", person)] if person else []),
        ]
        for room, device, person in zip_longest(clinic.rooms, clinic.devices, people)
    ]


@cache
def _opening(
    week: tuple[tuple[int, int], ...], zone: ZoneInfo, first: date, last: date
) -> Sequence[Interval]:
    """When such clinics are open, but on New Year's Day."""
    weekly = {day: [Hours(*hours)] for day, hours in enumerate(hours_of(week))}
    closed: dict[date, Sequence[Hours]] = {date(first.year + 1, 1, 1): ()}
    return opening_intervals(OpeningRules(weekly, closed), zone, first, last)
