"""Opening hours: from rules in local days to instants. The only place that touches time zones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from schema.clinics.rules import DAY_MINUTES, local_day
from schema.intervals import Interval, union


@dataclass(frozen=True, slots=True)
class Hours:
    """Open from `opens` up to `closes`, in minutes of the local clock after midnight.

    1440 is the next midnight. A close at or before the opening lies in the next day.
    """

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class OpeningRules:
    """Hours by weekday (Monday is 0), and what replaces them on some dates; none is closed."""

    weekly: Mapping[int, Sequence[Hours]]
    overrides: Mapping[date, Sequence[Hours]] = field(default_factory=dict)

    def on(self, day: date) -> Sequence[Hours]:
        return self.overrides.get(day, self.weekly.get(day.weekday(), ()))


def opening_intervals(
    rules: OpeningRules, zone: ZoneInfo, first_day: date, last_day: date
) -> list[Interval]:
    """When the rules say open on the local days from `first_day` to `last_day`, both included.

    Disjoint and in UTC. Hours past midnight belong to the day they began, so a search that begins
    in a night starts one day early.
    """
    return union(
        Interval(
            local_instant(day, hours.opens, zone),
            local_instant(day, _closing(hours), zone),
        )
        for day in _days(zone, first_day, last_day)
        for hours in rules.on(day)
    )


@lru_cache(maxsize=64)
def _days(zone: ZoneInfo, first_day: date, last_day: date) -> tuple[date, ...]:
    """The days that there are in this zone: some have skipped one."""
    days = (first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1))
    return tuple(day for day in days if local_day(local_instant(day, 0, zone), zone) == day)


def _closing(hours: Hours) -> int:
    return hours.closes + (DAY_MINUTES if hours.closes <= hours.opens else 0)


def local_instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """When the clocks of `zone` show `minutes` after the midnight that begins `day`, in UTC.

    A time that the clocks skip moves forward by what they skip; of one they show twice, the first.
    """
    days, minutes = divmod(minutes, DAY_MINUTES)
    clock = time(minutes // 60, minutes % 60)
    return datetime.combine(day + timedelta(days=days), clock, zone).astimezone(UTC)


def day_window(day: date, zone: ZoneInfo) -> Interval:
    """The local `day` as instants: 23 to 25 hours, or none where the zone skipped it."""
    return Interval(local_instant(day, 0, zone), local_instant(day + timedelta(days=1), 0, zone))
