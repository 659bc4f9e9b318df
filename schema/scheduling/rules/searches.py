"""What is searched for: in which clinics, from when to when, and which of the starts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt
from uuid import UUID
from zoneinfo import ZoneInfo

from schema.clinics.rules import GRID_MINUTES
from schema.errors import RuleViolation
from schema.intervals import Interval, in_utc
from schema.scheduling.rules.hours import local_instant
from schema.scheduling.rules.visits import Wish

EARTH_RADIUS_KM = 6371.0
MOST_DAYS = 62
MOST_STEP_MINUTES = 24 * 60
DAY = timedelta(days=1)
#: An id, or a code.
Key = UUID | str


class SearchMode(StrEnum):
    """Which starts are asked for, and in which order."""

    ALL = "ALL"
    EARLIEST = "EARLIEST"
    PREFERRED = "PREFERRED"


class InvalidSearch(RuleViolation):
    code = "INVALID_SEARCH"


@dataclass(frozen=True, slots=True)
class LocalDays:
    """Days of each clinic's own, the first and the last included."""

    first_on: date
    last_on: date

    def within(self, zone: ZoneInfo) -> Interval:
        """The same as instants, where the clocks are those of `zone`."""
        return Interval(
            local_instant(self.first_on, 0, zone), local_instant(self.last_on + DAY, 0, zone)
        )

    @property
    def anywhere(self) -> Interval:
        """From where they begin first to where they end last."""
        midnight = time(tzinfo=UTC)
        return Interval(
            datetime.combine(self.first_on - DAY, midnight),
            datetime.combine(self.last_on + 2 * DAY, midnight),
        )


@dataclass(frozen=True, slots=True)
class Search:
    """Which starts: from `window`, `step_minutes` apart (None: as each clinic offers them), at most
    `limit` a clinic (None: as the mode has it).

    Starts that come sooner than the longest pre-care are in only where that is `pre_care_attested`.
    """

    window: Interval | LocalDays
    step_minutes: int | None = None
    mode: SearchMode = SearchMode.ALL
    limit: int | None = None
    pre_care_attested: bool = False

    def within(self, zone: ZoneInfo) -> Interval:
        """The window in a clinic of this zone, in UTC."""
        window = self.window
        return window.within(zone) if isinstance(window, LocalDays) else in_utc(window)

    @property
    def anywhere(self) -> Interval:
        """What holds the window of every clinic, in UTC."""
        window = self.window
        return window.anywhere if isinstance(window, LocalDays) else in_utc(window)


@dataclass(frozen=True, slots=True)
class Circle:
    """A place in degrees, and kilometres around it."""

    latitude: float
    longitude: float
    radius_km: float

    def distance_km(self, latitude: float, longitude: float) -> float:
        """From the middle to a place, on the great circle."""
        here, there = radians(self.latitude), radians(latitude)
        east = radians(longitude - self.longitude)
        haversine = sin((there - here) / 2) ** 2 + cos(here) * cos(there) * sin(east / 2) ** 2
        return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, haversine)))


@dataclass(frozen=True, slots=True)
class Where:
    """Which clinics: some by id or code, those of a region, or those within a circle."""

    clinics: tuple[Key, ...] = ()
    region: Key | None = None
    circle: Circle | None = None

    def distance_km(self, latitude: float | None, longitude: float | None) -> float | None:
        """How far a clinic is, where that was asked for."""
        if self.circle is None or latitude is None or longitude is None:
            return None
        return self.circle.distance_km(latitude, longitude)


@dataclass(frozen=True, slots=True)
class Wanted:
    """For what and for whom: a `wish` in some clinics, or the next visit of a `course`; for a
    `client`, led by a `practitioner`. Each by id or code."""

    wish: Wish | None = None
    where: Where | None = None
    course: Key | None = None
    client: Key | None = None
    practitioner: Key | None = None


def check_search(search: Search) -> None:
    """Raise InvalidSearch for a window, a step or a limit that nobody needs."""
    _check_window(search.window)
    step = search.step_minutes
    if step is not None and (step % GRID_MINUTES or not 0 < step <= MOST_STEP_MINUTES):
        raise InvalidSearch(
            f"A step is a multiple of {GRID_MINUTES} minutes, at most a day.", field="stepMinutes"
        )
    if search.limit is not None and search.limit < 1:
        raise InvalidSearch("A limit is 1 or more.", field="limitPerClinic")


def _check_window(window: Interval | LocalDays) -> None:
    if isinstance(window, LocalDays):
        if not 0 <= (window.last_on - window.first_on).days <= MOST_DAYS:
            raise InvalidSearch(
                f"`to` is not before `from`, and at most {MOST_DAYS} days after it.",
                field="window.days.to",
            )
        return
    if any(each.tzinfo is None for each in window):
        raise InvalidSearch("Instants name their offset, as in 2026-11-21T09:00:00Z.")
    if not timedelta() < window.duration <= timedelta(days=MOST_DAYS):
        raise InvalidSearch(
            f"`to` is after `from`, by at most {MOST_DAYS} days.", field="window.instants.to"
        )
