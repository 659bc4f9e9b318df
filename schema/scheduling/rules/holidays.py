"""Public holidays, by the `holidays` library, and the days on which a clinic is closed."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol

from holidays import HolidayBase, country_holidays

DAY = timedelta(days=1)


class Closed(Protocol):
    """Closed from a day to a day, both included."""

    @property
    def from_on(self) -> date: ...

    @property
    def to_on(self) -> date: ...


def public_holidays(jurisdiction_code: str, first_day: date, last_day: date) -> Mapping[date, str]:
    """The names of a jurisdiction's public holidays from `first_day` to `last_day`, both included.

    In order, in the place's own language, and with the days on which they are observed instead. Of
    a part that the library does not know (`GB-LND`) the country's, of an unknown country none.

    Source: the library `holidays`, whose releases follow each country's law.
    """
    return {
        day: name
        for year in range(first_day.year, last_day.year + 1)
        for day, name in _of_year(jurisdiction_code, year).items()
        if first_day <= day <= last_day
    }


@lru_cache(maxsize=2048)
def _of_year(jurisdiction_code: str, year: int) -> Mapping[date, str]:
    country, _, part = jurisdiction_code.partition("-")
    found = _known(country, part, year) or _known(country, "", year)
    return MappingProxyType(dict(sorted(found.items())) if found else {})


def _known(country: str, part: str, year: int) -> HolidayBase | None:
    """None where the library does not know the place; it also knows markets, by longer codes."""
    if len(country) != 2:
        return None
    try:
        return country_holidays(country, subdiv=part or None, years=year)
    except NotImplementedError:
        return None


def closed_days(
    closures: Iterable[Closed],
    holidays: Collection[date],
    open_holidays: Collection[date],
    first_day: date,
    last_day: date,
) -> frozenset[date]:
    """The days from `first_day` to `last_day` on which a clinic is closed whatever its hours say.

    `holidays` are those it keeps, none where it keeps none; a closure also closes a holiday that
    it opens on.
    """
    closed = {day for day in holidays if first_day <= day <= last_day}.difference(open_holidays)
    for each in closures:
        first, last = max(each.from_on, first_day), min(each.to_on, last_day)
        closed.update(first + n * DAY for n in range((last - first).days + 1))
    return frozenset(closed)
