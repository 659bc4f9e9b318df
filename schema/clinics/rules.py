"""What a clinic is and when it is open. A clinic's days and hours are those of its own zone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from schema.errors import RuleViolation

GRID_MINUTES = 5
DAY_MINUTES = 24 * 60
DEEPEST_MM = Decimal(10)
#: More than half of the way round: every place on the globe is in it.
MOST_RADIUS_KM = 20_100


class ClinicStatus(StrEnum):
    """Where a clinic stands between plan and closure. Only LIVE is bookable."""

    PLANNED = "PLANNED"
    ONBOARDING = "ONBOARDING"
    LIVE = "LIVE"
    SUSPENDED = "SUSPENDED"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"


NEXT_STATUSES: dict[ClinicStatus, frozenset[ClinicStatus]] = {
    ClinicStatus.PLANNED: frozenset({ClinicStatus.ONBOARDING, ClinicStatus.CLOSED}),
    ClinicStatus.ONBOARDING: frozenset({ClinicStatus.LIVE, ClinicStatus.CLOSED}),
    ClinicStatus.LIVE: frozenset({ClinicStatus.SUSPENDED, ClinicStatus.CLOSING}),
    ClinicStatus.SUSPENDED: frozenset({ClinicStatus.LIVE, ClinicStatus.CLOSING}),
    ClinicStatus.CLOSING: frozenset({ClinicStatus.CLOSED, ClinicStatus.LIVE}),
    ClinicStatus.CLOSED: frozenset(),
}


class RoomKind(StrEnum):
    """What a room is fit for."""

    CONSULTATION = "CONSULTATION"
    LABORATORY = "LABORATORY"
    TREATMENT = "TREATMENT"


class DeviceClass(StrEnum):
    """What a device does; a protocol's step asks for a class, a clinic has pieces of models."""

    CENTRIFUGE = "CENTRIFUGE"
    LASER = "LASER"
    LED_PANEL = "LED_PANEL"
    MMP_PEN = "MMP_PEN"
    NEEDLE_PEN = "NEEDLE_PEN"
    NEEDLE_ROLLER = "NEEDLE_ROLLER"
    NEEDLE_STAMP = "NEEDLE_STAMP"


class StatusNotReachable(RuleViolation):
    code = "STATUS_NOT_REACHABLE"


class InvalidHours(RuleViolation):
    code = "INVALID_HOURS"


class InvalidPeriod(RuleViolation):
    code = "INVALID_PERIOD"


class InvalidCode(RuleViolation):
    code = "INVALID_CODE"


class UnknownTimeZone(RuleViolation):
    code = "UNKNOWN_TIME_ZONE"


class InvalidPlace(RuleViolation):
    code = "INVALID_PLACE"


class InvalidDeviceDepth(RuleViolation):
    code = "INVALID_DEVICE_DEPTH"


@dataclass(frozen=True, slots=True, order=True)
class WeeklyInterval:
    """Open on a weekday (0 is Monday) from `opens` to `closes`, minutes after local midnight.

    `closes` of 1440 is midnight; an end at or before the start runs into the next day.
    """

    weekday: int
    opens: int
    closes: int

    @property
    def minutes(self) -> int:
        return (self.closes - self.opens - 1) % DAY_MINUTES + 1


def check_status_change(current: ClinicStatus, wanted: ClinicStatus) -> None:
    """Raise StatusNotReachable unless a clinic may go from `current` to `wanted`."""
    if wanted not in NEXT_STATUSES[current]:
        reachable = ", ".join(sorted(NEXT_STATUSES[current])) or "nothing"
        raise StatusNotReachable(
            f"A clinic that is {current} can become {reachable}, not {wanted}.", field="status"
        )


def check_hours(week: Iterable[WeeklyInterval], field: str = "hours") -> None:
    """Raise InvalidHours for minutes off the five-minute grid or intervals that overlap.

    The week is a circle: Sunday's late hours may run into Monday.
    """
    spans = []
    for position, each in enumerate(week):
        in_range = 0 <= each.weekday <= 6 and 0 <= each.opens < DAY_MINUTES
        if not in_range or not 0 <= each.closes <= DAY_MINUTES:
            raise InvalidHours("Hours are minutes from 0 to 1440.", field=f"{field}.{position}")
        if each.opens % GRID_MINUTES or each.closes % GRID_MINUTES:
            raise InvalidHours(
                f"Hours are multiples of {GRID_MINUTES} minutes.", field=f"{field}.{position}"
            )
        start = each.weekday * DAY_MINUTES + each.opens
        spans.append((start, start + each.minutes, position))
    spans.sort()
    week_minutes = 7 * DAY_MINUTES
    around = [*spans, (spans[0][0] + week_minutes, 0, spans[0][2])] if len(spans) > 1 else []
    for (_, end, _), (start, _, position) in zip(spans, around[1:], strict=False):
        if end > start:
            raise InvalidHours("These hours overlap others.", field=f"{field}.{position}")


def check_period(from_on: date, to_on: date | None, field: str = "toOn") -> None:
    """Raise InvalidPeriod if a period (both days included) ends before it begins."""
    if to_on is not None and to_on < from_on:
        raise InvalidPeriod(f"{to_on} is before {from_on}.", field=field)


def check_code(code: str, field: str = "code") -> str:
    """The code, trimmed and in capitals. Raises: InvalidCode unless 2 to 40 of A-Z, 0-9, `-`."""
    normal = code.strip().upper()
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9-]{1,39}", normal):
        raise InvalidCode("A code has 2 to 40 of the characters A-Z, 0-9 and -.", field=field)
    return normal


def check_time_zone(name: str) -> ZoneInfo:
    """The IANA zone. Raises: UnknownTimeZone."""
    if name not in _time_zones():
        raise UnknownTimeZone(
            f"{name!r} is not an IANA time zone such as Europe/London.", field="timeZone"
        )
    return ZoneInfo(name)


@cache
def _time_zones() -> frozenset[str]:
    """Every IANA zone: looked up once, in hundreds of files."""
    return frozenset(available_timezones())


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The day that the clocks of `zone` show: a clinic's rules count in its own days."""
    return instant.astimezone(zone).date()


def check_place(latitude: float, longitude: float) -> None:
    """Raise InvalidPlace unless these are degrees on the globe."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise InvalidPlace("Latitude is -90 to 90, longitude -180 to 180.", field="latitude")


def check_circle(latitude: float, longitude: float, radius_km: float) -> None:
    """Raise InvalidPlace unless this is a circle on the globe."""
    check_place(latitude, longitude)
    if not 0 <= radius_km <= MOST_RADIUS_KM:
        raise InvalidPlace(f"A radius is 0 to {MOST_RADIUS_KM:,} km.", field="radiusKm")


def check_device_depth(depth_mm: Decimal | None) -> None:
    """Raise InvalidDeviceDepth unless a model's greatest depth is 0 to 10 mm, in hundredths."""
    if depth_mm is None:
        return
    if (
        not depth_mm.is_finite()
        or not 0 <= depth_mm <= DEEPEST_MM
        or depth_mm != round(depth_mm, 2)
    ):
        raise InvalidDeviceDepth(
            f"A depth is 0 to {DEEPEST_MM} mm, in hundredths.", field="greatestDepthMm"
        )
